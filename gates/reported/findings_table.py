"""What a security gate shows beside its judgements: every finding that matters, and what changed since the baseline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reports.exhibit import Cell, Column, Table
from reports.finding import Finding, Severity

#: So many findings that count are shown, and so many of those that the scanners or the baseline set aside. Waived ones
#: are shown all: somebody decided to live with each of them.
SHOWN = 200
SET_ASIDE = 50
#: What became of a finding: the words of those that a gate fails for end in this.
OVER, WITHIN = "over a limit", "within the limits"
_WORST_FIRST = {severity: number for number, severity in enumerate(reversed(Severity))}
_COLUMNS = tuple(map(Column, ("severity", "id", "where", "what", "installed", "fixed in", "state")))


@dataclass(frozen=True, slots=True)
class Since:
    """What a report holds against its baseline: `known` were there before, `gone` are there no more."""

    report: str
    baseline: str
    new: int
    known: int
    gone: int


@dataclass(slots=True)
class Rows:
    """Findings by what became of them, each with its words."""

    counted: list[tuple[Finding, str]] = field(default_factory=list)
    waived: list[tuple[Finding, str]] = field(default_factory=list)
    set_aside: list[tuple[Finding, str]] = field(default_factory=list)
    since: list[Since] = field(default_factory=list)


def tables(rows: Rows, uncounted: int) -> tuple[Table, ...]:
    """The tables of a gate; none where nothing was found. `uncounted`: findings that were too many to keep."""
    parts: Mapping[str, Sequence[tuple[Cell, ...]]] = {
        "counted": list(_cells(rows.counted)),
        "waived": list(_cells(rows.waived)),
        "set aside": list(_cells(rows.set_aside)),
    }
    shown = [*parts["counted"][:SHOWN], *parts["waived"], *parts["set aside"][:SET_ASIDE]]
    found = []
    if shown:
        left_out = sum(map(len, parts.values())) - len(shown) + uncounted
        numbers = {"counted": len(rows.counted), "waived": len(rows.waived), "set aside": len(rows.set_aside)}
        told = ", ".join(f"{number:,} {name}" for name, number in numbers.items() if number)
        found.append(Table("Findings", _COLUMNS, tuple(shown), left_out, told))
    if rows.since:
        counts = [Column(title, "1") for title in ("new", "known", "gone")]
        columns = (Column("report"), Column("baseline"), *counts)
        cells = tuple((one.report, one.baseline, one.new, one.known, one.gone) for one in rows.since)
        found.append(Table("Findings since the baseline", columns, cells))
    return tuple(found)


def _cells(found: Iterable[tuple[Finding, str]]) -> Iterable[tuple[Cell, ...]]:
    """A row for each finding; of what is alike in all but its place (a rule that many lines break), one row."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for finding, state in sorted(found, key=lambda one: (_WORST_FIRST[one[0].severity], one[0].id, one[0].where)):
        # What is over a limit is mended place by place.
        place = finding.where if state.endswith(OVER) else ""
        same = (finding.severity.value, finding.id, finding.package, place, finding.title)
        alike.setdefault((*same, finding.installed, finding.fixed, state), []).append(finding.where)
    for cells, places in alike.items():
        severity, name, package, _, title, installed, fixed, state = cells
        more = f" and {len(places) - 1:,} more places" if len(places) > 1 else ""
        where = " at ".join(filter(None, (package, places[0]))) + more
        yield severity, name or None, where, title, installed or None, fixed or None, state
