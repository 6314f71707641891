"""Whether a report is of the release that is judged, and fresh: a good report of another commit proves nothing.

A report is bound by what it says itself (SARIF's revision, Trivy's image digest), by a sidecar that
`tidegate bind` wrote beside it (`REPORT.binding.json`), or by the CI job that made it (`binding: job`).
"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeAlias, assert_never

from checks.evidence import Gap, Reading
from checks.units import format_value
from gates.carrying import gap
from gates.criteria import Equals
from gates.release import CI_SYSTEMS, commit_time, same
from gates.reported.made import Place
from gates.reported.sidecar import Sidecar, SidecarError, beside
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.read.junit_values import as_utc
from reports.verdict import Verdict

Binding: TypeAlias = Literal["release", "job", "none"]
#: A clock that is this far ahead is a wrong clock; less is the usual difference between two machines, in seconds.
_AHEAD = 300.0
_ANEW = "make the report anew for the release that is judged"
_COMMIT = re.compile("[0-9a-f]{7,64}")


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of where a report comes from.

    `path`: as people know it; `sha256`: of its bytes; `modified`: the file's time, in seconds since the epoch;
    `commit`, `digests`: what the report itself says it is about; `created`: when it says it was made, None where it
    says nothing; `unbound`: of what was made here, why nothing ties it to a release, and what to do.
    """

    path: str
    sha256: str
    modified: float
    commit: str = ""
    digests: tuple[str, ...] = field(default=())
    created: datetime | None = None
    unbound: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Bound:
    """Judgements on identity and age of one report. `loose`: nobody knows of which release it is (`binding: none`)."""

    judgements: tuple[Judgement, ...]
    loose: bool = False

    @property
    def usable(self) -> bool:
        """Whether what the report holds is evidence on the release: nothing speaks against it."""
        return all(judgement.verdict is Verdict.PASS for judgement in self.judgements)


def bind(origin: Origin, binding: Binding, max_age: float | None, release: Release, place: Place) -> Bound:
    """Judge identity and age of one report. What was made here is of the commit that was checked out then."""
    base = place.base
    if (made := place.of(origin.path)) is not None:
        origin = replace(
            origin,
            commit=origin.commit or made.commit,
            digests=(*origin.digests, *made.digests),
            unbound=made.unbound,
        )
    try:
        side = beside(Path(origin.path), origin.sha256)
    except SidecarError as error:
        return Bound((_gap(origin, str(error), "`tidegate bind` again, in the job that makes the report"),))
    created = _created(origin, side)
    aged = tuple(_age(origin, created, max_age))
    match binding:
        case "none":
            return Bound(aged, loose=True)
        case "job":
            return Bound((_of_job(origin, side, release), *_left_over(origin, created, max_age, base), *aged))
        case "release":
            return Bound((_of_release(origin, side, release), *aged))
        case unreachable:
            assert_never(unreachable)


def loose_note(paths: Sequence[str], place: Place) -> list[str]:
    """What every report says of files that are bound to nothing."""
    here = dict.fromkeys(place.name_of(path) for path in paths if place.of(path) is not None)
    others = [path for path in paths if place.of(path) is None]
    notes = []
    if others:
        notes.append(f"bound to no release (binding: none), may be of any commit: {', '.join(others)}")
    if here:
        notes.append(f"made here, bound to no release (binding: none): {', '.join(here)}")
    return notes


def _created(origin: Origin, side: Sidecar | None) -> float:
    """The oldest time that somebody states; the file's own, which a copy changes, only where nobody states one."""
    stated = [side.created] if side is not None else []
    if origin.created is not None:
        stated.append(as_utc(origin.created).timestamp())
    return min(stated, default=origin.modified)


def _of_release(origin: Origin, side: Sidecar | None, release: Release) -> Judgement:
    if not release.known:
        return _gap(origin, "nobody named the release, so no report can be of it", "name it: --release=ID")
    for reason in _contradictions(origin, side, release):
        return _gap(origin, reason, _ANEW)
    commit = _commit_of(release)
    for known in _commits(origin, side):
        if commit and _same_commit(known, commit):
            return _agrees(origin, "commit", known)
    for image in (*((side.release,) if side else ()), *origin.digests):
        if image and _digest(image) == _digest(release.id):
            return _agrees(origin, "release", _digest(image))
    remedy = f"`tidegate bind {origin.path}` in the job that makes it, or `binding: job`"
    if said := ", ".join(_commits(origin, side)):
        return _gap(origin, f"it is of the commit {said}, and nobody named the release's", "name it: --commit=SHA")
    if origin.unbound[0]:
        return _gap(origin, *origin.unbound)
    return _gap(origin, "nothing says of which commit or image it is", remedy)


