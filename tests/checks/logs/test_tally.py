"""What is counted over the lines of a source: each fault beside its twin, and nothing that is not known as a number."""

from datetime import UTC, datetime

import pytest

from checks.attempt import Attempt
from checks.evidence import Gap
from checks.logs.account import Account
from checks.logs.entries import entries
from checks.logs.lines import Line
from checks.logs.probes import TRACES, ContractRule, ErrorRule, Files, LogProbe, Names, Window
from checks.logs.tally import count

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()
HOUR = Window(since=NOW - 3600)
COMPARED = Window(since=NOW - 3600, baseline=True)


def at(minutes, level="info", message="x", **fields):
    """A JSON line of so many minutes ago."""
    import json

    moment = datetime.fromtimestamp(NOW - 60 * minutes, UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"@timestamp": moment, "level": level, "message": message, **fields}, ensure_ascii=False)


def see(*lines, account=None, **options):
    probe = LogProbe("app", Files(("app.json",)), **options)
    account = account or Account(parts=1)
    found = (
        Line("app.json", number, line if isinstance(line, bytes) else line.encode(), cut=isinstance(line, bytes))
        for number, line in enumerate(lines, 1)
    )
    tally = count(probe, entries(found, Names(), UTC, NOW), account, NOW)
    return {e.subject.removeprefix("app."): e for e in tally.evidence(account, Attempt("app", "cat app.json"))}


def test_an_empty_log_is_a_gap():
    """No line, no error: nobody knows whether the service logs at all."""
    found = see(errors=ErrorRule(), fatal=("x",), contract=ContractRule(), personal=("jwt",))
    assert all(isinstance(evidence, Gap) for evidence in found.values())
    assert {evidence.reason for evidence in found.values()} == {"the log is empty"}
    assert list(found) == ["lines", "errors", "fatal", "contract", "personal_data.jwt"]


def test_a_log_that_ended_before_the_window_is_a_gap():
    """The reason says how old the newest line is."""
    found = see(at(90), at(70), window=HOUR, errors=ErrorRule())
    assert isinstance(found["errors"], Gap)
    words = "nothing was logged since 2026-11-20 11:00:00Z: 2 lines are older, the newest is of 2026-11-20 10:50:00Z"
    assert found["lines"].reason == words


def test_files_that_are_all_older_are_a_gap():
    """They were not even opened."""
    found = see(window=HOUR, account=Account(older=3))
    assert found["lines"].reason == "nothing was logged since 2026-11-20 11:00:00Z: 3 files are older"


def test_errors_in_the_window_are_counted():
    """An older one is not; the samples are the lines that have a level; the places are told."""
    found = see(
        at(90, "error"), at(50, "error", "boom"), at(40), at(30, "FATAL", "dead"), window=HOUR, errors=ErrorRule()
    )
    errors = found["errors"]
    assert (errors.value, errors.samples) == (2, 3)
    assert errors.detail == "app.json:2 boom; app.json:4 dead"
    assert found["lines"].value == 3
    assert see(at(90, "error"), at(40), window=HOUR, errors=ErrorRule())["errors"].value == 0


def test_the_same_error_is_told_once():
    """The commonest first, with how often it came; not the first three of a thousand."""
    lines = [at(1, "error", f"timeout of request {number}") for number in range(5)]
    others = [at(1, "error", words) for words in ("boom", "bang", "crash")]
    found = see(others[0], *lines, *others[1:], errors=ErrorRule())["errors"]
    assert found.value == 8
    assert found.detail == (
        "app.json:2 timeout of request 0 (5 times); app.json:1 boom; app.json:7 bang and 1 other kinds"
    )


def test_a_stack_trace_belongs_to_the_line_above_it():
    """Lines without a time are of the time of the one before."""
    trace = "Traceback (most recent call last):"
    old = see(at(90, "error"), trace, at(30), window=HOUR, fatal=("Traceback",))
    assert old["fatal"].value == 0
    new = see(at(50, "error"), trace, at(30), window=HOUR, fatal=("Traceback",))
    assert new["fatal"].value == 1
    assert "1 lines have no time" in new["lines"].detail


