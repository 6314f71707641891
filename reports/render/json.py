"""The report as `gate-report.json`: what automation reads, and the only form that is read back.

    render(report, decision) -> text        load(text) -> (report, decision)

The format is `reports/schema/gate-report.schema.json`. Whatever does not follow it raises ReportFormatError.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from checks.evidence import Gap, evidence_to_dict
from reports.exhibit import to_dict as exhibit_to_dict
from reports.gate_report import Decision, GateReport, GateResult, Release
from reports.judgement import Judgement
from reports.render.json_reading import ReportFormatError, parse
from reports.render.masking import masked
from reports.render.summary import got, wanted

SCHEMA: Final = "tidegate/gate-report@1"

__all__ = ["SCHEMA", "ReportFormatError", "load", "render", "to_dict"]


def render(report: GateReport, decision: Decision) -> str:
    """The JSON text, ending in a newline: indented, but for the judgements, which have a line each: there may be
    thousands of them, and Python indents slowly."""
    data = to_dict(report, decision)
    gates = data.pop("gates")
    if not isinstance(gates, list):
        raise TypeError("gates are a list")
    head = json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False).removesuffix("\n}")
    return f'{head},\n  "gates": {_lines((_gate_text(gate) for gate in gates), 4)}\n}}\n'


def _gate_text(gate: dict[str, object]) -> str:
    lists = {key: gate.pop(key) for key in ("judgements", "exhibits")}
    text = json.dumps(gate, ensure_ascii=True, allow_nan=False).removesuffix("}")
    for key, items in lists.items():
        if not isinstance(items, list):
            raise TypeError(f"{key} are a list")
        rows = (json.dumps(row, ensure_ascii=True, allow_nan=False) for row in items)
        text += f', "{key}": {_lines(rows, 6)}'
    return f"{text}}}"


def _lines(items: Iterable[str], indent: int) -> str:
    """A JSON list with each item on a line of its own."""
    separator = "\n" + " " * indent
    text = f",{separator}".join(items)
    return f"[{separator}{text}{separator[:-2]}]" if text else "[]"


def to_dict(report: GateReport, decision: Decision) -> dict[str, object]:
    """The report as JSON values; times are ISO 8601 in UTC with milliseconds, durations are seconds."""
    return _plain(*masked(report, decision))


def load(text: str) -> tuple[GateReport, Decision]:
    """Read what `render` wrote. Raises ReportFormatError that names the key.

    Strict: unknown and missing keys, wrong types, and values that contradict each other (a promotion of what did not
    pass) are refused, so that a report which was changed by hand decides nothing.
    """
    data, report, decision = parse(text, SCHEMA)
    if difference := _difference(data, _plain(report, decision), ""):
        raise ReportFormatError(f"{difference}: it contradicts the rest of the report")
    return report, decision


def _plain(report: GateReport, decision: Decision) -> dict[str, object]:
    release = report.release
    return {
        "schema": SCHEMA,
        "decision": decision.kind.value,
        "headline": decision.headline,
        "verdict": report.verdict.value,
        "complete": report.complete,
        "incomplete": list(report.incomplete),
        "observed": report.observed,
        "service": report.service,
        "environment": report.environment,
        "stage": report.stage,
        "release": release_values(release),
        "commit": release.commit,
        "started": iso(report.started),
        "duration_seconds": _duration(report.duration),
        "notes": list(report.notes),
        "because": _because(report, decision),
        "gates": [_gate(gate) for gate in report.gates],
    }


def release_values(release: Release) -> dict[str, object]:
    """A release as JSON values."""
    return {
        "id": release.id,
        "version": release.version,
        "commit": release.commit,
        "previous": release.previous,
        "source": release.source,
    }


def iso(seconds: float) -> str:
    """Seconds since the epoch as `2026-03-01T12:00:00.000Z`."""
    moment = datetime.fromtimestamp(round(seconds, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _gate(gate: GateResult) -> dict[str, object]:
    return {
        "name": gate.name,
        "required": gate.required,
        "verdict": gate.verdict.value,
        "passed": gate.passed,
        "judged": len(gate.judgements),
        "duration_seconds": _duration(gate.duration),
        "notes": list(gate.notes),
        "judgements": [_judgement(judgement) for judgement in gate.judgements],
        "exhibits": [exhibit_to_dict(exhibit) for exhibit in gate.exhibits],
    }


def _judgement(judgement: Judgement) -> dict[str, object]:
    evidence = judgement.evidence
    return {
        "subject": judgement.subject,
        "verdict": judgement.verdict.value,
        "got": None if isinstance(evidence, Gap) else got(judgement),
        "wanted": wanted(judgement),
        "reason": judgement.reason,
        "remedy": judgement.remedy,
        "criterion": judgement.criterion,
        "evidence": evidence_to_dict(evidence),
        "source": evidence.source,
        "duration_seconds": _duration(evidence.took),
        "test": judgement.test,
        "details": judgement.details,
    }


def _duration(seconds: float) -> float:
    # A clock that was set back during the run gives less than nothing.
    return max(0.0, round(seconds, 6))


def _because(report: GateReport, decision: Decision) -> list[dict[str, object]]:
    # By reference, not by copy: a report of 5,000 failures would otherwise hold each of them twice.
    places = {
        judgement: {"gate": gate.name, "index": index, "subject": judgement.subject, "reason": judgement.reason}
        for gate in reversed(report.gates)
        for index, judgement in reversed(list(enumerate(gate.judgements)))
    }
    return [dict(places.get(j) or {"gate": None, "judgement": _judgement(j)}) for j in decision.because]


#: Derived for people; a later version may word them in another way, so they are no contradiction.
_WORDING: Final = frozenset({"got", "wanted"})


def _difference(one: object, other: object, key: str) -> str:
    match one, other:
        case dict(), dict():
            for name, value in one.items():
                if name not in _WORDING and (found := _difference(value, other.get(name), f"{key}.{name}")):
                    return found
            return ""
        case list(), list() if len(one) == len(other):
            pairs = enumerate(zip(one, other, strict=True))
            return next(filter(None, (_difference(a, b, f"{key}.{i}") for i, (a, b) in pairs)), "")
        case _:
            return "" if one == other and isinstance(one, bool) == isinstance(other, bool) else key.lstrip(".")
