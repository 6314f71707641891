"""What follows from a watch: its verdict, one line that says why, the exit code, and the turn that decided."""

from dataclasses import dataclass
from typing import Final, assert_never

from gates.exit_codes import ExitCode
from gates.watching.turn import Stopped, Turn
from gates.watching.watcher import Watched
from reports.gate_report import DecisionKind
from reports.verdict import Verdict

#: The share of turns that have to have been judged.
JUDGED: Final = 0.8


@dataclass(frozen=True, slots=True)
class Outcome:
    """`verdict`, the line for people, and the exit code. `deciding`: the turn whose report goes with it; None: none."""

    verdict: Verdict
    headline: str
    code: ExitCode
    deciding: Turn | None = None


def outcome_of(watched: Watched) -> Outcome:
    """FAIL where a failure was confirmed; PASS only where the watch went to its end and nearly all of it was judged."""
    turns = watched.turns
    if watched.confirmed:
        criterion, why = next(iter(watched.confirmed.items()))
        more = f" (and {len(watched.confirmed) - 1} more)" if len(watched.confirmed) > 1 else ""
        found = next((turn for turn in reversed(turns) if turn.failed.keys() & watched.confirmed.keys()), None)
        code = ExitCode.INTERRUPTED if watched.interrupted else ExitCode.REJECT
        return Outcome(Verdict.FAIL, f"{criterion}: {why}{more}", code, found)
    if watched.interrupted:
        return Outcome(Verdict.INCONCLUSIVE, f"it was interrupted after {_many(len(turns))}", ExitCode.INTERRUPTED)
    if not turns:
        return Outcome(Verdict.INCONCLUSIVE, "nothing was judged", ExitCode.HOLD)
    last = turns[-1]
    if last.stopped is not None:
        return _stopped(last, last.stopped)
    judged = [turn for turn in turns if turn.verdict is not Verdict.INCONCLUSIVE]
    if last.verdict is not Verdict.PASS:
        # A failure that nobody could confirm, or a turn that could not be judged.
        words = "failed, and could not be looked at again" if last.verdict is Verdict.FAIL else "could not be judged"
        return Outcome(Verdict.INCONCLUSIVE, f"the last turn {words}: {last.headline}", ExitCode.HOLD, _held(turns))
    if len(judged) < JUDGED * len(turns):
        words = f"only {len(judged)} of {_many(len(turns))} could be judged, {JUDGED:.0%} needed"
        return Outcome(Verdict.INCONCLUSIVE, words, ExitCode.HOLD, _held(turns))
    decision = last.decision
    if decision is None or decision.kind is not DecisionKind.PROMOTE:
        words = decision.headline if decision is not None else "it decided nothing"
        return Outcome(Verdict.INCONCLUSIVE, words, ExitCode.HOLD, last)
    return Outcome(Verdict.PASS, f"nothing failed twice in {_many(len(turns))}", ExitCode.PROMOTE, last)


def _stopped(turn: Turn, stopped: Stopped) -> Outcome:
    match stopped:
        case Stopped.USAGE:
            code = ExitCode.USAGE
        case Stopped.INTERNAL_ERROR:
            code = ExitCode.INTERNAL_ERROR
        case Stopped.INTERRUPTED:
            code = ExitCode.INTERRUPTED
        case Stopped.ANOTHER_RELEASE:
            code = ExitCode.HOLD
        case unreachable:
            assert_never(unreachable)
    return Outcome(Verdict.INCONCLUSIVE, turn.trouble, code)


def _held(turns: tuple[Turn, ...]) -> Turn | None:
    """The newest turn whose own report says hold, too: a report that says promote must not go with it."""
    return next(
        (
            turn
            for turn in reversed(turns)
            if turn.stopped is None and turn.decision is not None and turn.decision.kind is DecisionKind.HOLD
        ),
        None,
    )


def _many(turns: int) -> str:
    return "1 turn" if turns == 1 else f"{turns} turns"