def test_without_times_a_window_is_a_gap():
    """Nobody knows which lines are new; without a window the twin counts all of them."""
    lines = ("ERROR one", "INFO two")
    found = see(*lines, window=HOUR, errors=ErrorRule())
    assert isinstance(found["errors"], Gap)
    assert found["errors"].reason.startswith("no line has a time, so nobody knows which lines are new")
    assert "`time:`" in found["errors"].remedy
    assert see(*lines, errors=ErrorRule())["errors"].value == 1


def test_without_levels_errors_are_a_gap():
    """None was seen, because none could be; a pattern says what one looks like."""
    found = see("one", "two failed", errors=ErrorRule())["errors"]
    assert isinstance(found, Gap)
    assert found.reason == "none of the 2 lines has a level that is known"
    assert see("one", "two failed", errors=ErrorRule(patterns=("fail",)))["errors"].value == 1


def test_which_levels_are_errors():
    """Warnings are none, unless somebody says so."""
    lines = (at(1, "warn"), at(1, "error"))
    assert see(*lines, errors=ErrorRule())["errors"].value == 1
    assert see(*lines, errors=ErrorRule(levels=("warning", "error")))["errors"].value == 2


def test_known_noise_is_ignored():
    """By a pattern; what it does not match counts."""
    rule = ErrorRule(ignore=("client went away",))
    found = see(at(1, "error", "client went away"), at(1, "error", "boom"), errors=rule)
    assert (found["errors"].value, found["errors"].detail) == (1, "app.json:2 boom")


def test_fatal_patterns_name_the_pattern_and_the_place():
    """The twin has none of them."""
    found = see("x", "java.lang.OutOfMemoryError: heap", fatal=("panic:", "OutOfMemory"))["fatal"]
    assert (found.value, found.samples) == (1, 2)
    assert found.detail == "app.json:2 matches 'OutOfMemory': java.lang.OutOfMemoryError: heap"
    assert see("x", "y", fatal=("panic:", "OutOfMemory"))["fatal"].value == 0


def test_errors_are_compared_with_the_time_before():
    """The same length: two before, three since; one is of a kind that was not there."""
    lines = (
        at(130, "error", "too old to count"),
        at(110, "error", "timeout of request 1234"),
        at(70, "error", "timeout of request 77"),
        at(50, "error", "timeout of request 5"),
        at(40, "error", "timeout of request 6"),
        at(30, "error", "no space left on device"),
    )
    found = see(*lines, window=COMPARED, errors=ErrorRule())
    assert (found["errors"].value, found["errors.before"].value, found["errors.more"].value) == (3, 2, 1)
    assert found["errors.more"].detail == "2 before, 3 since"
    assert (found["errors.new"].value, found["errors.new"].detail) == (
        1,
        "app.json:6 no space left on device",
    )
    twin = see(*lines[:-1], window=COMPARED, errors=ErrorRule())
    assert (twin["errors.more"].value, twin["errors.new"].value) == (0, 0)


def test_ids_do_not_make_a_kind_of_their_own():
    """Numbers, UUIDs and hashes are left out of the comparison."""
    lines = (
        at(70, "error", "order 550e8400-e29b-41d4-a716-446655440000 failed after 3 tries"),
        at(50, "error", "order 123e4567-e89b-12d3-a456-426614174000 failed after 11 tries"),
    )
    assert see(*lines, window=COMPARED, errors=ErrorRule())["errors.new"].value == 0


def test_without_a_time_before_there_is_no_comparison():
    """The log begins with the deployment: fewer errors than nothing is no statement."""
    found = see(at(50), at(40, "error"), window=COMPARED, errors=ErrorRule())
    assert found["errors"].value == 1
    for part in ("errors.before", "errors.more", "errors.new"):
        assert isinstance(found[part], Gap)
        assert found[part].reason.startswith("there is nothing to compare with: no line is from 2026-11-20 10:00:00Z")


def test_the_contract_is_a_share_of_lines():
    """Three of four keep it."""
    good = at(1, trace_id="t")
    found = see(good, good, good, "plain", contract=ContractRule(fields=(TRACES,)))["contract"]
    assert (found.value, found.samples) == (0.75, 4)
    assert found.detail == "1 of 4 lines: 1 no JSON object (first app.json:4)"
    assert see(good, contract=ContractRule(fields=(TRACES,)))["contract"].value == 1.0


