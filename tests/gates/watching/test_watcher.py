"""When a watch looks again, what counts as failed, and when it ends."""

import dataclasses

import pytest

from gates.exit_codes import ExitCode
from gates.watching.outcome import outcome_of
from gates.watching.turn import Kind, Stopped
from reports.verdict import Verdict
from tests.gates.watching.conftest import RHYTHM, report

GOOD, BAD, BLIND = {"errors": 0}, {"errors": 5}, {"errors": None}
T, R = Kind.TURN, Kind.RECHECK


def outcome(watched):
    found = outcome_of(watched)
    return found.verdict, found.code


def test_nothing_fails(watch):
    """Turns at 0, 60, 120 and at the very end."""
    watched, _ = watch(GOOD)
    assert [turn.at for turn in watched.turns] == [0, 60, 120, 180]
    assert outcome(watched) == (Verdict.PASS, ExitCode.PROMOTE)
    assert outcome_of(watched).deciding is watched.turns[-1]


def test_a_failure_is_looked_at_again_before_it_counts(watch):
    """The same criterion, 30 s later; it fails again, and the watch ends."""
    watched, play = watch(GOOD, BAD)
    assert play.kinds == [T, T, R]
    assert [turn.at for turn in watched.turns] == [0, 60, 91]
    assert outcome(watched) == (Verdict.FAIL, ExitCode.REJECT)
    assert outcome_of(watched).headline == ("metrics: errors <= 1: 5, wanted <= 1; so it was 30 s later, too")
    assert outcome_of(watched).deciding is watched.turns[-1]


def test_a_failure_that_is_gone(watch):
    """The twin: the second look passes, and the watch goes on to its end."""
    watched, play = watch(GOOD, BAD, GOOD)
    assert play.kinds == [T, T, R, T, T]
    assert outcome(watched) == (Verdict.PASS, ExitCode.PROMOTE)


def test_another_criterion_is_another_failure(watch):
    """What fails in the second look for the first time is not confirmed by what failed before."""
    watched, play = watch({"a": 5, "b": 0}, {"a": 0, "b": 5}, {"a": 0, "b": 0})
    assert play.kinds[:4] == [T, R, R, T]
    assert not watched.confirmed
    watched, _ = watch({"a": 5, "b": 0}, {"a": 0, "b": 5}, {"a": 0, "b": 5})
    assert [criterion.subject for criterion in watched.confirmed] == ["b"]


def test_a_second_look_that_can_not_measure(watch):
    """It confirms nothing; it is looked at again, three times at most."""
    watched, play = watch(BAD, BLIND, BAD)
    assert play.kinds == [T, R, R]
    assert outcome(watched)[0] is Verdict.FAIL
    watched, play = watch(BAD, BLIND, BLIND, GOOD)
    assert play.kinds[:5] == [T, R, R, R, T]
    assert not watched.confirmed
    watched, _ = watch(BAD, BLIND)
    assert outcome(watched) == (Verdict.INCONCLUSIVE, ExitCode.HOLD)


def test_measuring_that_fails_is_no_failure(watch):
    """It is tried again after the back-off, and never counts as failed."""
    watched, _ = watch(GOOD, BLIND, GOOD)
    assert [turn.at for turn in watched.turns] == [0, 60, 81, 141, 180]
    assert outcome(watched) == (Verdict.PASS, ExitCode.PROMOTE)


def test_blind_most_of_the_time(watch):
    """A watch that saw too little holds, whatever it saw."""
    watched, _ = watch(GOOD, BLIND, BLIND, GOOD)
    found = outcome_of(watched)
    assert (found.verdict, found.code) == (Verdict.INCONCLUSIVE, ExitCode.HOLD)
    assert found.headline == "only 4 of 6 turns could be judged, 80% needed"
    assert found.deciding.verdict is Verdict.INCONCLUSIVE


def test_blind_at_the_end(watch):
    """The last turn has to say something."""
    watched, _ = watch(GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, BLIND, rhythm=dataclasses.replace(RHYTHM, duration=360))
    found = outcome_of(watched)
    assert found.code is ExitCode.HOLD
    assert "the last turn could not be judged" in found.headline


def test_a_criterion_that_comes_and_goes(watch):
    """It passed each second look, and fails in three turns: that is no accident."""
    watched, play = watch(BAD, GOOD, BAD, GOOD, BAD, GOOD)
    assert play.kinds == [T, R, T, R, T, R]
    assert outcome(watched)[0] is Verdict.FAIL
    assert "it failed in 3 turns, and passed in between" in outcome_of(watched).headline


def test_watching_on_after_a_failure(watch):
    """On request: to the end, and still a failure. What is confirmed is not looked at again."""
    watched, play = watch(BAD, BAD, GOOD, BAD, GOOD, rhythm=dataclasses.replace(RHYTHM, keep_going=True))
    assert play.kinds == [T, R, T, T, T]
    assert outcome(watched)[0] is Verdict.FAIL


def test_an_advisory_gate_decides_nothing(watch):
    """Its failures are in the report."""
    watched, play = watch(report({"errors": 5}, required=False))
    assert set(play.kinds) == {T}
    assert outcome(watched)[0] is Verdict.PASS


def test_turns_that_take_longer_than_their_rhythm(watch):
    """The next one begins at once, and the watch still ends."""
    watched, _ = watch(GOOD, takes=100.0)
    assert [turn.at for turn in watched.turns] == [0, 100, 200]


def test_a_recheck_at_once(watch):
    """Where nobody wants to wait."""
    watched, play = watch(BAD, rhythm=dataclasses.replace(RHYTHM, recheck=0))
    assert play.kinds == [T, R]
    assert "so it was at once again" in outcome_of(watched).headline


@pytest.mark.parametrize(
    ("stopped", "code"),
    [
        (Stopped.USAGE, ExitCode.USAGE),
        (Stopped.INTERNAL_ERROR, ExitCode.INTERNAL_ERROR),
        (Stopped.INTERRUPTED, ExitCode.INTERRUPTED),
    ],
)
def test_what_can_not_go_on(watch, stopped, code):
    """Wrong configuration does not become right by looking again."""
    watched, _ = watch(GOOD, stopped)
    assert len(watched.turns) == 2
    assert outcome(watched) == (Verdict.INCONCLUSIVE, code)
    assert outcome_of(watched).deciding is None


def test_another_release_answers(watch):
    """Somebody deployed in the middle: what is watched now is not what was asked."""
    watched, _ = watch(report(GOOD), report(GOOD, "1.4.3"))
    found = outcome_of(watched)
    assert (found.verdict, found.code, found.deciding) == (Verdict.INCONCLUSIVE, ExitCode.HOLD, None)
    assert found.headline == "1.4.3 answers now, and 1.4.2 was watched"


def test_a_release_that_nobody_named(watch):
    """All is well, and nobody knows of what: hold."""
    watched, _ = watch(report(GOOD, ""))
    found = outcome_of(watched)
    assert found.code is ExitCode.HOLD
    assert "nobody named the release" in found.headline


def test_an_interruption_still_has_a_report(watch):
    """What was seen until then, and exit code 2."""
    watched, _ = watch(GOOD, interrupt_at=3)
    assert len(watched.turns) == 2
    assert watched.interrupted
    found = outcome_of(watched)
    assert (found.verdict, found.code, found.deciding) == (Verdict.INCONCLUSIVE, ExitCode.INTERRUPTED, None)
    nothing, _ = watch(GOOD, interrupt_at=1)
    assert outcome_of(nothing).headline == "it was interrupted after 0 turns"
