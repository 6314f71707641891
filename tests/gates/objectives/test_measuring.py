"""What a run says about an objective: nothing measured is no pass, and what can't change any more is a miss."""

import pytest

from checks.evidence import Gap, Reading
from gates.objectives.generator import GeneratorLimits, bottleneck, health
from gates.objectives.measuring import certain_miss, evidence_of
from gates.objectives.text import parse
from load.histogram import Histogram
from load.measured import Health
from tests.gates.objectives.conftest import IDLE, made, observed

FAST, SLOW = [0.1] * 20, [2.0] * 20
ALL = [
    "p95 <= 1s",
    "mean <= 1s",
    "error_ratio <= 1 %",
    "failures <= 0",
    "rps >= 1",
    "requests >= 1",
    "achieved >= 99 %",
]


@pytest.mark.parametrize("text", [*ALL, "p95 over 2s <= 1s"])
class TestNothing:
    """Nothing measured is INCONCLUSIVE, whatever was wanted."""

    def test_no_request_at_all(self, verdict, text):
        """A run of ten empty seconds; with requests in them it passes."""
        assert verdict(text, observed([made()] * 10)) == ("INCONCLUSIVE", "no request was made")
        assert verdict(text, observed([made(FAST * 3)] * 10))[0] == "PASS"

    def test_a_broken_run(self, verdict, text):
        """A worker vanished: nobody knows what it saw."""
        run = observed([made(FAST)] * 10, why="the run is not whole: a worker vanished", to_come=float("inf"))
        assert verdict(text, run) == ("INCONCLUSIVE", "the run is not whole: a worker vanished")

    def test_a_selector_that_met_no_request(self, verdict, text):
        """Neither one of the mix that had no luck, nor one that a locustfile never named."""
        metric, _, rest = text.partition(" ")
        of_other = f"{metric} of idle {rest}"
        run = observed([made(FAST)] * 10, selectors={"idle": ("idle",), "quote": ("quote",)})
        assert verdict(of_other, run) == ("INCONCLUSIVE", "no request named 'idle' was made")
        words = "no request named 'idle' was made; counted were quote"
        assert verdict(of_other, observed([made(FAST)] * 10, selectors={})) == ("INCONCLUSIVE", words)


@pytest.mark.parametrize(
    ("text", "tallies", "expected", "words"),
    [
        ("p95 <= 1s", [made(FAST)] * 10, "PASS", "100 ms (200 successes in 10 s), is <= 1 s"),
        ("p95 <= 1s", [made(SLOW)] * 10, "FAIL", "2 s (200 successes in 10 s), wanted <= 1 s"),
        ("p95 <= 1s", [made(FAST)] * 4, "INCONCLUSIVE", "80 samples, 100 needed"),
        ("p95 <= 1s", [made(failed=20)] * 10, "INCONCLUSIVE", "no request succeeded (status 503 (200))"),
        ("p95 <= 1s", [made(lost=20)] * 10, "INCONCLUSIVE", "no request got an answer (no free port (200))"),
        # Ten slow ones are one in ten of a hundred: a miss, however fast the ninety that are missing were.
        ("p95 <= 1s", [made([0.1] * 20), made([2.0] * 10)], "FAIL", "2 s"),
        ("p95 <= 1s", [made([0.1] * 25), made([2.0] * 5)], "INCONCLUSIVE", "30 samples, 100 needed"),
        ("p95 <= 1s", [made(FAST, dropped=2)] * 10, "FAIL", "endless: 200 successes and 20 never begun"),
        ("p95 <= 1s", [made(FAST * 2, dropped=2)] * 10, "PASS", "100 ms (400 successes and 20 never begun in 10 s)"),
        ("mean <= 1s", [made(FAST, dropped=1)] * 10, "FAIL", "endless"),
        ("p95 of service time <= 1s", [made(FAST, dropped=2)] * 10, "PASS", "100 ms (200 successes in 10 s)"),
        ("error_ratio <= 1 %", [made(FAST)] * 10, "PASS", "0 % (0 of 200 failed)"),
        ("error_ratio <= 1 %", [made(FAST, failed=1)] * 10, "FAIL", "(10 of 210 failed: status 503 (10))"),
        ("error_ratio <= 1 %", [made(FAST)] * 4, "INCONCLUSIVE", "80 samples, 100 needed"),
        # A dead target that answers ten requests only: ten failures of a hundred are too many, too.
        ("error_ratio <= 1 %", [made(failed=1)] * 10, "FAIL", "100 % (10 of 10 failed: status 503 (10))"),
        ("error_ratio <= 1 %", [made(failed=1)], "INCONCLUSIVE", "1 samples, 100 needed"),
        ("error_ratio <= 1 %", [made(lost=20)] * 10, "INCONCLUSIVE", "no request got an answer"),
        ("failures <= 0", [made(FAST, failed=1)], "FAIL", "1 (1 of 21 failed"),
        ("rps >= 20", [made(FAST)] * 10, "PASS", "20/s (200 successes in 10 s)"),
        ("rps >= 20", [made(FAST[:19])] * 10, "FAIL", "19/s (190 successes in 10 s), wanted >= 20/s"),
        # A dead port answers quickly: what fails is no throughput.
        ("rps >= 20", [made(failed=5000)] * 10, "FAIL", "0/s (0 successes in 10 s, 50,000 failed: status 503"),
        ("requests >= 200", [made(FAST)] * 10, "PASS", "200"),
        ("achieved >= 99 %", [made(FAST)] * 10, "PASS", "100 %"),
        ("achieved >= 99 %", [made(FAST, dropped=1)] * 10, "FAIL", "(of 210 requests 10 never begun, 0 begun late)"),
        ("achieved >= 99 %", [made(FAST, late=1)] * 10, "FAIL", "(of 200 requests 0 never begun, 10 begun late)"),
        ("dropped <= 0", [made(FAST, dropped=1)] * 10, "FAIL", "10 "),
        ("late <= 0", [made(FAST, late=1)] * 10, "FAIL", "10 "),
    ],
)
def test_whole_runs(verdict, text, tallies, expected, words):
    """Got and wanted, or what is missing."""
    found, reason = verdict(text, observed(tallies))
    assert (found, words in reason) == (expected, True), reason