def test_personal_data_is_counted_and_not_told():
    """The kind, the place, and the shape: neither the number nor what stands around it."""
    line = at(1, message="Kim Minsu called from 010-1234-5678")
    found = see(at(1), line, personal=("phone_number", "jwt"))
    phone = found["personal_data.phone_number"]
    assert (phone.value, phone.samples, phone.detail) == (1, 2, "app.json:2 ***-****-****")
    assert found["personal_data.jwt"].value == 0
    assert see(at(1), personal=("phone_number",))["personal_data.phone_number"].value == 0


def test_personal_data_behind_escapes_is_found():
    """Loggers write 생년월일 as \\uc0dd..., unless they are told otherwise."""
    import json

    escaped = json.dumps({"생년월일": "1990-01-31", "inner": [{"전화": "1012345678"}]})
    assert "\\u" in escaped
    found = see(escaped, personal=("birth_date", "phone_number"))
    assert found["personal_data.birth_date"].value == 1
    assert found["personal_data.phone_number"].value == 1


def test_an_errors_message_is_told_without_personal_data():
    """Also where nobody asked for it to be looked for."""
    found = see(at(1, "error", "no account of kim@example.com, 010-1234-5678"), errors=ErrorRule())
    assert found["errors"].detail == "app.json:1 no account of ***@*******.***, ***-****-****"


def test_what_could_not_be_read_makes_every_count_a_gap():
    """What was found until then is told, and is no number that a limit could hold against."""
    account = Account(parts=1)
    account.lacks("b.json can't be read: permission denied", "let this user read it")
    found = see(at(1, "error", "boom"), account=account, errors=ErrorRule(), fatal=("boom",), contract=ContractRule())
    assert all(isinstance(evidence, Gap) for evidence in found.values())
    assert found["errors"].reason == (
        "b.json can't be read: permission denied; at least 1 all the same: app.json:1 boom"
    )
    assert found["errors"].remedy == "let this user read it"


def test_a_line_that_was_cut_may_hide_anything():
    """Behind the cut there may be an error or a name: a Gap; the number of lines is known."""
    cut = b"x" * 100
    found = see(at(1), cut, errors=ErrorRule(), fatal=("panic",), personal=("jwt",), contract=ContractRule())
    assert found["lines"].value == 2
    for part in ("errors", "fatal", "personal_data.jwt"):
        assert isinstance(found[part], Gap)
    assert "1 lines are longer than 1 MiB" in found["errors"].reason
    assert found["contract"].value == 0.5


def test_more_lines_than_are_read_are_a_gap():
    """The bound is told, and how to move it."""
    found = see(*(at(1) for _ in range(5)), most=4, errors=ErrorRule())
    assert found["errors"].reason == "there are more than 4 lines"
    assert see(*(at(1) for _ in range(4)), most=4, errors=ErrorRule())["errors"].value == 0


def test_lines_of_another_encoding_are_counted():
    """They are read as well as it goes, and told."""
    lines = [at(1), "INFO \xe9t\xe9"]
    probe = LogProbe("app", Files(("a",)))
    found = [Line("a", 1, lines[0].encode()), Line("a", 2, lines[1].encode("latin-1"))]
    account = Account(parts=1)
    tally = count(probe, entries(found, Names(), UTC, NOW), account, NOW)
    assert tally.evidence(account, Attempt("app", ""))[0].detail == "1 lines are not UTF-8"


def test_a_log_from_the_future_is_told():
    """Its zone is wrong, most likely."""
    assert "in the future: is its zone right?" in see(at(-540), window=HOUR)["lines"].detail
    assert "future" not in see(at(1), window=HOUR)["lines"].detail


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"window": Window(start=True)}, "only containers have a start"),
        ({"window": Window(baseline=True)}, "a baseline needs a window"),
    ],
)
def test_a_probe_that_means_nothing_is_refused(options, words):
    """Two facts that exclude one another."""
    with pytest.raises(ValueError, match=words):
        LogProbe("app", Files(("a",)), **options)
