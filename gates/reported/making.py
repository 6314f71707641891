"""Makes what gates judge that have nobody else to make it: runs jobs and scanners, asks engines and servers."""

import json
import re
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from checks.secrets import Secret, reveal
from checks.units import format_value
from gates.environment.jobs import DURATIONS
from gates.environment.late import is_late
from gates.measured.seam import AtEnd, Say
from gates.reported.checkout import commit_of
from gates.reported.made import Made, keys_of, not_made, save
from reports.gate_report import Release

if TYPE_CHECKING:
    from gates.environment.jobs import JobSettings
    from gates.environment.model import Environment
    from gates.environment.policy import ReportSource

#: Seconds after which a person who waits wants to hear something.
_PATIENCE = 3.0
_IN_CHECKOUT = "run Tidegate in a checkout of the release's commit, without changes, or write `binding: none`"
_MARK = re.compile(r"\{\{\s*(.*?)\s*\}\}")


class _UnknownError(ValueError):
    """A text needs what is not known; the message says what."""


def make(
    environment: "Environment", gates: Iterable[str], release: Release, here: Path, *, at_end: AtEnd, say: Say
) -> tuple[str, str]:
    """Make everything that the reports of these gates need, each thing once.

    `here`: what folders are relative to; `at_end`: takes what removes the folder; `say`: takes lines for a person who
    waits. Returns the folder that holds it and a note for the report, two empty texts where nothing has to be made.
    What can't be made is told in the folder: this raises nothing but OSError where there is no room for it.
    """
    wanted: dict[str, ReportSource] = {}
    for gate in gates:
        settings = environment.gates[gate]
        wanted.update({k: s for k, s in zip(keys_of(gate, settings), settings.reports, strict=True) if k})
    if not wanted:
        return "", ""
    folder = Path(tempfile.mkdtemp(prefix="tidegate-made-")).resolve()
    at_end(partial(shutil.rmtree, folder, ignore_errors=True))
    began = time.monotonic()
    made: dict[str, Made] = {}
    with _ended_by_sigterm():
        for number, (key, source) in enumerate(wanted.items(), 1):
            maker = _Maker(key, folder / key, here, release, _Patience(key, number, len(wanted), say))
            try:
                made[key] = maker.make(environment, source)
            except (_UnknownError, OSError, ValueError) as error:
                reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
                made[key] = not_made(Gap(maker.name, reason))
    save(folder, made)
    took = format_value(round(time.monotonic() - began, 2), "s")
    told = ", ".join(f"{key.partition('/')[2]} ({one.words or 'failed'})" for key, one in made.items())
    say(f"made here in {took}: {told}")
    return str(folder), f"made here in {took}: {told}"


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """SIGTERM ends a scanner as Ctrl-C does: by default it would end this process alone, and leave the scanner."""
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not ours:
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


class _Patience:
    """Says every few seconds what takes so long."""

    def __init__(self, key: str, number: int, total: int, say: Say) -> None:
        self._text = f"making reports: {number} of {total}, {key}"
        self._say = say
        self._next = _PATIENCE

    def waiting(self, seconds: float) -> None:
        """It has been running for so long."""
        if seconds >= self._next:
            self._next = seconds + _PATIENCE
            self._say(f"{self._text} has been running for {seconds:.0f} s")


