"""The baseline: the last run of the same profile that passed, found by the store's word and the file's digest."""

import random

import pytest

from checks.evidence import Artefact, Gap, Reading
from gates.conclusion import conclude
from gates.measured.load_baseline import baseline_evidence
from gates.measured.load_plan import plan_of, selectors_of
from gates.measured.load_run import observe
from gates.measured.seam import Looking
from load.result_file import save_result
from reports.gate_report import GateReport, GateResult, Release
from reports.judgement import Judgement
from reports.verdict import Verdict
from tests.gates.objectives.conftest import made


def seconds(scale, seed=1, count=10):
    """Ten seconds of log-normal times."""
    draw = random.Random(seed)
    return [made([draw.lognormvariate(-2, 0.3) * scale for _ in range(50)]) for _ in range(count)]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A state store of its own."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state" / "state.sqlite3"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


@pytest.fixture
def run(place, environment, result_of):
    """`run(tallies)`: evidence and notes of the comparison, and the run kept with a verdict."""
    number = 0

    def _run(tallies, verdict=Verdict.PASS, changes=(), keep=True):
        nonlocal number
        number += 1
        model = environment(*changes)
        profile = model.load.profiles["steady"]
        plan = plan_of(model, profile)
        result = result_of(plan, tallies)
        path = place / f"result-{number}.json"
        save_result(result, path)
        artefact = Artefact.of(path)
        looking = Looking(model, ("steady",), Release(), place, lambda _: None, lambda _: None)
        observed = observe(result, plan, selectors_of(model, profile))
        found, notes = baseline_evidence(looking, "steady", observed, result, artefact)
        if keep:
            _keep(place, artefact, verdict, number)
        return found, notes

    return _run


def _keep(place, artefact, verdict, number):
    """Keep a run in the store, as a run of pytest does."""
    reading = Reading("steady.p95", 0.1, "s", artefacts=(artefact,))
    gate = GateResult("load", True, (Judgement(reading, "<= 1 s", verdict, "a reason"),))
    # Another gate of the same run passed: that says nothing of the load.
    other = GateResult(
        "health", True, (Judgement(Reading("up", value=True, unit="bool"), "= true", Verdict.PASS, "r"),)
    )
    report = GateReport("shop", "env", Release("r"), "full", 1000.0 + number, 10.0, (other, gate))
    conclude(report, (), place / f"report-{number}")


def test_the_first_run_has_none(run):
    """A note says so; where it is required, it is a Gap."""
    found, notes = run(seconds(1), keep=False)
    assert found == []
    assert notes == ("load steady: not compared with a baseline: no run of this profile has passed yet",)
    required = ("baseline: {", "baseline: {required: true, ")
    (gap,), _ = run(seconds(1), changes=[required], keep=False)
    assert (gap.subject, gap.reason) == ("steady.baseline.p95", "no run of this profile has passed yet")


def test_noise_is_no_regression_and_a_slower_release_is_one(run):
    """Compared with the run before, which passed."""
    run(seconds(1))
    (same,), notes = run(seconds(1, seed=2), keep=False)
    assert isinstance(same, Reading)
    assert same.value < 1.2
    assert notes[-1].startswith("load steady: compared with the run that passed at 1970-01-01 00:16:41 UTC")
    (slower,), _ = run(seconds(1.6, seed=3), keep=False)
    assert slower.value > 1.2
    assert "1.6" in slower.detail or "1.5" in slower.detail
    assert "the lower end is judged" in slower.detail


def test_a_small_difference_is_none(run):
    """Twice as long, and two milliseconds: less than the slack of 5 ms."""
    run(seconds(0.01))
    (found,), _ = run(seconds(0.02, seed=2), keep=False)
    assert found.value == 1
    assert "differs by less than 5 ms" in found.detail


def test_only_a_run_that_passed_is_a_baseline(run):
    """The newest of those; one that failed since is passed over."""
    run(seconds(1))
    run(seconds(9), Verdict.FAIL)
    run(seconds(9), Verdict.INCONCLUSIVE)
    (found,), notes = run(seconds(1, seed=2), keep=False)
    assert found.value < 1.2
    assert "00:16:41" in notes[-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("mix: {quote: 1}", "mix: {quote: 2}"), "had another work"),
        (("rate: 50/s", "rate: 51/s"), "had another shape"),
        (("warm_up: 2s", "warm_up: 1s"), "had another warm_up"),
        (("http://127.0.0.1:8000", "http://localhost:9000"), ""),
    ],
)
def test_another_profile_is_not_compared(run, change, words):
    """Its numbers mean something else; another port of this machine is the same place."""
    run(seconds(1))
    found, notes = run(seconds(1, seed=2), changes=[change], keep=False)
    if words:
        assert found == []
        assert words in notes[-1]
    else:
        assert len(found) == 1


def test_a_result_that_was_changed_is_none(run, place):
    """The store knows its SHA-256; beside it lies the true one."""
    run(seconds(1))
    (kept,) = (place / "state" / "state.sqlite3.load").glob("*.json")
    kept.write_text(kept.read_text() + " ")
    (found,), _ = run(seconds(1, seed=2), keep=False)
    assert isinstance(found, Reading)
    (place / "result-1.json").unlink()
    found, notes = run(seconds(1, seed=2), keep=False)
    assert found == []
    assert "was changed since it was made" in notes[-1]


def test_a_result_that_is_gone(run, place):
    """Named, and no pass where a baseline is required."""
    run(seconds(1))
    (place / "result-1.json").unlink()
    for file in (place / "state" / "state.sqlite3.load").glob("*.json"):
        file.unlink()
    _, notes = run(seconds(1, seed=2), keep=False)
    assert "the file of the last run that passed is not here" in notes[-1]


def test_too_few_samples(run):
    """Seventy-two successes are not enough for p95."""
    run(seconds(1))
    few = [made([0.1] * 9)] * 10
    (found,), _ = run(few, keep=False)
    assert isinstance(found, Gap)
    assert found.reason == "the run has 72 samples, 100 needed"


def test_runs_that_are_too_uneven(run):
    """An interval that allows for both a pass and for half as much again says nothing."""
    run(seconds(1))
    uneven = seconds(1, seed=2)
    uneven[4] = made([3.0] * 50)
    (found,), _ = run(uneven, keep=False)
    assert isinstance(found, Gap)
    assert found.reason.startswith("too uneven to tell")


def test_a_file_is_the_baseline_that_stays(run, place):
    """One that is named has to be there, and to be a result."""
    run(seconds(1))
    named = ("baseline: {", f"baseline: {{file: {place / 'result-1.json'}, ")
    (found,), _ = run(seconds(1.6, seed=2), changes=[named], keep=False)
    assert found.value > 1.2
    (place / "broken.json").write_text("[]")
    for name, words in (("gone.json", "can't be read"), ("broken.json", "is no load result")):
        other = ("baseline: {", f"baseline: {{file: {place / name}, ")
        (gap,), _ = run(seconds(1), changes=[other], keep=False)
        assert words in gap.reason


def test_requests_that_never_began(run):
    """Endless is slower than anything."""
    run(seconds(1))
    (found,), _ = run([made([0.1] * 50, dropped=10)] * 10, keep=False)
    assert (found.unit, found.value) == ("present", False)


def test_old_results_are_not_kept_for_ever(run, place, monkeypatch):
    """The newest few are."""
    monkeypatch.setattr("gates.measured.load_baseline._BACK", 3)
    for seed in range(5):
        run(seconds(1, seed=seed))
    assert len(list((place / "state" / "state.sqlite3.load").glob("*.json"))) == 3
