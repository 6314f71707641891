"""Compares a load run with the last one of the same profile that passed, as the state store tells, or with a file.

The store tells which result passed, by the SHA-256 of its file; the file itself is kept beside the store.
"""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from checks.evidence import Artefact, Evidence, Gap, Reading
from checks.units import format_value
from gates.criteria import Criterion
from gates.measured.seam import Looking
from gates.objectives.objective import Subject
from gates.objectives.observed import Observed
from gates.objectives.regression import blocks, compared
from gates.objectives.text import parse_subject
from load.result import Ending, LoadResult
from load.result_file import load_result
from reports.gate_report import GateReport
from reports.store.interface import StoreError
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.load_section import LoadBaseline

#: So many runs are looked back, and so many results are kept.
_BACK: Final = 50
#: What of a plan has to be the same for two runs to be compared.
_SAME: Final = ("work", "model", "shape", "warm_up", "think")
#: An interval that reaches so far beyond the limit can't rule out that it is missed by half as much again.
_WIDE: Final = 1.5


@dataclass(frozen=True, slots=True)
class _Before:
    """The baseline: its result, and where it is from."""

    result: LoadResult
    source: str


def baseline_evidence(
    looking: Looking, name: str, observed: Observed, result: LoadResult, artefact: Artefact
) -> tuple[list[Evidence], tuple[str, ...]]:
    """The ratios that the profile limits, and notes. None where there is no baseline yet and none is required."""
    profile = looking.environment.load.profiles[name]
    notes = list(_kept(artefact, result))
    if profile.baseline is None:
        return [], tuple(notes)
    found = _before(looking, name, profile.baseline, result)
    if isinstance(found, str):
        notes.append(f"load {name}: not compared with a baseline: {found}")
        demanded = profile.baseline.required or profile.baseline.file is not None
        remedy = "this run is the baseline of the next one, if it passes" if profile.baseline.file is None else ""
        gaps = [Gap(f"{name}.baseline.{subject}", found, remedy=remedy) for subject in profile.baseline.limits]
        return list(gaps) if demanded else [], tuple(notes)
    notes.append(f"load {name}: compared with {found.source}")
    slack = profile.baseline.slack
    before = replace(observed, measured=found.result.measured, settled=float(found.result.seconds), why="")
    return [
        _compared(f"{name}.baseline.{text}", _Pair(parse_subject(text), before, observed), limit, found.source, slack)
        for text, limit in profile.baseline.limits.items()
    ], tuple(notes)


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is compared: a percentile of two runs."""

    subject: Subject
    before: Observed
    now: Observed


def _compared(key: str, pair: _Pair, limit: Criterion, source: str, slack: float) -> Evidence:
    subject, before, now = pair.subject, pair.before, pair.now
    if now.why:
        return Gap(key, now.why, source=source)
    needed = subject.metric.fewest(limit)
    for which, run in (("baseline", before), ("run", now)):
        count = _count(run, subject)
        if count < needed:
            return Gap(key, f"the {which} has {count:,} samples, {needed:,} needed", source=source)
    ratio = compared(blocks(before, subject), blocks(now, subject), subject.metric.share)
    if isinstance(ratio, str):
        return Gap(key, ratio, source=source)
    samples = _count(now, subject)
    if math.isinf(ratio.now):
        return Reading(key, value=False, unit="present", samples=samples, source=source, detail="endless now")
    times = f"{format_value(ratio.now, 's')} now, {format_value(ratio.before, 's')} before: {ratio.value:.3g} times"
    if abs(ratio.now - ratio.before) < slack:
        words = f"{times}, which differs by less than {format_value(slack, 's')}"
        return Reading(key, min(1.0, ratio.value), samples=samples, source=source, detail=words)
    between = f"{times}, with 95 % confidence {ratio.low:.3g} to {ratio.high:.3g}"
    if not _met(limit, ratio.high / _WIDE) and _met(limit, ratio.low):
        words = f"too uneven to tell: {between}"
        return Gap(key, words, source=source, remedy="let the run take longer")
    return Reading(key, ratio.low, samples=samples, source=source, detail=f"{between}; the lower end is judged")


def _count(run: Observed, subject: Subject) -> int:
    tally = run.tally(subject.selector)
    return tally.service.count if subject.service else tally.response.count


def _met(limit: Criterion, value: float) -> bool:
    return math.isfinite(value) and limit.met(Reading("ratio", value))[0]


def _before(looking: Looking, name: str, declared: "LoadBaseline", result: LoadResult) -> _Before | str:
    """The baseline, or why there is none."""
    if result.ending is not Ending.FINISHED:
        return f"this run has no end of its own ({result.ending.value})"
    if declared.file is not None:
        return _read(Path(declared.file), declared.file, result)
    try:
        passed = list(_passed(looking, name))
    except StoreError as error:
        return f"the state store can't be read: {error}"
    reasons = []
    for digest, path, when in passed:
        source = f"the run that passed at {when}"
        for place in (_folder() / f"{digest}.json", Path(path)):
            if not place.is_file():
                continue
            if _digest(place) != digest:
                reasons.append(f"{place} was changed since it was made")
                continue
            found = _read(place, source, result)
            if not isinstance(found, str):
                return found
            reasons.append(found)
    if reasons:
        return reasons[0]
    return "the file of the last run that passed is not here" if passed else "no run of this profile has passed yet"


def _passed(looking: Looking, name: str) -> Iterator[tuple[str, str, str]]:
    """The results of this profile that passed, the newest first: SHA-256, path, and when."""
    import time

    from reports.store import open_store

    store = open_store()
    try:
        for entry in store.history(service=looking.environment.service, limit=_BACK):
            if not any(gate.verdict is Verdict.PASS for gate in entry.gates):
                continue
            kept = _artefact_of(store.get(entry.id).report, name)
            if kept is not None:
                when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(entry.started))
                yield kept.sha256, kept.path, when
    finally:
        store.close()


def _artefact_of(report: GateReport, name: str) -> Artefact | None:
    """The result of a profile in a report, where everything that was judged of it passed."""
    judged = [one for gate in report.gates for one in gate.judgements if one.subject.startswith(f"{name}.")]
    files = [file for one in judged for file in one.evidence.artefacts]
    whole = bool(files) and all(one.verdict is Verdict.PASS for one in judged)
    return files[0] if whole else None


def _read(place: Path, source: str, now: LoadResult) -> _Before | str:
    try:
        found = load_result(place)
    except OSError as error:
        return f"{place} can't be read: {error.strerror or error}"
    except ValueError as error:
        return f"{place} is no load result: {error}"
    if not found.complete:
        return f"{source} did not run its whole length"
    changed = [key for key in _SAME if _plain(found.plan.get(key)) != _plain(now.plan.get(key))]
    changed += ["target"] if _target(found) != _target(now) else []
    if changed or found.seconds != now.seconds:
        return f"{source} had another {' and '.join(changed) or 'duration'}"
    return _Before(found, source)


def _target(result: LoadResult) -> str:
    """The host that was asked. On this machine it is the same on any port: a test target gets a new one each time."""
    parts = urlsplit(str(result.plan.get("base_url")))
    return "here" if parts.hostname in ("127.0.0.1", "::1", "localhost") else f"{parts.hostname}:{parts.port}"


def _plain(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _kept(artefact: Artefact, result: LoadResult) -> Iterator[str]:
    """Keep a result under its SHA-256, so that a later run finds it once the store says that it passed."""
    if not result.complete:
        return
    folder = _folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(artefact.path, folder / f"{artefact.sha256}.json")
        for old in sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime)[:-_BACK]:
            old.unlink(missing_ok=True)
    except OSError as error:
        yield f"this load result is not kept for later comparison: {error.strerror or error}"


def _folder() -> Path:
    """Beside the state store, or in the user's state folder where that is no file."""
    from reports.store.place import default_place

    place = default_place()
    if "://" in place:
        place = default_place({key: value for key, value in os.environ.items() if key != "TIDEGATE_STATE"})
    # Not a folder `load`: in the working directory it would be in the way of our own package of that name.
    store = Path(place).expanduser()
    return store.with_name(f"{store.name}.load")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