def test_the_warm_up_is_not_judged(verdict):
    """Two slow seconds, then fast ones; without the warm-up they count."""
    run = [made(SLOW)] * 2 + [made(FAST)] * 8
    assert verdict("p95 <= 1s", observed(run, start=2))[0] == "PASS"
    assert verdict("p95 <= 1s", observed(run))[0] == "FAIL"


def test_a_selector_may_mean_several_requests(verdict):
    """A journey's name stands for all of its steps."""
    seconds = [{"w: in": made(FAST), "w: out": made(SLOW), "other": made(FAST * 50)}] * 10
    run = observed(seconds, selectors={"w": ("w: in", "w: out"), "w: in": ("w: in",)})
    assert verdict("p95 <= 1s", run)[0] == "PASS"
    assert verdict("p95 of w <= 1s", run)[0] == "FAIL"
    assert verdict("p95 of w: in <= 1s", run)[0] == "PASS"


class TestLost:
    """What our own side could not do is the target's neither success nor failure."""

    def test_a_few_make_no_difference(self, verdict):
        """One in a hundred, slow or not, does not move p95 beyond the limit."""
        run = observed([made(FAST * 5, lost=1)] * 10)
        for text in ("p95 <= 1s", "error_ratio <= 2 %", "rps >= 100", "achieved >= 99 %"):
            assert verdict(text, run)[0] == "PASS", text

    def test_many_are_a_gap(self, verdict):
        """Where they had failed, or never been lost, the verdict would be another one."""
        run = observed([made(FAST * 5, lost=10)] * 10)
        for text in ("p95 <= 1s", "error_ratio <= 1 %", "rps >= 105", "achieved >= 99 %"):
            found, reason = verdict(text, run)
            assert found == "INCONCLUSIVE", text
            assert "100 requests could not be made from here (no free port (100))" in reason

    def test_they_hide_no_miss(self, verdict):
        """What is missed however they went is missed."""
        run = observed([made(SLOW * 5, failed=50, lost=10)] * 10)
        for text in ("p95 <= 1s", "error_ratio <= 1 %", "rps >= 1000", "achieved >= 99 %"):
            assert verdict(text, run)[0] == ("FAIL" if text != "achieved >= 99 %" else "INCONCLUSIVE"), text


