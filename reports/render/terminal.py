"""The report for a terminal: a row per gate, the worst reasons beside it, the decision last."""

from typing import Final

from reports.gate_report import Decision, GateReport, GateResult
from reports.render.columns import columns, fit, wrap
from reports.render.exhibited import exhibited
from reports.render.masking import masked
from reports.render.plain import one_line
from reports.render.summary import count, sentence, title

#: A gate's reasons that are shown; the rest are counted.
SHOWN: Final = 3
NARROWEST: Final = 40
#: Reasons stand beside the gate where this many columns are left for them, and below it otherwise.
BESIDE: Final = 56

_COLOURS: Final = {
    "PASS": "32",
    "PROMOTE": "1;32",
    "INCONCLUSIVE": "33",
    "HOLD": "1;33",
    "FAIL": "31",
    "REJECT": "1;31",
    "OBSERVING": "1",
}


def render(report: GateReport, decision: Decision, *, width: int = 80, color: bool = False, html: str = "") -> str:
    """The report in lines of at most `width` columns (40 at least), ending in a newline.

    `color`: ANSI colours on the verdicts, which say the same without them. `html`: path of the HTML report, named last.
    """
    report, decision = masked(report, decision)
    width = max(width, NARROWEST)
    lines = _header(report, width)
    if report.observed:
        lines += _observing(width, color)
    count_width = max((len(count(gate)) for gate in report.gates), default=0)
    widest = max((columns(one_line(gate.name)) for gate in report.gates), default=0)
    name_width = max(4, min(24, widest, width - count_width - 18))
    for gate in report.gates:
        lines += _row(fit(one_line(gate.name), name_width), f"{count(gate):>{count_width}}", gate, width, color)
        lines += (line for exhibit in gate.exhibits if exhibit.terminal for line in exhibited(exhibit, width))
    if not report.gates:
        lines += ["  no gate was run"]
    for reason in report.incomplete:
        lines += wrap(f"incomplete: {one_line(reason)}", width, "  ", "    ")
    for note in report.notes:
        lines += wrap(f"note: {one_line(note)}", width, "  ", "    ")
    lines += _decision(decision, width, color, html)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _header(report: GateReport, width: int) -> list[str]:
    lines = ["tidegate"]
    for piece in title(report):
        if columns(lines[-1]) + 3 + columns(piece) <= width:
            lines[-1] += f" · {piece}"
        elif columns(piece) + 4 <= width:
            lines.append(f"  · {piece}")
        else:
            lines += wrap(piece, width, "  · ", "    ")
    return lines


def _observing(width: int, color: bool) -> list[str]:
    band = "=" * width
    word = _paint("O B S E R V I N G", "OBSERVING", color)
    text = "Nothing is held or rejected: the exit code is 0 whatever is said below."
    return [band, f"  {word}", *wrap(text, width, "  ", "  "), band]


def _row(name: str, number: str, gate: GateResult, width: int, color: bool) -> list[str]:
    word = f"{gate.verdict.value:<12}"
    painted = f"  {name}  {_paint(word, gate.verdict.value, color)}  {number}"
    texts, used = _texts(gate), columns(name) + len(word) + len(number) + 6
    left = width - used - 4
    if not texts:
        return [painted]
    if left >= BESIDE or (len(texts) == 1 and columns(texts[0]) <= left):
        hang = " " * (used + 4)
        lines = [line for text in texts for line in wrap(text, width, hang, f"{hang}  ")]
        return [painted + lines[0][used:], *lines[1:]]
    return [painted, *(line for text in texts for line in wrap(text, width, " " * 6, " " * 8))]


def _texts(gate: GateResult) -> list[str]:
    bad, texts = gate.not_passed, []
    if not gate.judgements:
        texts.append("nothing was judged")
    if not gate.required:
        texts.append("advisory: it does not decide")
    for index, judgement in enumerate(bad[:SHOWN]):
        kind = "" if judgement.verdict is gate.verdict else f"{judgement.verdict.value}: "
        texts.append(kind + sentence(judgement))
        following = bad[index + 1].remedy if index + 1 < min(len(bad), SHOWN) else ""
        if judgement.remedy and judgement.remedy != following:
            texts.append(f"remedy: {one_line(judgement.remedy, 400)}")
    if len(bad) > SHOWN:
        texts.append(f"and {len(bad) - SHOWN:,} more")
    texts += [one_line(note, 400) for note in gate.notes[:SHOWN]]
    if len(gate.notes) > SHOWN:
        texts.append(f"and {len(gate.notes) - SHOWN:,} more notes")
    return texts


def _decision(decision: Decision, width: int, color: bool, html: str) -> list[str]:
    word = decision.kind.value.upper()
    lines = wrap(one_line(decision.headline), width, f"{word:<8}", " " * 8)
    lines[0] = _paint(word, word, color) + lines[0][len(word) :]
    return lines + (wrap(one_line(html), width, " " * 8, " " * 8) if html else [])


def _paint(text: str, word: str, color: bool) -> str:
    return f"\x1b[{_COLOURS[word]}m{text}\x1b[0m" if color else text
