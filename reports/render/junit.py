"""Tidegate's own JUnit file: what ran, with evidence and criteria in its properties, one suite per gate.

The elements are those of the common JUnit schema (github.com/testmoapp/junitxml): INCONCLUSIVE is `<error>`, because it
could not be carried out. Messages are written in full, unlike pytest's own file, which cuts them at 500 characters.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, assert_never

from reports.case import Case, Outcome
from reports.render.masking import masked_case, masked_data

GATE: Final = "tidegate.gate"
RUN: Final = "tidegate.run"

# XML 1.0, production [2] Char: everything else can't be written, not even as a reference.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(cases: Sequence[Case], run: Mapping[str, object], *, name: str) -> str:
    """The XML text of all cases, in suites by their `tidegate.gate` property (`name` where they have none).

    `run` becomes the property `tidegate.run` (JSON) of every suite; its `started` (ISO 8601 or seconds since the epoch)
    is the timestamp. Characters that XML can't hold are replaced by what names them (`\\x1b`).
    """
    about = json.dumps(masked_data(run), ensure_ascii=False)
    when, gates = _timestamp(run.get("started")), _by_gate(cases, name)
    document = _junitparser().JUnitXml(_xml(name))
    for gate, members in gates.items():
        document.append(_suite(gate, members, about, when))
    if not gates:  # a run that judged nothing says so in a suite of no tests, which readers refuse
        document.append(_suite(name, [], about, when))
    document.update_statistics()
    text: str = document.tostring().decode("utf-8")
    return text if text.startswith("<?xml") else f'<?xml version="1.0" encoding="utf-8"?>\n{text}'


def _suite(gate: str, cases: Iterable[Case], about: str, when: str) -> Any:
    suite = _junitparser().TestSuite(_xml(gate))
    if when:
        suite.timestamp = when
    suite.add_property(RUN, _xml(about))
    suite.add_testcases([_case(masked_case(case)) for case in cases])
    return suite


def _case(case: Case) -> Any:
    api = _junitparser()
    written = api.TestCase(_xml(case.name), _xml(case.classname))
    if case.duration is not None:
        written.time = round(case.duration, 6)
    if case.file:
        written._elem.set("file", _xml(case.file))  # noqa: SLF001 - junitparser has no name for this attribute
    if case.properties:
        properties = api.Properties()
        for name, value in case.properties:
            properties.add_property(api.Property(_xml(name), _xml(value)))
        written.append(properties)
    kinds = {Outcome.FAILED: api.Failure, Outcome.ERROR: api.Error, Outcome.SKIPPED: api.Skipped}
    match case.outcome:
        case Outcome.PASSED:
            if case.details:
                written.system_out = _xml(case.details)
        case Outcome.FAILED | Outcome.ERROR | Outcome.SKIPPED:
            result = kinds[case.outcome](_xml(case.message), "tidegate")
            if case.details:
                result.text = _xml(case.details)
            # Not `written.result = [...]`, which walks the whole case again.
            written.append(result)
        case unreachable:
            assert_never(unreachable)
    # As Surefire writes them: the earlier attempts of a pass were flaky, those of a failure are reruns.
    again = "flakyFailure" if case.outcome is Outcome.PASSED else "rerunFailure"
    for _ in range(case.attempts - 1):
        written.append(api.Element(again))
    return written


def _junitparser() -> Any:
    # Half of it has no types; it is imported late, because only the end of a run needs it.
    import junitparser

    return junitparser


def _by_gate(cases: Sequence[Case], name: str) -> dict[str, list[Case]]:
    gates: dict[str, list[Case]] = {}
    for case in cases:
        gate = next((value for key, value in case.properties if key == GATE), name)
        gates.setdefault(gate, []).append(case)
    return gates


def _timestamp(started: object) -> str:
    if isinstance(started, int | float) and not isinstance(started, bool):
        return datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _xml(started) if isinstance(started, str) else ""


def _xml(text: str) -> str:
    return _NOT_XML.sub(lambda match: f"\\x{ord(match.group()):02x}", text)
