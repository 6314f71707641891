"""How many lines keep the contract, and why the others don't."""

from datetime import UTC

import pytest

from checks.logs.contract import Contract
from checks.logs.entries import entry
from checks.logs.lines import Line
from checks.logs.probes import TRACES, ContractRule, Names

NOW = 1_795_255_260.0
GOOD = '{"@timestamp":"2026-11-21T10:00:00Z","level":"info","trace_id":"t1","message":"x"}'


def judge(*lines, **rule):
    contract = Contract(ContractRule(**{"fields": (TRACES,)} | rule), NOW)
    for number, line in enumerate(lines, 1):
        data = line if isinstance(line, bytes) else line.encode()
        contract.take(entry(Line("app.json", number, data), Names(), UTC, NOW))
    return contract


def test_nothing_keeps_nothing():
    """No line is no proof, and no division by zero either."""
    assert (judge().kept, judge().lines, judge().words) == (0, 0, "")


def test_a_line_that_has_everything_keeps_it():
    """The twin of all that follow."""
    assert (judge(GOOD, GOOD).kept, judge(GOOD).words) == (2, "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("plain text", "no JSON object"),
        ('{"@timestamp"', "no JSON object"),
        ("[1]", "no JSON object"),
        (GOOD.replace('"t1"', '""'), "without trace_id"),
        (GOOD.replace('"t1"', "null"), "without trace_id"),
        (GOOD.replace('"t1"', '"-"'), "without trace_id"),
        (GOOD.replace("trace_id", "other"), "without trace_id"),
        (GOOD.replace("level", "lvel"), "without level"),
        (GOOD.replace('"info"', '"loud"'), "with a level that nobody knows"),
        (GOOD.replace("@timestamp", "when"), "without @timestamp"),
        (GOOD.replace("10:00:00Z", "10:00:00"), "with a time that is not ISO 8601 with a zone"),
        (GOOD.replace('"2026-11-21T10:00:00Z"', "1795255200"), "with a time that is not ISO 8601 with a zone"),
        (GOOD.replace("10:00:00Z", "19:00:00Z"), "with a time more than 60 s in the future"),
        (GOOD.encode() + b'\xff"', "no JSON object"),
        (GOOD.encode().replace(b"x", b"\xff"), "not UTF-8"),
    ],
)
def test_each_breach_has_its_words(line, words):
    """One fact differs from the good line, and one breach is told, with its place."""
    contract = judge(GOOD, line)
    assert (contract.kept, contract.lines) == (1, 2)
    assert contract.words == f"1 {words} (first app.json:2)"


def test_another_name_for_the_trace_id_is_as_good():
    """trace.id and traceId are usual, too."""
    assert judge(GOOD.replace('"trace_id":"t1"', '"trace":{"id":"t1"}')).kept == 1


def test_fields_of_errors_are_wanted_of_errors_only():
    """An information needs no error tag."""
    rule = {"error_fields": (("error.type",),)}
    assert judge(GOOD, **rule).kept == 1
    bad = GOOD.replace('"info"', '"error"')
    assert judge(bad, **rule).words == "1 without error.type (first app.json:1)"
    assert judge(bad.replace('"message"', '"error":{"type":"E1"},"message"'), **rule).kept == 1


def test_breaches_are_counted_together():
    """The commonest first, and no more than five kinds."""
    lines = ["x", "y", GOOD.replace("trace_id", "a")]
    assert judge(*lines).words == "2 no JSON object (first app.json:1), 1 without trace_id (first app.json:3)"
    many = tuple((f"f{number}",) for number in range(8))
    assert judge(GOOD, fields=many).words.endswith(", and 3 other kinds")