class _Maker:
    """Makes one thing. `folder`: where its files go."""

    def __init__(self, key: str, folder: Path, here: Path, release: Release, patience: _Patience) -> None:
        self.name = key.partition("/")[2]
        self._folder = folder
        self._here = here
        self._release = release
        self._patience = patience

    def make(self, environment: "Environment", source: "ReportSource") -> Made:
        """Raises ValueError or OSError where nothing could even be begun."""
        self._folder.mkdir(parents=True, exist_ok=True)
        match source.maker:
            case "job":
                wanted = [s.pattern for gate in environment.gates.values() for s in gate.reports if s.job == source.job]
                return self._job(environment.jobs[str(source.job)], wanted)
            case "image":
                return self._image(str(source.image))
            case "sonarqube":
                return self._sonarqube(source)
            case _:
                return self._scan(source)

    def _scan(self, source: "ReportSource") -> Made:
        from checks.scanners.run import scan
        from gates.reported.scans import scans_of

        settings = source.scan
        if settings is None:
            raise ValueError("nothing says how it is made")
        root = self._root(settings.folder)
        targets = tuple(self._filled(target) for target in settings.targets)
        # Before anything runs: a scanner may write into the checkout.
        is_image = settings.tool == "trivy" and settings.kind == "image"
        commit, unbound = _of_images(targets) if is_image else _of_files([root / target for target in targets])
        failed: list[Gap] = []
        evidence: list[Evidence] = []
        words: list[str] = []
        commands: list[str] = []
        for each in scans_of(self.name, settings, targets, root, self._folder):
            ran = scan(each, self._patience.waiting)
            if isinstance(ran, Gap):
                failed.append(ran)
                commands.append(ran.source)
                continue
            evidence.extend(ran.evidence())
            commands.append(ran.command)
            tool = f"{ran.tool} {ran.version}".strip()
            words.append(f"{tool}, {format_value(round(ran.took, 2), 's')}")
        return Made(
            tuple(failed),
            some=bool(words),
            evidence=tuple(evidence),
            command=" && ".join(commands),
            commit=commit,
            unbound=unbound,
            digests=tuple(target for target in targets if "@sha256:" in target) if is_image else (),
            words="; ".join(words),
        )

    def _job(self, settings: "JobSettings", wanted: Sequence[str]) -> Made:
        from checks.job import Job, run_job

        root = self._root(settings.folder)
        output = {"output": str(self._folder)}
        commit, unbound = _of_files([root])
        job = Job(
            self.name,
            tuple(tuple(self._filled(word, output) for word in command) for command in settings.run),
            self._folder,
            root,
            settings.deadline,
            frozenset(settings.exit_codes),
            tuple(dict.fromkeys(pattern for pattern in wanted if not settings.step or pattern != DURATIONS)),
            settings.variables,
        )
        ended = run_job(job, self._patience.waiting)
        if isinstance(ended, Gap):
            return not_made(ended)
        if settings.step:
            text = json.dumps({"durations": {settings.step: round(ended.took, 6)}})
            (self._folder / DURATIONS).write_text(text, encoding="utf-8")
        took = Reading(f"{self.name}.job.took", round(ended.took, 6), "s", time=ended.started, source=ended.command)
        words = format_value(round(ended.took, 2), "s")
        return Made(evidence=(took,), command=ended.command, commit=commit, unbound=unbound, words=words)

    def _image(self, image: str) -> Made:
        from checks.image import look

        name = self._filled(image)
        size, digest = look(self.name, name)
        if isinstance(size, Gap):
            return not_made(size)
        if isinstance(digest, Gap):
            return not_made(digest)
        stated = str(digest.value)
        # A registry's digest says what the image is and what it isn't; an image's own id only what it is.
        known = f"{name}@{stated}" if digest.detail == "of the registry" else stated
        _, unbound = _of_images((f"{name} ({stated})",))
        return Made(evidence=(size,), command=size.source, digests=(known,), unbound=unbound, words=name)

    def _sonarqube(self, source: "ReportSource") -> Made:
        from checks.sonarqube import look

        asked = source.sonarqube
        if asked is None:
            raise ValueError("nothing says which server is asked")
        _refuse_late(reveal(asked.url))
        gate = look(
            self.name,
            reveal(asked.url),
            asked.project,
            _as_secret(asked.token),
            branch=asked.branch or "",
            pull_request=asked.pull_request or "",
            timeout=asked.timeout,
            ca_file=str(asked.ca_file or ""),
        )
        if isinstance(gate, Gap):
            return not_made(gate)
        evidence = gate.evidence(self.name)
        return Made(
            evidence=(evidence,),
            command=evidence.source,
            commit=gate.revision,
            unbound=(
                "SonarQube does not say which commit was analysed",
                "analyse it from a checkout, or `binding: none`",
            ),
            words=asked.project,
            created=gate.analysed.timestamp() if gate.analysed is not None else None,
        )

    def _root(self, folder: str) -> Path:
        return self._here / self._filled(folder)

    def _filled(self, text: str, more: Mapping[str, str] = MappingProxyType({})) -> str:
        """A text with `{{ release.id }}` and its kind filled in. Raises ValueError."""
        _refuse_late(text)
        known = {
            "release.id": self._release.id,
            "release.version": self._release.version,
            "release.commit": self._release.commit,
            **more,
        }

        def one(match: re.Match[str]) -> str:
            name = match[1]
            if name not in known:
                raise _UnknownError(f"{{{{ {name} }}}} is not known here; there are {', '.join(known)}")
            if not known[name]:
                raise _UnknownError(f"nobody named the release's {name.partition('.')[2]}, which {text!r} needs")
            return known[name]

        return _MARK.sub(one, text)


def _of_files(paths: Sequence[Path]) -> tuple[str, tuple[str, str]]:
    commit, why_not = commit_of(paths)
    reason = f"of which commit it is, is not known: {why_not}" if why_not else "nobody named the release's commit"
    return commit, (reason, _IN_CHECKOUT if why_not else "name it: --commit=SHA")


def _of_images(names: Sequence[str]) -> tuple[str, tuple[str, str]]:
    reason = f"the release is not named by the digest of {', '.join(names)}"
    return "", (reason, "name it: --release=sha256:..., or write `binding: none`")


def _refuse_late(text: str) -> None:
    if is_late(text):
        raise _UnknownError(f"{text} is known only where the demo target is started: run pytest --env")


def _as_secret(token: "str | Secret | None") -> Secret | None:
    return token if token is None or isinstance(token, Secret) else Secret(token)
