"""Every fault of the demo target → the exact exit code and the words of the reason; its twin promotes.

A tool that always holds fails this test as surely as one that always promotes.
"""

import dataclasses
from pathlib import Path

import pytest

import environments
from demo.faults import SWITCHES, Faults

PROMOTE, REJECT, USAGE = 0, 1, 4

#: fault -> (its twin, exit code, words of the decision line). "" as a twin is the target without a fault.
MATRIX: dict[str, tuple[str, int, str]] = {
    "error_ratio=1": ("error_ratio=0", REJECT, "health.status: 500, wanted = 200"),
    "latency_ms=1500": ("latency_ms=1", REJECT, "health.response_time: 1.5"),
    "hang": ("hang=false", REJECT, "target.ready: not ready after 3 s and"),
    "refuse": ("refuse=false", REJECT, "connection refused"),
    "health_lies": ("health_lies=false", REJECT, "health.json.status: 'unhealthy', wanted = 'healthy'"),
    "wrong_version": ("wrong_version=false", REJECT, "target.release.version: '0.9.0', wanted = '1.0.0'"),
    "one_bad_replica": ("one_bad_replica=false", REJECT, "replicas.healthy: 1 (of 2: replica-2: status 503"),
    "database_down": ("database_down=false", REJECT, "health.status: 503, wanted = 200"),
    "slow_start_s=60": ("slow_start_s=0.5", REJECT, "status 503, wanted = 200"),
    "crash_after=5": ("crash_after=100000", REJECT, "smoke failed"),
    "truncated_body": ("truncated_body=false", REJECT, "health: the body ended after"),
    "tls_expired": ("tls_expired=false", REJECT, "certificate has expired"),
    "tls_expires_in_days=13": ("tls_expires_in_days=15", REJECT, "secure.certificate.expires_in: 1"),
    "redirect_to_login": ("redirect_to_login=false", REJECT, "302 (redirects to /login), wanted = 200"),
    "not_found": ("not_found=false", REJECT, "status 404, wanted = 200"),
}

#: The same of careless commits: fault -> (its twin, words of the decision line, the only gate that does not pass).
CARELESS: dict[str, tuple[str, str, str]] = {
    "failing_test": ("failing_test=false", "test_failing::test_a_quote_for_nothing: AssertionError", "unit"),
    "slow_tests_s=20": ("slow_tests_s=0.1", "wanted <= 20 s", "budget"),
    "untested_code": ("untested_code=false", "back-end.lines: 4", "coverage"),
    "insecure_code": ("insecure_code=false", "security.high: 1, wanted <= 0", "security"),
    "complex_code": ("complex_code=false", "quality.complexity: 13 (rating in demo/rating.py:4)", "quality"),
}
#: And of those that need more than pip installs with Tidegate.
OF_DEMO_FULL: dict[str, tuple[str, str, str]] = {
    "copied_code": ("copied_code=false", "quality.duplication: ", "quality"),
    "leaked_secret": ("leaked_secret=false", "security.critical: 1, wanted <= 0", "security"),
    "careless_image": ("careless_image=false", "security.high: 1, wanted <= 0", "security"),
}
#: The gates on reports alone: nothing needs to be running for them.
REPORTS = """
gates:
  budget: {{limits: {{tests: "<= 20s"}}}}
stages: {{reports: [unit, coverage, security, quality, budget]}}
default_stage: reports
"""

#: The shipped demo environment, with less patience: a target that never gets ready would take 15 s a case.
IMPATIENT = "extends: {demo}\nreadiness: {{deadline: 3s}}\n"


@pytest.fixture
def impatient(tmp_path: Path) -> str:
    """The environment's option."""
    shipped = Path(environments.__file__).with_name("demo.yaml")
    (tmp_path / "demo.yaml").write_text(IMPATIENT.format(demo=shipped))
    return "--env=./demo.yaml"


def test_the_matrix_is_complete() -> None:
    """Every switch of the demo target is in one of the tables."""
    named = {fault.partition("=")[0] for fault in (*MATRIX, *CARELESS, *OF_DEMO_FULL)}
    assert named == set(SWITCHES) == {field.name for field in dataclasses.fields(Faults)}


