"""Reading `gate-report.json` strictly: every key known, every key there, every value of its type.

ReportFormatError    the text is no gate report of this version; the message names the key
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from typing import TypeVar

from checks.evidence import evidence_from_dict
from reports.exhibit import Exhibit, ExhibitError, from_dict
from reports.gate_report import Decision, DecisionKind, GateReport, GateResult, Release
from reports.judgement import Judgement
from reports.verdict import Verdict

_E = TypeVar("_E", bound=Enum)
_T = TypeVar("_T")


class ReportFormatError(ValueError):
    """A text that is not a gate report. It decides nothing."""


def parse(text: str, schema: str) -> tuple[dict[str, object], GateReport, Decision]:
    """The JSON values, the report and the decision. Raises ReportFormatError."""
    try:
        data = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except ReportFormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise ReportFormatError(f"it is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ReportFormatError(f"a gate report is an object, not {type(data).__name__}")
    if data.get("schema") != schema:
        raise ReportFormatError(f"schema: {data.get('schema')!r} is not known; this version reads {schema!r}")
    report, decision = _report(_Object(data, ""))
    return data, report, decision


class _Object:
    """A JSON object whose keys are taken one by one; `done` refuses what is left."""

    def __init__(self, data: object, place: str) -> None:
        self.place = place
        if not isinstance(data, Mapping):
            raise ReportFormatError(f"{place}: an object is needed, not {type(data).__name__}")
        self.rest = dict(data)

    def at(self, key: str) -> str:
        return f"{self.place}.{key}".lstrip(".")

    def take(self, key: str) -> object:
        if key not in self.rest:
            raise ReportFormatError(f"{self.at(key)}: the key is missing")
        return self.rest.pop(key)

    def text(self, key: str) -> str:
        return self._typed(key, str, "a text")

    def flag(self, key: str) -> bool:
        return self._typed(key, bool, "true or false")

    def count(self, key: str) -> int:
        return self._typed(key, int, "a whole number")

    def amount(self, key: str) -> float:
        value = self._typed(key, (int, float), "a number")
        if not math.isfinite(value) or value < 0:
            raise ReportFormatError(f"{self.at(key)}: {value} is not an amount of seconds")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._typed(key, list, "a list")
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise ReportFormatError(f"{self.at(key)}.{index}: a text is needed, not {value!r}")
        return tuple(values)

    def one_of(self, key: str, kind: type[_E]) -> _E:
        value = self.text(key)
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(repr(member.value) for member in kind)
            raise ReportFormatError(f"{self.at(key)}: {value!r} is unknown; known are {known}") from None

    def each(self, key: str, read: Callable[["_Object"], _T]) -> tuple[_T, ...]:
        values = self._typed(key, list, "a list")
        return tuple(read(_Object(value, f"{self.at(key)}.{index}")) for index, value in enumerate(values))

    def inside(self, key: str) -> "_Object":
        return _Object(self.take(key), self.at(key))

    def done(self) -> None:
        if self.rest:
            raise ReportFormatError(f"{self.at(next(iter(self.rest)))}: the key is unknown")

    def _typed(self, key: str, kind: type[_T] | tuple[type[_T], ...], name: str) -> _T:
        value = self.take(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ReportFormatError(f"{self.at(key)}: {name} is needed, not {value!r:.80}")
        return value


def _report(data: _Object) -> tuple[GateReport, Decision]:
    kind, headline = data.one_of("decision", DecisionKind), data.text("headline")
    for derived in ("schema", "commit"):
        data.text(derived)
    verdict, _ = data.one_of("verdict", Verdict), data.flag("complete")
    report = GateReport(
        service=data.text("service"),
        environment=data.text("environment"),
        release=_release(data.inside("release")),
        stage=data.text("stage"),
        started=_moment(data, "started"),
        duration=data.amount("duration_seconds"),
        gates=data.each("gates", _gate),
        incomplete=data.texts("incomplete"),
        notes=data.texts("notes"),
        observed=data.flag("observed"),
    )
    because = data.each("because", lambda entry: _cause(entry, report))
    data.done()
    if kind is DecisionKind.PROMOTE and Verdict.PASS not in {verdict} & {report.verdict}:
        raise ReportFormatError(f"decision: 'promote' of what is {report.verdict.value}")
    return report, Decision(kind, headline, because)


def _release(data: _Object) -> Release:
    release = Release(*(data.text(key) for key in ("id", "version", "commit", "previous", "source")))
    data.done()
    return release


def _gate(data: _Object) -> GateResult:
    gate = GateResult(
        name=data.text("name"),
        required=data.flag("required"),
        judgements=data.each("judgements", _judgement),
        duration=data.amount("duration_seconds"),
        notes=data.texts("notes"),
        exhibits=_exhibits(data),
    )
    data.one_of("verdict", Verdict)
    for derived in ("passed", "judged"):
        data.count(derived)
    data.done()
    return gate


def _exhibits(data: _Object) -> tuple[Exhibit, ...]:
    # Reports of before there were any have no such key.
    values = data.take("exhibits") if "exhibits" in data.rest else []
    if not isinstance(values, list):
        raise ReportFormatError(f"{data.at('exhibits')}: a list is needed, not {values!r:.80}")
    found = []
    for index, value in enumerate(values):
        try:
            found.append(from_dict(value))
        except ExhibitError as error:
            raise ReportFormatError(f"{data.at('exhibits')}.{index}: {error}") from error
    return tuple(found)


def _judgement(data: _Object) -> Judgement:
    try:
        evidence = evidence_from_dict(data.take("evidence"))
    except (ValueError, TypeError, OverflowError) as error:
        raise ReportFormatError(f"{data.at('evidence')}: {error}") from error
    judgement = Judgement(
        evidence,
        criterion=data.text("criterion"),
        verdict=data.one_of("verdict", Verdict),
        reason=data.text("reason"),
        remedy=data.text("remedy"),
        test=data.text("test"),
        details=data.text("details"),
    )
    for derived in ("subject", "wanted", "source"):
        data.text(derived)
    data.amount("duration_seconds")
    got = data.take("got")
    if got is not None and not isinstance(got, str):
        raise ReportFormatError(f"{data.at('got')}: a text or null is needed, not {got!r:.80}")
    data.done()
    return judgement


def _cause(data: _Object, report: GateReport) -> Judgement:
    name = data.take("gate")
    if name is None:
        judgement = _judgement(data.inside("judgement"))
        data.done()
        return judgement
    index = data.count("index")
    for derived in ("subject", "reason"):
        data.text(derived)
    data.done()
    for gate in report.gates:
        if gate.name == name and 0 <= index < len(gate.judgements):
            return gate.judgements[index]
    raise ReportFormatError(f"{data.place}: there is no judgement {index} of a gate {name!r}")


def _moment(data: _Object, key: str) -> float:
    text = data.text(key)
    try:
        moment = datetime.fromisoformat(text)
        seconds = moment.timestamp()
    except (ValueError, OverflowError) as error:
        raise ReportFormatError(f"{data.at(key)}: {text!r:.80} is not a time in ISO 8601: {error}") from error
    if moment.tzinfo is None:
        raise ReportFormatError(f"{data.at(key)}: {text!r:.80} has no time zone")
    return seconds


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    out: dict[str, object] = {}
    for key, value in pairs:
        if key in out:
            raise ReportFormatError(f"{key}: the key is there twice")
        out[key] = value
    return out


def _no_constant(name: str) -> object:
    raise ReportFormatError(f"{name} is not a value of JSON")
