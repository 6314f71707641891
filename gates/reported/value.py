"""What the report files of a gate say, whatever kind they are."""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.exhibit import Exhibit
from reports.gate_report import Release
from reports.judgement import Judgement


@dataclass(frozen=True, slots=True)
class Reported:
    """Judgements, notes, exhibits, the seconds that the tests took, the releases that files of Tidegate's own name."""

    judgements: tuple[Judgement, ...]
    notes: tuple[str, ...] = ()
    duration: float = 0.0
    releases: tuple[Release, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()


def together(parts: Iterable[Reported]) -> Reported:
    """Several kinds of files of one gate as one."""
    found = list(parts)
    return Reported(
        judgements=tuple(judgement for part in found for judgement in part.judgements),
        notes=tuple(dict.fromkeys(note for part in found for note in part.notes)),
        duration=sum(part.duration for part in found),
        releases=tuple(dict.fromkeys(release for part in found for release in part.releases)),
        exhibits=tuple(exhibit for part in found for exhibit in part.exhibits),
    )