class TestWindows:
    """`over` and `for`."""

    RUN = [made(FAST * 5)] * 4 + [made(SLOW * 5)] * 2 + [made(FAST * 5)] * 4

    def test_one_slow_window_is_enough(self, verdict):
        """Two seconds of ten don't show in p50, and do in its windows."""
        run = observed(self.RUN)
        assert verdict("p50 <= 1s", run)[0] == "PASS"
        assert verdict("p50 over 2s <= 1s", run) == (
            "FAIL",
            "2 s (from 4 s to 6 s: 200 successes in 2 s), wanted <= 1 s",
        )

    def test_several_in_a_row(self, verdict):
        """Two slow seconds are two windows of 1 s in a row, and not three."""
        run = observed(self.RUN)
        assert verdict("p95 over 1s for 2 windows <= 1s", run)[0] == "FAIL"
        assert verdict("p95 over 1s for 3 windows <= 1s", run)[0] == "PASS"

    def test_throughput(self, verdict):
        """The lowest window counts; of several in a row the highest."""
        run = observed([made(FAST * 5)] * 4 + [made(FAST)] * 2 + [made(FAST * 5)] * 4)
        assert verdict("rps over 2s >= 50", run)[0] == "FAIL"
        assert verdict("rps over 2s for 2 windows >= 50", run)[0] == "PASS"
        assert verdict("rps over 2s >= 20", run)[0] == "PASS"

    def test_a_window_in_which_all_users_waited(self, verdict):
        """It had no request and no throughput; of its response times nobody knows anything."""
        run = observed([made(FAST * 5)] * 4 + [made()] * 2 + [made(FAST * 5)] * 4)
        assert verdict("rps over 2s >= 50", run)[0] == "FAIL"
        assert verdict("p95 over 2s <= 1s", run) == ("INCONCLUSIVE", "no request was made from 4 s to 6 s")

    def test_the_end_is_judged_as_well(self, verdict):
        """Ten seconds hold three windows of 4 s: the last one ends with the run."""
        run = observed([made(FAST * 5)] * 9 + [made(SLOW * 5)])
        assert verdict("p95 over 4s <= 1s", run)[0] == "FAIL"

    def test_a_window_with_too_few_samples(self, verdict):
        """It says nothing, and the others don't speak for it."""
        run = observed([made(FAST * 5)] * 4 + [made(FAST[:5])] * 2 + [made(FAST * 5)] * 4)
        found, reason = verdict("p95 over 2s <= 1s", run)
        assert (found, "10 samples, 100 needed" in reason, "from 4 s to 6 s" in reason) == ("INCONCLUSIVE", True, True)
        assert verdict("p95 over 2s <= 1s with >= 10 samples", run)[0] == "PASS"
        # One window that kept the limit ends a row of two: the unknown one makes no difference.
        assert verdict("p95 over 2s for 2 windows <= 1s", run)[0] == "PASS"

    def test_requests_that_were_never_begun(self, verdict):
        """Endless is worse than any number."""
        run = observed([made(FAST * 5)] * 4 + [made(FAST, dropped=80)] * 2 + [made(FAST * 5)] * 4)
        found, reason = verdict("p95 over 2s <= 1s", run)
        assert (found, "endless" in reason, "from 4 s to 6 s" in reason) == ("FAIL", True, True)


class TestEndedEarly:
    """A run that was ended early, or goes on."""

    def test_what_can_still_change_is_not_judged(self, verdict):
        """As many good requests as may still come would have kept the limit."""
        run = observed([made(FAST, failed=2)] * 5, why="the run was aborted", to_come=10_000)
        assert verdict("error_ratio <= 1 %", run) == ("INCONCLUSIVE", "the run was aborted")
        assert verdict("p95 <= 1s", run) == ("INCONCLUSIVE", "the run was aborted")

    def test_what_can_not_change_is(self, verdict):
        """Ten failures are more than one in a hundred of all that may be made."""
        run = observed([made(FAST, failed=2)] * 5, why="the run was aborted", to_come=100)
        assert verdict("error_ratio <= 1 %", run)[0] == "FAIL"
        slow = observed([made(SLOW)] * 5, why="the run was aborted", to_come=100)
        assert verdict("p95 <= 1s", slow)[0] == "FAIL"

    def test_no_pass_without_an_end(self, verdict):
        """A run of no failures is none that kept its objectives, as long as it goes on."""
        run = observed([made(FAST * 5)] * 5, why="it goes on", to_come=1)
        for text in ("error_ratio <= 1 %", "p95 <= 1s", "rps >= 1", "p95 over 1s <= 1s"):
            assert verdict(text, run)[0] == "INCONCLUSIVE", text

    def test_windows_that_are_settled_count(self, verdict):
        """A slow window stays one; one that has requests under way may change."""
        run = observed(
            [made(FAST * 5), made(SLOW * 5), made(SLOW * 5)], why="it goes on", to_come=1e9, end=60, settled=2
        )
        assert verdict("p95 over 1s <= 1s", run)[0] == "FAIL"
        assert verdict("p95 over 1s for 2 windows <= 1s", run)[0] == "INCONCLUSIVE"

    def test_the_words_for_an_abort(self):
        """Which objective, got and wanted; nothing where the run may still be kept, or the generator was to blame."""
        objective = parse("error_ratio <= 1 %")
        run = observed([made(FAST, failed=2)] * 5, why="it goes on", to_come=100)
        words = "error_ratio: 9.09 % (10 of 110 failed: status 503 (10)), wanted <= 1 %"
        assert certain_miss(objective, run) == words
        assert certain_miss(objective, observed([made(FAST)] * 5, why="it goes on", to_come=100)) == ""
        slow = observed([made(SLOW)] * 5, why="it goes on", to_come=100)
        assert certain_miss(parse("p95 <= 1s"), slow) != ""
        assert certain_miss(parse("p95 <= 1s"), slow, "the generator was the bottleneck") == ""


