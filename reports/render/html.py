"""The report as one HTML page: self-contained, no network, readable without JavaScript.

The Content-Security-Policy allows the page's own style and script by their SHA-256 and nothing else, so that hostile
text which slipped through every escape could still load and run nothing (W3C CSP Level 3, hash-source).
"""

import base64
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from checks.evidence import Reading
from checks.units import format_value
from reports.exhibit import Exhibit, Plot, Table
from reports.gate_report import Decision, DecisionKind, GateReport, GateResult
from reports.judgement import Judgement
from reports.render import cells, summary
from reports.render.drawing import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Drawing, draw
from reports.render.masking import masked
from reports.render.plain import middle_cut, one_line, visible
from reports.verdict import Verdict

if TYPE_CHECKING:
    from jinja2 import Template

#: Characters of one judgement's details, and of all together: a page has to open on a telephone.
DETAILS: Final = 16_000
ALL_DETAILS: Final = 4_000_000
#: Judgements that are shown of each gate, those that did not pass first.
ROWS: Final = 5_000
#: Judgements of each gate that are unfolded at first, and how many make a page of many.
UNFOLDED: Final = 20
MANY: Final = 500
#: Rows of a table.
TABLE_ROWS: Final = 500
#: Characters of a reason, a source, a remedy.
TEXT: Final = 4_000

