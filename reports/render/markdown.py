"""The report as Markdown for a CI step summary, and as annotations for failures.

GitHub shows at most 1 MiB per step (docs.github.com, "Workflow commands": adding a job summary) and 10 annotations
of each kind (errors, warnings) per step.
"""

import re
from typing import Final, assert_never

from checks.units import format_value
from reports.exhibit import Exhibit, Plot, Table
from reports.gate_report import Decision, GateReport, GateResult
from reports.judgement import Judgement
from reports.render import cells
from reports.render.masking import masked
from reports.render.plain import middle_cut, one_line
from reports.render.sparkline import lines
from reports.render.summary import attempts, count, got, sentence, steps, tally, title, wanted, what_now
from reports.verdict import Verdict

#: GitHub's limit for a step summary, in bytes.
LIMIT: Final = 1024 * 1024
DETAILS: Final = 4000
#: Notes of a gate that its row has room for, and their characters there. All of them, whole, stand below.
NOTES: Final = 2
NOTE: Final = 200
#: Rows of a table, and characters of a sparkline.
ROWS: Final = 50
SPARK: Final = 40

_SPECIAL = re.compile(r"[\\`*_\[\]~|#$!{}]")
# A list, a heading or a rule is made only at the start of a line.
_AT_START = re.compile(r"^(\d*)([-+=]|(?<=\d)[.)](?=\s|$))")


def render(report: GateReport, decision: Decision, *, limit: int = LIMIT) -> str:
    """The report in at most `limit` bytes of UTF-8: the decision, the gates, what did not pass (worst first), notes.

    What does not fit is left out from the end, and a line says how much.
    """
    report, decision = masked(report, decision)
    blocks = [_head(report, decision), _table(report), *_remarks(report)]
    page = _with_notes(_fitted(blocks, _failures(report), limit), report, limit)
    return _with_exhibits(page, report, limit)


def annotations(report: GateReport, *, most: int = 10) -> str:
    """GitHub workflow commands, one a line: an error per FAIL, a warning per INCONCLUSIVE, a notice in advisory gates.

    At most `most` of each kind; the last of a kind then says how many there are.
    """
    from reports.gate_report import DecisionKind

    report, _ = masked(report, Decision(DecisionKind.HOLD, ""))
    kinds: dict[str, list[tuple[str, str]]] = {"error": [], "warning": [], "notice": []}
    for gate in report.gates:
        if not gate.judgements and gate.required:
            kinds["warning"].append((gate.name, "nothing was judged"))
        for judgement in gate.not_passed:
            text = sentence(judgement)
            if judgement.remedy:
                text += f"\nremedy: {one_line(judgement.remedy)}"
            kinds[_annotation(gate, judgement)].append((f"{gate.name} {judgement.verdict.value}", text))
    lines = []
    for kind, found in kinds.items():
        shown = found if len(found) <= most else found[: most - 1]
        if len(found) > most:
            shown = [*shown, ("and more", f"{len(found) - most + 1:,} more are in the report")]
        lines += [f"::{kind} title={_in_property(name)}::{_in_message(text)}" for name, text in shown]
    return "".join(f"{line}\n" for line in lines)


def text(raw: str, most: int = 600) -> str:
    """Foreign text as Markdown that shows exactly it: no markup, no HTML, no mention, one line."""
    line = one_line(raw, most).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _SPECIAL.sub(lambda match: f"\\{match.group()}", line)
    line = _AT_START.sub(r"\1\\\2", line)
    # A zero-width space, as other bots write it: escapes alone do not stop a mention from notifying someone.
    return line.replace("@", "@\u200b")


def code(raw: str, most: int = 600) -> str:
    """Foreign text as a code span (CommonMark 6.1: the fence is longer than any run of backticks inside)."""
    line = one_line(raw, most)
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""


def _head(report: GateReport, decision: Decision) -> str:
    lines = [f"## {decision.kind.value.upper()}: {text(decision.headline)}", ""]
    if report.observed:
        lines += ["> **OBSERVING**: nothing is held or rejected, the exit code is 0 whatever is said below.", ""]
    lines += [
        " · ".join(text(piece) for piece in title(report)),
        "",
        f"**What now:** {text(what_now(report, decision))}",
    ]
    lines += [f"- {text(step.remedy)} ({text(step.where)})" for step in steps(report)[:5]]
    return "\n".join(lines) + "\n"


def _table(report: GateReport) -> str:
    lines = ["| Gate | Verdict | Passed | What to know |", "|:--|:--|--:|:--|"]
    for gate in report.gates:
        bad = gate.not_passed
        know = [] if gate.required else ["advisory"]
        know += ["nothing was judged"] * (not gate.judgements)
        know += [sentence(bad[0], 300)] if bad else []
        know += [f"and {len(bad) - 1:,} more"] if len(bad) > 1 else []
        know += [one_line(note, NOTE) for note in gate.notes[:NOTES]]
        cells = (text(gate.name), f"**{gate.verdict.value}**", count(gate), "<br>".join(text(part) for part in know))
        lines.append(f"| {' | '.join(cells)} |")
    numbers = ", ".join(f"{number:,} {verdict.value}" for verdict, number in tally(report).items() if number)
    return "\n".join([*lines, "", f"Judgements: {numbers or 'none'}."]) + "\n"


def _remarks(report: GateReport) -> list[str]:
    found = [f"- **incomplete**: {text(reason)}" for reason in report.incomplete]
    found += [f"- {text(note)}" for note in report.notes]
    return ["\n".join(found) + "\n"] if found else []