class TestGenerator:
    """The generator's own health."""

    BUSY = Health(cpu=0.99, lateness=Histogram.of([0.001] * 50), latest=0.004)
    LATE = Health(cpu=0.1, lateness=Histogram.of([0.5] * 50), latest=0.7)

    @pytest.mark.parametrize(("state", "words"), [(BUSY, "cpu 99 %"), (LATE, "lateness")])
    def test_a_bottleneck_is_no_fault_of_the_target(self, verdict, state, words):
        """Response times are gaps, met or missed; errors are judged; the twin has an idle generator."""
        for times, text, expected in (
            (FAST, "p95 <= 1s", "INCONCLUSIVE"),
            (SLOW, "p95 <= 1s", "INCONCLUSIVE"),
            (FAST, "rps >= 100", "INCONCLUSIVE"),
            (FAST, "rps >= 1", "PASS"),
            (FAST, "error_ratio <= 1 %", "PASS"),
        ):
            run = observed([made(times)] * 10, health=state)
            busy = bottleneck(run, GeneratorLimits())
            assert busy.startswith("the generator was the bottleneck: ")
            assert words in busy
            assert verdict(text, run, busy)[0] == expected, (times[0], text)
        failing = observed([made(FAST, failed=5)] * 10, health=state)
        assert verdict("error_ratio <= 1 %", failing, bottleneck(failing, GeneratorLimits()))[0] == "FAIL"
        assert bottleneck(observed([made(SLOW)] * 10), GeneratorLimits()) == ""

    def test_late_for_a_reason_of_our_own_is_not_late(self, verdict):
        """The loop woke up late in one second: what was begun late then, and beside it, is not the target's fault."""
        hiccup = Health(cpu=0.1, lateness=Histogram.of([0.001] * 49 + [0.2]), latest=0.2)
        run = observed([made(FAST, late=0 if at != 4 else 5) for at in range(10)])
        assert verdict("achieved >= 99 %", run)[0] == "FAIL"
        for lagged, expected in ((3, "PASS"), (4, "PASS"), (5, "PASS"), (6, "FAIL")):
            health = {at: hiccup if at == lagged else IDLE for at in range(10)}
            object.__setattr__(run.measured, "health", health)
            assert verdict("achieved >= 99 %", run)[0] == expected, lagged
        assert bottleneck(run, GeneratorLimits()) == ""

    def test_a_generator_that_said_nothing(self):
        """Not knowing is no health."""
        run = observed([made(FAST)] * 10)
        silent = observed([made(FAST)] * 10, start=0)
        object.__setattr__(silent.measured, "health", {})
        assert bottleneck(silent, GeneratorLimits()) == "the load generator did not say how it was"
        assert bottleneck(run, GeneratorLimits()) == ""

    def test_it_is_evidence(self):
        """Its CPU and lateness are Readings with limits."""
        found = health(observed([made(FAST)] * 10), GeneratorLimits(), "steady.", "f")
        assert [(one.subject, isinstance(one, Reading)) for one, _ in found] == [
            ("steady.generator.cpu", True),
            ("steady.generator.lateness", True),
        ]
        assert found[1][0].samples == 500


def test_evidence_tells_what_it_stands_on():
    """Subject, samples, unit, source and detail; a Gap has a remedy."""
    evidence = evidence_of(
        parse("p95 of quote <= 1s"), observed([made(FAST)] * 10), subject="steady.p95", source="f.json"
    )
    assert isinstance(evidence, Reading)
    assert (evidence.subject, evidence.samples, evidence.unit, evidence.source) == ("steady.p95", 200, "s", "f.json")
    nothing = evidence_of(
        parse("p95 of quote <= 1s"), observed([made()] * 2, selectors={"quote": ("quote",)}), subject="x", source="f"
    )
    assert isinstance(nothing, Gap)
    assert nothing.remedy == "give it more weight in the mix, or let the run take longer"
    assert IDLE.cpu < 0.9