_HERE: Final = Path(__file__).parent
_COLOURS: Final = {DecisionKind.PROMOTE: "#17693a", DecisionKind.HOLD: "#8a5200", DecisionKind.REJECT: "#b3261e"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and a text below a judgement; `code` where it can be pasted."""

    name: str
    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A judgement as the page shows it. `details` is cut; `open`: its facts are unfolded at first."""

    verdict: str
    subject: str
    reason: str
    facts: tuple[Fact, ...]
    details: str
    open: bool


@dataclass(frozen=True, slots=True)
class ColumnShown:
    """A column's head; `number`: its cells stand to the right."""

    title: str
    number: bool


@dataclass(frozen=True, slots=True)
class TableShown:
    """A table as the page shows it; `more` says how many rows are left out."""

    title: str
    columns: tuple[ColumnShown, ...]
    rows: tuple[tuple[str, ...], ...]
    more: str
    note: str


@dataclass(frozen=True, slots=True)
class Section:
    """A gate as the page shows it; `left_out` counts the judgements beyond `ROWS`."""

    anchor: str
    name: str
    verdict: str
    required: bool
    count: str
    duration: str
    lines: tuple[str, ...]
    remedies: tuple[str, ...]
    notes: tuple[str, ...]
    bad: tuple[Row, ...]
    good: tuple[Row, ...]
    left_out: int
    exhibits: tuple[TableShown | Drawing, ...]


def render(report: GateReport, decision: Decision) -> str:
    """The page as text. It depends on nothing but its arguments."""
    report, decision = masked(report, decision)
    style, script = (_HERE / "page.css").read_text(encoding="utf-8"), (_HERE / "page.js").read_text(encoding="utf-8")
    budget = _Budget(ALL_DETAILS)
    sections = tuple(_section(index, gate, budget) for index, gate in enumerate(report.gates))
    return _template().render(
        style=style,
        script=script,
        policy=_policy(style, script),
        colour=_COLOURS[decision.kind].removeprefix("#"),
        kind=decision.kind.value,
        word=decision.kind.value.upper(),
        headline=one_line(decision.headline, 600),
        what_now=summary.what_now(report, decision),
        steps=summary.steps(report)[:3],
        more_steps=max(0, len(summary.steps(report)) - 3),
        report=report,
        facts=_facts(report),
        incomplete=tuple(one_line(reason, TEXT) for reason in report.incomplete),
        notes=tuple(one_line(note, TEXT) for note in report.notes),
        pieces=summary.title(report),
        sections=sections,
        worst_first=sorted(sections, key=lambda s: (not s.required, -Verdict(s.verdict).badness)),
        many=sum(len(gate.judgements) for gate in report.gates) > MANY,
        size={"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
        tally={verdict.value: number for verdict, number in summary.tally(report).items()},
    )


class _Budget:
    """What is left of the characters that all details together may take."""

    def __init__(self, left: int) -> None:
        self.left = left

    def cut(self, details: str) -> str:
        most = min(DETAILS, self.left)
        if not details:
            return ""
        if most < 200:
            return f"{len(details):,} characters are left out of this page: see gate-report.json."
        shown = middle_cut(details, most)
        self.left -= len(shown)
        return shown


def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    jinja = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return jinja.get_template("page.html.j2")


def _policy(style: str, script: str) -> str:
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _facts(report: GateReport) -> tuple[Fact, ...]:
    release = report.release
    found = (
        Fact("Service", report.service),
        Fact("Environment", report.environment),
        Fact("Stage", report.stage),
        Fact("Version", release.version),
        Fact("Release id", release.id or "unknown: nobody named a release", code=bool(release.id)),
        Fact("Commit", release.commit, code=True),
        Fact("Previous", release.previous, code=True),
        Fact("Named by", release.source, code=True),
        Fact("Started", _moment(report.started)),
        Fact("Took", format_value(round(report.duration, 3), "s")),
    )
    return tuple(Fact(fact.name, one_line(fact.text, 500), fact.code) for fact in found if fact.text)


def _section(number: int, gate: GateResult, budget: _Budget) -> Section:
    bad = gate.not_passed
    good = tuple(judgement for judgement in gate.judgements if judgement.verdict is Verdict.PASS)
    shown_bad, shown_good = bad[:ROWS], good[: max(0, ROWS - len(bad))]
    remedies = dict.fromkeys(one_line(judgement.remedy, 300) for judgement in bad[:3] if judgement.remedy)
    lines = [summary.sentence(judgement, 300) for judgement in bad[:1]]
    if not gate.judgements:
        lines.append("nothing was judged")
    if len(bad) > 1:
        lines.append(f"and {len(bad) - 1:,} more")
    return Section(
        anchor=f"gate-{number + 1}",
        name=one_line(gate.name, 200),
        verdict=gate.verdict.value,
        required=gate.required,
        count=summary.count(gate),
        duration=format_value(round(gate.duration, 3), "s"),
        lines=tuple(lines),
        remedies=tuple(remedies)[:1],
        notes=_notes(gate),
        bad=tuple(_row(judgement, budget, unfolded=index < UNFOLDED) for index, judgement in enumerate(shown_bad)),
        good=tuple(_row(judgement, budget, unfolded=False) for judgement in shown_good),
        left_out=len(gate.judgements) - len(shown_bad) - len(shown_good),
        exhibits=tuple(shown for exhibit in gate.exhibits if (shown := _shown(exhibit)) is not None),
    )


def _shown(exhibit: Exhibit) -> TableShown | Drawing | None:
    """A plot without a point is nothing to look at: its judgements say that nothing was measured."""
    match exhibit:
        case Plot():
            return draw(exhibit)
        case Table():
            rows = cells.texts(exhibit, TABLE_ROWS)
            columns = (ColumnShown(one_line(c.title, 200), cells.is_number(c)) for c in exhibit.columns)
            return TableShown(
                title=one_line(exhibit.title, 200),
                columns=tuple(columns),
                rows=tuple(map(tuple, rows)),
                more=cells.remainder(exhibit, len(rows)),
                note=one_line(exhibit.note, TEXT),
            )
        case unreachable:
            assert_never(unreachable)


def _notes(gate: GateResult) -> tuple[str, ...]:
    """Every waived finding is a note, and has to stay visible."""
    more = len(gate.notes) - ROWS
    counted = [f"and {more:,} more notes: see gate-report.json"] if more > 0 else []
    return (*(one_line(note, TEXT) for note in gate.notes[:ROWS]), *counted)


def _row(judgement: Judgement, budget: _Budget, unfolded: bool) -> Row:
    evidence = judgement.evidence
    samples = evidence.samples if isinstance(evidence, Reading) else 1
    facts = (
        Fact("Got", visible(summary.got(judgement)[:TEXT])),
        Fact("Wanted", visible(summary.wanted(judgement)[:TEXT])),
        Fact("Remedy", visible(judgement.remedy[:TEXT])),
        Fact("Source", visible(evidence.source[:TEXT]), code=True),
        Fact("Samples", f"{samples:,}" if samples != 1 else ""),
        Fact("Attempts", summary.attempts(judgement) if evidence.attempts != 1 else ""),
        Fact("Took", format_value(evidence.took, "s") if evidence.took and evidence.attempts == 1 else ""),
        Fact("Measured", _moment(evidence.time)),
        Fact("Test", visible(judgement.test[:TEXT]), code=True),
        *(Fact("File", visible(f"{file.path}  SHA-256 {file.sha256}"), code=True) for file in evidence.artefacts[:20]),
    )
    return Row(
        verdict=judgement.verdict.value,
        subject=one_line(judgement.subject, 500),
        reason=one_line(judgement.reason, TEXT),
        facts=tuple(fact for fact in facts if fact.text),
        details=budget.cut(judgement.details),
        open=unfolded,
    )


def _moment(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s after 1970"
