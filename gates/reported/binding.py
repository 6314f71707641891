"""Whether a report is of the release that is judged, and fresh: a good report of another commit proves nothing.

A report is bound by what it says itself (SARIF's revision, Trivy's image digest), by a sidecar that
`tidegate bind` wrote beside it (`REPORT.binding.json`), or by the CI job that made it (`binding: job`).
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias

from checks.evidence import Gap, Reading
from checks.units import format_value
from gates.carrying import gap
from gates.criteria import Equals
from gates.release import commit_time, from_environ, same
from reports.gate_report import Release
from reports.judgement import Judgement

Binding: TypeAlias = Literal["release", "job", "none"]
SUFFIX = ".binding.json"
SCHEMA = "tidegate/binding@1"
#: A clock that is this far ahead is a wrong clock; less is the usual difference between two machines, in seconds.
_AHEAD = 300.0


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of where a report comes from.

    `path`: as people know it; `sha256`: of its bytes; `commit`, `digests`: what the report itself says it is about;
    `created`: when it says it was made, None where it says nothing; `modified`: the file's time, in seconds since the
    epoch.
    """

    path: str
    sha256: str
    modified: float
    commit: str = ""
    digests: tuple[str, ...] = field(default=())
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bound:
    """Judgements on identity and age; `notes` say what is believed without proof."""

    judgements: tuple[Judgement, ...]
    notes: tuple[str, ...] = ()


def bind(origin: Origin, binding: Binding, max_age: float | None, release: Release, base: Path) -> Bound:
    """Judge identity and age of one report."""
    side = _Sidecar.beside(Path(base, origin.path), origin)
    if isinstance(side, Judgement):
        return Bound((side,))
    created = side.created if side is not None else (origin.created.timestamp() if origin.created else origin.modified)
    aged = _age(origin, created, max_age)
    match binding:
        case "none":
            words = f"{origin.path} is bound to no release (binding: none): it may be of any commit"
            return Bound(tuple(aged), (words,))
        case "job":
            return Bound((*_of_job(origin, created, release, base), *aged))
        case "release":
            return Bound((*_of_release(origin, side, release), *aged))


def write_sidecar(report: Path, release: Release) -> Path:
    """Write what binds a report to a release. Raises OSError where one of the files can't be read or written."""
    import hashlib

    with report.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    data = {
        "schema": SCHEMA,
        "sha256": digest,
        "release": release.id,
        "commit": release.commit,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    path = report.with_name(report.name + SUFFIX)
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class _Sidecar:
    path: str
    release: str
    commit: str
    created: float

    @classmethod
    def beside(cls, report: Path, origin: Origin) -> "_Sidecar | Judgement | None":
        """The sidecar of a report, None where there is none, or why it can't be believed."""
        path = report.with_name(report.name + SUFFIX)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            return _gap(origin, f"its sidecar {path.name} can't be read: {error}")
        try:
            data, created = _sidecar(text)
        except (ValueError, RecursionError, OverflowError) as error:
            return _gap(origin, f"its sidecar {path.name} can't be read: {error}")
        if data["sha256"] != origin.sha256:
            return _gap(origin, f"it was changed after it was bound: {path.name} is of other bytes")
        return cls(path.name, data["release"], data["commit"], created)


def _sidecar(text: str) -> tuple[dict[str, str], float]:
    """The texts of a sidecar, and its time. Raises ValueError."""
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ValueError(f"it is not of the schema {SCHEMA}")
    wanted = ("sha256", "release", "commit", "created")
    if not all(isinstance(data.get(key), str) for key in wanted):
        raise ValueError(f"its keys are {', '.join(wanted)}, all texts")
    return data, datetime.fromisoformat(data["created"]).timestamp()


def _of_release(origin: Origin, side: _Sidecar | None, release: Release) -> Sequence[Judgement]:
    if not release.known:
        return [_gap(origin, "nobody named the release, so no report can be of it", "name it: --release=ID")]
    commits = [commit for commit in (side.commit if side else "", origin.commit) if commit]
    images = [digest for digest in (*((side.release,) if side and side.release else ()), *origin.digests) if digest]
    for commit in commits:
        if release.commit:
            wanted = commit if same("commit", commit, release.commit) else release.commit
            return [Equals(wanted).judge(Reading(f"{origin.path}.commit", commit, "text", source=origin.path), _OTHER)]
    for image in images:
        digest = image.rpartition("@")[2]
        if digest in (release.id, release.id.rpartition("@")[2]):
            return [Equals(digest).judge(Reading(f"{origin.path}.release", digest, "text", source=origin.path))]
    if images and release.id.rpartition("@")[2].startswith("sha256:"):
        reading = Reading(f"{origin.path}.release", images[0].rpartition("@")[2], "text", source=origin.path)
        return [Equals(release.id.rpartition("@")[2]).judge(reading, _OTHER)]
    remedy = f"`tidegate bind {origin.path}` in the job that makes it, or `binding: job`"
    return [_gap(origin, "nothing says of which commit or image it is", remedy)]


_OTHER = "make the report anew for the release that is judged"


def _of_job(origin: Origin, created: float, release: Release, base: Path) -> Sequence[Judgement]:
    """A job of a CI system checks one commit out and starts without old files: what it finds is of that commit."""
    job = from_environ(os.environ)
    if not job.known:
        return [_gap(origin, "binding: job, and this is no job of a CI system that names its commit")]
    if release.commit and job.commit and not same("commit", job.commit, release.commit):
        reading = Reading(f"{origin.path}.commit", job.commit, "text", source=job.source)
        return [Equals(release.commit).judge(reading, _OTHER)]
    made = commit_time(str(base), job.commit)
    if made is not None and created < made - _AHEAD:
        return [_gap(origin, f"it is older than the commit {job.commit[:7]}: a cache or an artefact of another job")]
    return [Equals(value=True).judge(Reading(f"{origin.path}.of_this_job", value=True, unit="bool", source=job.source))]


def _age(origin: Origin, created: float, max_age: float | None) -> Sequence[Judgement]:
    age = time.time() - created
    if age < -_AHEAD:
        return [_gap(origin, f"it says it was made {format_value(-age, 's')} from now: one of the clocks is wrong")]
    if max_age is not None and age > max_age:
        return [
            _gap(origin, f"it is {format_value(age, 's')} old, at most {format_value(max_age, 's')} wanted", _OTHER)
        ]
    return []


def _gap(origin: Origin, reason: str, remedy: str = "") -> Judgement:
    return gap(Gap(origin.path, reason, source=origin.path, remedy=remedy))
