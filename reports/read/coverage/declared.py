"""What a report declares of itself, beside what it shows: a cut or changed file contradicts itself."""

from collections.abc import Mapping

from reports.coverage_counts import Branches, Lines
from reports.read.coverage.gathering import Gathering
from reports.read.coverage.numbers import count
from reports.read.problem import Effect

#: Declared and counted shares that are this close agree.
ROUNDING = 0.005


def declared_share(
    gathering: Gathering, attributes: Mapping[str, str], covered: str, total: str
) -> tuple[int, int] | None:
    """Two declared counts, or None where one is missing or no count (`NaN`). Raises ReportError for 3 of 2."""
    counts = count(attributes.get(covered)), count(attributes.get(total))
    if counts[0] is None or counts[1] is None:
        return None
    return gathering.share(counts[0], counts[1], f"declares {covered} of {total}")


def compare(
    gathering: Gathering,
    declared: tuple[int, int],
    found: Lines | Branches,
    most: Lines | Branches,
    *,
    of: str = "",
) -> bool:
    """Add a problem where `declared` (covered, total) is not `found`; False where that is a contradiction.

    A note where it lies between `found` and `most`: there a line that is listed several times counts several times.
    For branches also where what was found is the stricter share: tools differ in what they call a branch. Everything
    else is INCONCLUSIVE.
    """
    covered, total = declared
    if (covered, total) == (found.covered, found.total):
        return True
    what = "lines" if isinstance(found, Lines) else "branches"
    text = f"{of}declares {covered:,} of {total:,} {what}, shows {found.covered:,} of {found.total:,}"
    if found.total <= total <= most.total and found.covered <= covered <= most.covered:
        gathering.problem(Effect.NOTE, f"{text}: what is listed more than once counts once here")
    elif what == "branches" and found.total and total and found.covered * total <= covered * found.total:
        gathering.problem(Effect.NOTE, text)
    else:
        gathering.problem(Effect.INCONCLUSIVE, f"{text}: the file is not whole, or was changed")
        return False
    return True


def compare_shares(gathering: Gathering, declared: Lines | Branches, found: Lines | Branches, what: str) -> None:
    """Add a problem where the sums that parts of a report declare are not what these parts show.

    INCONCLUSIVE where what is shown is the better share by more than rounding. A smaller difference is a note: LLVM
    counts a line once for each function that it is in.
    """
    if declared == found:
        return
    text = f"declares {declared.covered:,} of {declared.total:,} {what}, shows {found.covered:,} of {found.total:,}"
    better = (found.ratio or 0.0) - (declared.ratio or 0.0)
    if better > ROUNDING:
        gathering.problem(Effect.INCONCLUSIVE, f"{text}: the file is not whole, or was changed")
    else:
        gathering.problem(Effect.NOTE, text)
