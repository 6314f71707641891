"""What the gate makes of a result: objectives, defaults, the generator, watched targets, early ends."""

from pathlib import Path

import pytest

from checks.evidence import Gap
from gates.measured import load as gate
from gates.measured import load_run
from gates.measured.load_objectives import objectives_of
from gates.measured.seam import Looking, Seen
from load.measured import Snapshot
from load.result import Ending, TargetUsage, Usage
from load.result_file import save_result
from reports.gate_report import Release
from tests.gates.objectives.conftest import made

FAST = [made([0.1] * 50)] * 10
USED = TargetUsage("api", "docker stats api", tuple(Usage(at=float(at), cpu=0.5, cpu_limit=1.0) for at in range(1, 10)))


@pytest.fixture
def judged(tmp_path, monkeypatch, environment, result_of):
    """`judged(tallies, ...)`: verdict and reason by subject, as the whole gate comes to them."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))

    def _judged(tallies, *, changes=(), snapshots=(), **more):
        model = environment(*changes)
        said = []

        def run(plan, *, directory: Path, on_progress, should_abort, hosts=None):
            for snapshot in snapshots:
                on_progress(snapshot)
                if words := should_abort(snapshot):
                    more.update(ending=Ending.ABORTED, why=words, elapsed=snapshot.elapsed)
                    break
            result = result_of(plan, tallies, **{"targets": (USED,)} | more)
            save_result(result, directory / "load-result.json")
            return result

        monkeypatch.setattr("load.run.run", run)
        looking = Looking(model, ("steady",), Release(), tmp_path / "report", said.append, lambda _: None)
        looked = gate.begin(looking)()
        _judged.looked, _judged.said = looked, said
        evidence = looked.evidence["steady"]
        found = gate.judge(Seen("steady", evidence, model.gates["load"].limits, model))
        return {one.subject: (one.verdict.value, one.reason) for one in found}

    return _judged


def test_everything_is_judged(judged):
    """Objectives, the gate's limit, the default that nobody wrote, the generator, and what is watched."""
    found = judged(FAST)
    assert {subject: verdict for subject, (verdict, _) in found.items()} == dict.fromkeys(
        [
            "steady.p95",
            "steady.error_ratio",
            "steady.rps",
            "steady.achieved",
            "steady.generator.cpu",
            "steady.generator.lateness",
            "steady.api.cpu",
        ],
        "PASS",
    )
    assert "is <= 5 %" in found["steady.error_ratio"][1]


def test_defaults_hold_where_nobody_wrote_them(environment):
    """Errors and whether the load happened are always judged."""
    objectives = [str(one) for one in objectives_of(environment(), "steady")]
    assert objectives == [
        "p95 <= 1 s with >= 100 samples",
        "error_ratio <= 0.05 ratio with >= 20 samples",
        "rps >= 10 1/s",
        "achieved >= 0.99 ratio",
    ]


def test_a_slow_target_fails(judged):
    """By its response time alone; the twin above is fast."""
    found = judged([made([2.0] * 50)] * 10)
    assert found["steady.p95"] == ("FAIL", "2 s (400 successes in 8 s), wanted <= 1 s")
    assert {subject for subject, (verdict, _) in found.items() if verdict != "PASS"} == {"steady.p95"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ending": Ending.BROKEN, "why": "worker 2 vanished"}, "the run is not whole: worker 2 vanished"),
        ({"ending": Ending.INTERRUPTED, "why": "interrupted", "elapsed": 4.0}, "the run was interrupted after 4 s"),
        ({"ending": Ending.CAPPED, "why": "the cap on requests"}, "a guard rail ended the run after 10 s"),
    ],
)
def test_a_run_without_an_end_of_its_own_is_inconclusive(judged, more, words):
    """However good it was until then."""
    found = judged(FAST, **more)
    # Of a broken run, not even the generator's own health is known.
    health = ("steady.generator.cpu", "steady.generator.lateness") if more["ending"] is Ending.BROKEN else ()
    for subject in ("steady.p95", "steady.error_ratio", "steady.rps", "steady.achieved", *health):
        verdict, reason = found[subject]
        assert (verdict, words in reason) == ("INCONCLUSIVE", True), (subject, reason)


def test_a_hopeless_run_is_ended(judged):
    """As soon as the verdict can't change, and the objective that ended it FAILs; others are not judged."""
    bad = [made([0.1] * 25, failed=25)] * 10
    measured = judged(bad) and judged.looked
    assert measured.evidence["steady"]
    snapshots = [_snapshot(bad[:seconds]) for seconds in (1, 2, 3, 4, 5)]
    found = judged(bad[:4], snapshots=snapshots)
    # Two seconds are warm-up; of 402 requests, 25 failures of the third second are more than one in twenty.
    assert judged.said[-1].startswith("load steady: ended after 3 s, as the verdict can't change: error_ratio: 50 %")
    assert found["steady.error_ratio"][0] == "FAIL"
    assert found["steady.p95"][0] == "INCONCLUSIVE"
    assert found["steady.p95"][1].startswith("the run was aborted after 3 s: error_ratio: 50 %")