def _failures(report: GateReport) -> list[str]:
    bad = [(gate, judgement) for gate in report.gates for judgement in gate.not_passed]
    bad.sort(key=lambda pair: (not pair[0].required, -pair[1].verdict.badness))
    return [_failure(gate, judgement) for gate, judgement in bad]


def _failure(gate: GateResult, judgement: Judgement) -> str:
    advisory = "" if gate.required else " (advisory)"
    evidence = judgement.evidence
    facts = {
        "reason": text(judgement.reason),
        "got": text(got(judgement)),
        "wanted": text(wanted(judgement)),
        "samples": f"{getattr(evidence, 'samples', 1):,}" if getattr(evidence, "samples", 1) != 1 else "",
        "tried": attempts(judgement) if evidence.attempts != 1 else "",
        "source": code(evidence.source),
        "remedy": text(judgement.remedy),
    }
    lines = [f"### {judgement.verdict.value} {text(gate.name)}{advisory}: {text(judgement.subject)}", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items() if value]
    if judgement.details:
        lines += [
            "",
            "<details><summary>Details</summary>",
            "",
            _fenced(middle_cut(judgement.details, DETAILS)),
            "</details>",
        ]
    return "\n".join(lines) + "\n"


def _fenced(block: str) -> str:
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", block)), default=0) + 1)
    return f"{fence}text\n{block}\n{fence}\n"


def _fitted(blocks: list[str], failures: list[str], limit: int) -> str:
    head = "\n".join(blocks)
    statement = "\n{:,} more judgements did not pass. They do not fit here: see gate-report.json.\n"
    room = limit - len(head.encode()) - len(statement.format(len(failures)).encode())
    if room < 0:  # thousands of gates, or a very small limit: the beginning with the decision is what counts
        cut = "\n\nThe rest does not fit here: see gate-report.json.\n"
        return head.encode()[: max(0, limit - len(cut.encode()))].decode(errors="ignore") + cut
    parts = [head]
    for index, failure in enumerate(failures):
        room -= len(failure.encode()) + 1
        if room < 0:
            return "\n".join(parts) + statement.format(len(failures) - index)
        parts.append(failure)
    return "\n".join(parts)


def _with_notes(page: str, report: GateReport, limit: int) -> str:
    """The page with the notes that no row has room for (every waived finding is one), as far as they fit."""
    crowded = [gate for gate in report.gates if len(gate.notes) > NOTES or any(len(note) > NOTE for note in gate.notes)]
    lines = []
    for gate in crowded:
        lines += [f"\n### Notes of {text(gate.name)}\n\n", *(f"- {text(note)}\n" for note in gate.notes)]
    statement = "\n{:,} more lines of notes do not fit here: see gate-report.json.\n"
    room = limit - len(page.encode()) - len(statement.format(len(lines)).encode())
    for index, line in enumerate(lines):
        room -= len(line.encode())
        if room < 0:
            whole = page + "".join(lines[:index]) + statement.format(len(lines) - index)
            return whole if len(whole.encode()) <= limit else page
    return page + "".join(lines)


def _with_exhibits(page: str, report: GateReport, limit: int) -> str:
    """The page with the gates' tables, and a sparkline for each line of their plots, as far as they fit."""
    found = [(gate.name, exhibit) for gate in report.gates for exhibit in gate.exhibits]
    statement = "\n{:,} more tables and plots do not fit here: see gate-report.json.\n"
    room = limit - len(page.encode()) - len(statement.format(len(found)).encode())
    for index, (gate, exhibit) in enumerate(found):
        block = f"\n### {text(gate)}: {text(exhibit.title, 200)}\n\n{_exhibit(exhibit)}"
        room -= len(block.encode())
        if room < 0:
            whole = page + statement.format(len(found) - index)
            return whole if len(whole.encode()) <= limit else page
        page += block
    return page


def _exhibit(exhibit: Exhibit) -> str:
    match exhibit:
        case Table():
            shown = cells.texts(exhibit, ROWS)
            head = [text(column.title) for column in exhibit.columns]
            rule = ["--:" if cells.is_number(column) else ":--" for column in exhibit.columns]
            rows = [head, rule, *([text(cell) for cell in row] for row in shown)]
            tail = [cells.remainder(exhibit, len(shown))]
        case Plot():
            drawn = [(text(name), code(line), text(span)) for name, line, span in lines(exhibit, SPARK)]
            rows = [["", "over time", ""], [":--"] * 3, *map(list, drawn)]
            tail = [f"wanted: {limit.name}" for limit in exhibit.limits]
            tail += [f"{mark.name} at {format_value(mark.x, exhibit.x_unit)}" for mark in exhibit.marks]
        case unreachable:
            assert_never(unreachable)
    grid = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    remarks = [text(part) for part in (*tail, exhibit.note) if part]
    return grid + "".join(f"\n{remark}\n" for remark in remarks)


def _annotation(gate: GateResult, judgement: Judgement) -> str:
    if not gate.required:
        return "notice"
    match judgement.verdict:
        case Verdict.FAIL:
            return "error"
        case Verdict.INCONCLUSIVE | Verdict.PASS:
            return "warning"
        case unreachable:
            assert_never(unreachable)


def _in_message(raw: str) -> str:
    # The escapes of actions/toolkit, packages/core/src/command.ts: escapeData and escapeProperty.
    shown = "\n".join(one_line(line) for line in raw.splitlines())
    return shown.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(raw: str) -> str:
    return _in_message(raw).replace(":", "%3A").replace(",", "%2C")