def _contradictions(origin: Origin, side: Sidecar | None, release: Release) -> Iterator[str]:
    """What report and sidecar state that the release states otherwise."""
    commit = _commit_of(release)
    for known in _commits(origin, side):
        if commit and not _same_commit(known, commit):
            yield f"it is of another commit: {known}, wanted {commit}"
    # An image's id is another than its digest in a registry: it can prove what it is, and not what it isn't.
    named = [_digest(digest) for digest in origin.digests if "@" in digest]
    if side is not None and side.release and _is_digest(side.release):
        named.append(_digest(side.release))
    if named and _is_digest(release.id) and _digest(release.id) not in {*named, *map(_digest, origin.digests)}:
        yield f"it is of another image: {named[0]}, wanted {_digest(release.id)}"
    both = (side.release if side is not None else "", release.id)
    if all(both) and both[0] != both[1] and not any(_is_digest(text) or _COMMIT.match(text) for text in both):
        yield f"it is of another release: {both[0]}, wanted {both[1]}"


def _of_job(origin: Origin, side: Sidecar | None, release: Release) -> Judgement:
    """A job of a CI system checks one commit out and starts without old files: what it finds is of that commit."""
    system, commit = _job()
    if not commit:
        reason = "binding: job, and this is no job of a CI system that names its commit"
        return _gap(origin, reason, "run it in the job that makes the report, or bind it with `tidegate bind`")
    wanted = _commit_of(release)
    if not wanted:
        reason = f"nobody named the release's commit, so the job's can't be compared with it ({commit[:12]})"
        return _gap(origin, reason, f"name it: --commit={commit}")
    if not _same_commit(commit, wanted):
        return _gap(origin, f"it is of another commit: {commit} ({system}), wanted {wanted}", _ANEW)
    for contradiction in _contradictions(origin, side, release):
        return _gap(origin, contradiction, _ANEW)
    return _agrees(origin, "commit", commit, system)


def _left_over(origin: Origin, created: float, max_age: float | None, base: Path) -> Iterator[Judgement]:
    """A file in a job that may not be the job's: a cache, an artefact of another job."""
    _, commit = _job()
    made = commit_time(str(base), commit)
    if made is not None and created < made - _AHEAD:
        yield _gap(origin, f"it is older than the commit {commit[:7]}: a cache, or left over from another job", _ANEW)
    elif commit and made is None and max_age is None:
        reason = f"nothing here says when the commit {commit[:7]} was made, so an old file can't be told"
        yield _gap(origin, reason, "check the repository out, or write max_age")


def _job() -> tuple[str, str]:
    """The CI system and the commit of its job; both empty where this is none."""
    for system, (proof, commit, _) in CI_SYSTEMS.items():
        if os.environ.get(proof) and os.environ.get(commit):
            return system, os.environ[commit]
    return "", ""


def _agrees(origin: Origin, what: str, value: str, source: str = "") -> Judgement:
    return Equals(value).judge(Reading(f"{origin.path}.{what}", value, "text", source=source or origin.path))


def _commits(origin: Origin, side: Sidecar | None) -> list[str]:
    return list(dict.fromkeys(filter(None, (side.commit if side is not None else "", origin.commit))))


def _commit_of(release: Release) -> str:
    return release.commit or (release.id if _COMMIT.fullmatch(release.id.lower()) else "")


def _same_commit(got: str, wanted: str) -> bool:
    """Whether two texts name one commit, which either may shorten. `4b1d2aa-dirty` is none, and so the same as none."""
    got, wanted = got.lower(), wanted.lower()
    return bool(_COMMIT.fullmatch(got) and _COMMIT.fullmatch(wanted)) and same("commit", got, wanted)


def _digest(image: str) -> str:
    return image.rpartition("@")[2]


def _is_digest(image: str) -> bool:
    return _digest(image).startswith("sha256:")


def _age(origin: Origin, created: float, max_age: float | None) -> Iterator[Judgement]:
    age = time.time() - created
    if age < -_AHEAD:
        yield _gap(origin, f"it says it was made {format_value(-age, 's')} from now: one of the clocks is wrong")
    elif max_age is not None and age > max_age:
        yield _gap(origin, f"it is {format_value(age, 's')} old, at most {format_value(max_age, 's')} wanted", _ANEW)


def _gap(origin: Origin, reason: str, remedy: str = "") -> Judgement:
    return gap(Gap(origin.path, reason, source=origin.path, remedy=remedy))