def test_a_run_with_hope_is_not_ended(judged):
    """The same failures, and an objective that may not abort."""
    bad = [made([0.1] * 25, failed=25)] * 10
    no_abort = (', {limit: "error_ratio <= 5 %", abort: true}', ', "error_ratio <= 5 %"')
    found = judged(bad, changes=[no_abort], snapshots=[_snapshot(bad[:seconds]) for seconds in range(1, 10)])
    assert found["steady.error_ratio"][0] == "FAIL"
    assert not any("ended after" in line for line in judged.said)


def _snapshot(tallies):
    from load.measured import Measured
    from tests.gates.objectives.conftest import IDLE

    seconds = len(tallies)
    measured = Measured(1, {"quote": dict(enumerate(tallies))}, {0: 3}, dict.fromkeys(range(seconds), IDLE))
    return Snapshot(float(seconds), float(seconds), 3, 0, measured)


def test_after_an_interruption_no_other_profile_is_run(tmp_path, monkeypatch, environment, result_of):
    """The others are Gaps that say so."""
    second = (
        "gates: {load",
        "    other: {rate: 50/s, duration: 10s, mix: {quote: 1}, objectives: [p95 <= 1s]}\ngates: {load",
    )
    model = environment(second)
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))
    ran = []

    def run(plan, *, directory, **_):
        ran.append(plan)
        result = result_of(plan, FAST, Ending.INTERRUPTED, "interrupted")
        save_result(result, directory / "load-result.json")
        return result

    monkeypatch.setattr("load.run.run", run)
    looking = Looking(model, ("steady", "other"), Release(), tmp_path / "r", lambda _: None, lambda _: None)
    looked = gate.begin(looking)()
    assert len(ran) == 1
    assert looked.evidence["other"][0].reason == "the load was interrupted, in the profile 'steady'"
    assert gate.judge(Seen("other", looked.evidence["other"], {}, model))[0].verdict.value == "INCONCLUSIVE"


def test_a_folder_that_can_not_be_written(tmp_path, environment):
    """A Gap that names it."""
    (tmp_path / "file").write_text("")
    looking = Looking(environment(), ("steady",), Release(), tmp_path / "file", lambda _: None, lambda _: None)
    ran = load_run.run_profile(looking, "steady")
    assert isinstance(ran.evidence[0], Gap)
    assert "can't be written" in ran.evidence[0].reason


def test_a_target_that_is_not_watched_any_more(judged):
    """A limit on it is INCONCLUSIVE; a limit that is missed FAILs."""
    gone = TargetUsage("api", "docker stats api", USED.samples, "the container stopped")
    assert judged(FAST, targets=(gone,))["steady.api.cpu"] == ("INCONCLUSIVE", "the container stopped")
    assert judged(FAST, targets=())["steady.api.cpu"] == ("INCONCLUSIVE", "was not measured in this run")
    busy = TargetUsage("api", "s", tuple(Usage(at=float(at), cpu=0.9, cpu_limit=1.0) for at in range(1, 10)))
    assert judged(FAST, targets=(busy,))["steady.api.cpu"][0] == "FAIL"


def test_what_is_shown(judged):
    """Plots with the objectives drawn in and the abort marked, and tables of requests and failures."""
    judged([made([0.1] * 50, failed=1)] * 10)
    titles = [exhibit.title for exhibit in judged.looked.exhibits["steady"]]
    assert titles == [
        "steady: response time",
        "steady: rate",
        "steady: errors",
        "steady: users",
        "steady: api, CPU in cores",
        "steady: requests",
        "steady: requests in full",
        "steady: failures",
    ]
    times, rate, errors = judged.looked.exhibits["steady"][:3]
    assert [limit.value for limit in times.limits] == [1.0]
    assert [mark.name for mark in times.marks] == ["end of the warm-up"]
    assert [limit.name for limit in rate.limits] == ["rps >= 10/s"]
    assert errors.series[0].points[0] == (0.0, pytest.approx(1 / 51))
    bad = [made([0.1] * 25, failed=25)] * 10
    judged(bad[:4], snapshots=[_snapshot(bad[:4])])
    assert [mark.name for mark in judged.looked.exhibits["steady"][0].marks] == ["end of the warm-up", "aborted"]


def test_the_artefact_is_named(judged, tmp_path):
    """Its path and SHA-256, in the evidence and in a note."""
    judged(FAST)
    (artefact,) = judged.looked.evidence["steady"][0].artefacts
    assert Path(artefact.path).is_file()
    assert any(artefact.sha256 in note for note in judged.looked.notes)


def test_evidence_that_is_missing_is_a_gap(environment):
    """Whatever was lost on the way is not a pass."""
    model = environment()
    found = gate.judge(Seen("steady", (Gap("steady.p95", "x"),), {}, model))
    assert {one.verdict.value for one in found} == {"INCONCLUSIVE"}
    assert len(found) == 6