@pytest.mark.parametrize("fault", MATRIX)
def test_a_fault_is_found(command, impatient: str, fault: str) -> None:
    """The fault switched on: the exact exit code, and a reason that a tired person understands."""
    _, code, words = MATRIX[fault]
    run = command("pytest", impatient, "--stage=live", faults=fault)
    assert run.code == code, run.out + run.err
    assert run.report["decision"] == "reject"
    assert words in run.last
    assert "Traceback" not in run.out + run.err


@pytest.mark.parametrize("fault", MATRIX)
def test_its_twin_promotes(command, impatient: str, fault: str) -> None:
    """The same in every other respect: exit 0 and PROMOTE."""
    twin, _, _ = MATRIX[fault]
    run = command("pytest", impatient, "--stage=live", faults=twin)
    assert (run.code, run.report["decision"], run.report["complete"]) == (PROMOTE, "promote", True), run.out + run.err


@pytest.mark.parametrize("fault", [*CARELESS, *OF_DEMO_FULL])
def test_a_careless_commit_is_found(command, tmp_path: Path, need, fault: str) -> None:
    """By the one gate that it concerns, from the real tools' reports; its twin promotes."""
    full = fault in OF_DEMO_FULL
    for program in ("hadolint", "jscpd", "trivy") if full else ():
        need(program)
    shipped = Path(environments.__file__).with_name("demo-full.yaml" if full else "demo.yaml")
    (tmp_path / "reports.yaml").write_text(f"extends: {shipped}\n{REPORTS.format()}")
    twin, words, gate = {**CARELESS, **OF_DEMO_FULL}[fault]
    run = command("pytest", "--env=./reports.yaml", faults=fault)
    assert run.code == REJECT, run.out + run.err
    assert words in run.last
    assert [each["name"] for each in run.report["gates"] if each["verdict"] != "PASS"] == [gate]
    run = command("pytest", "--env=./reports.yaml", faults=twin)
    assert run.code == PROMOTE, run.out + run.err


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_whole_demo(command, workers: list[str]) -> None:
    """Every gate that pip can serve, with real input, from one command; under xdist nothing is made twice."""
    run = command("pytest", "--env=demo", *workers)
    assert run.code == PROMOTE, run.out + run.err
    gates = {gate["name"]: gate for gate in run.report["gates"]}
    assert {"unit", "coverage", "security", "quality", "budget"} <= gates.keys()
    shown = {name: [exhibit["title"] for exhibit in gate["exhibits"]] for name, gate in gates.items()}
    assert shown["coverage"] == ["Coverage", "Lines that no test reached"]
    assert shown["security"] == ["Findings"]
    assert shown["quality"] == ["The most complex functions"]
    assert sum(note.startswith("made here in ") for note in run.report["notes"]) == 1
    assert run.out.count("made here in ") == 2  # as progress, and as a note


@pytest.mark.parametrize("faults", ["hangg", "latency_ms=soon", "error_ratio=2", "latency_ms"])
def test_a_wrong_switch_stops_before_anything_runs(command, faults: str) -> None:
    """An unknown switch and a wrong value are wrong usage, named with what is valid."""
    run = command("pytest", "--env=demo", faults=faults)
    assert run.code == USAGE
    assert "TIDEGATE_DEMO_FAULTS" in run.err
    assert not (run.folder / "tidegate-report").exists()


def test_a_fault_in_the_environments_file(command, tmp_path: Path) -> None:
    """`demo: {faults: ...}` switches a fault on as the variable does, which overrides it."""
    shipped = Path(environments.__file__).with_name("demo.yaml")
    (tmp_path / "mine.yaml").write_text(f"extends: {shipped}\ndemo: {{faults: {{wrong_version: true}}}}\n")
    assert command("pytest", "--env=./mine.yaml").code == REJECT
    assert command("pytest", "--env=./mine.yaml", faults="wrong_version=false").code == PROMOTE


@pytest.mark.parametrize("stage", ["quick", "full"])
def test_the_shipped_stages_promote_over_workers_too(command, stage: str) -> None:
    """`--env=demo` in both stages, spread over two processes: the same report."""
    alone = command("pytest", "--env=demo", f"--stage={stage}")
    spread = command("pytest", "--env=demo", f"--stage={stage}", "-n", "2")
    assert (alone.code, spread.code) == (PROMOTE, PROMOTE), spread.out
    subjects = [
        [(gate["name"], sorted(judgement["subject"] for judgement in gate["judgements"])) for gate in run["gates"]]
        for run in (alone.report, spread.report)
    ]
    assert subjects[0] == subjects[1]
