"""`tidegate report`: the fail-closed table, each row beside the twin that passes, and our own evidence judged again."""

import json
import os
import re
import time
from pathlib import Path

import pytest

from tidegate.cli import main

PROMOTE, REJECT, USAGE, HOLD = 0, 1, 4, 10

PASSING = (
    '<testsuite name="s" tests="2"><testcase classname="c" name="a"/><testcase classname="c" name="b"/></testsuite>'
)
SKIPPED = '<testsuite name="s"><testcase classname="c" name="a"><skipped/></testcase></testsuite>'
FAILING = '<testsuite name="s"><testcase classname="c" name="a"><failure message="1 != 2"/></testcase></testsuite>'
ERROR = '<testsuite name="s"><testcase classname="c" name="a"><error message="no db"/></testcase></testsuite>'
FLAKY = (
    '<testsuite name="s"><testcase classname="c" name="a"><flakyFailure message="first"/></testcase>'
    '<testcase classname="c" name="b"/></testsuite>'
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with its own state store, and nobody who names a release."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "GITLAB_", "CI_", "JENKINS_", "TIDEGATE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "p").mkdir()
    monkeypatch.chdir(tmp_path / "p")
    return tmp_path / "p"


def write(name: str, text: str | bytes) -> None:
    """Put a file into the project."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, unwrapped."""
    done = capsys.readouterr()
    return re.sub(r"\s+", " ", done.out + done.err)


def decision() -> str:
    """What automation reads."""
    return json.loads(Path("tidegate-report/gate-report.json").read_text())["decision"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (PASSING, PROMOTE, "PROMOTE"),
        (FAILING, REJECT, "c::a: 1 != 2"),
        (ERROR, REJECT, "c::a: no db"),
        (SKIPPED, HOLD, "nothing was executed: 1 test, all skipped"),
        ("<testsuite/>", HOLD, "nothing was executed: no test was found"),
        ("", HOLD, "empty"),
        (PASSING[:-20], HOLD, "can't be read"),
        ("<html></html>", HOLD, "HTML"),
        ("no xml at all", HOLD, "can't be read"),
        (b"\xff\xfe\x00garbage", HOLD, "can't be read"),
        (PASSING.replace('tests="2"', 'tests="3"'), HOLD, "3"),
        (PASSING.replace('tests="2"', 'tests="2" failures="1"'), REJECT, "declares 1 failure"),
    ],
)
def test_one_file(capsys, text: str | bytes, code: int, words: str) -> None:
    """What a file holds, and what is missing from it, decides; the decision file says the same as the exit code."""
    write("results/a.xml", text)
    assert main(["report", "results/*.xml"]) == code
    assert words in said(capsys)
    assert decision() == {PROMOTE: "promote", REJECT: "reject", HOLD: "hold"}[code]


def test_an_empty_glob_is_held(capsys) -> None:
    """A glob that matches nothing is no evidence, even beside one that matches."""
    write("results/a.xml", PASSING)
    assert main(["report", "results/*.xml", "other/*.xml"]) == HOLD
    assert "no file matches the pattern 'other/*.xml'" in said(capsys)
    assert main(["report", "results/*.xml"]) == PROMOTE


def test_one_unreadable_file_among_good_ones_is_held(capsys) -> None:
    """A job that died while it wrote its report does not vanish behind the others."""
    write("results/a.xml", PASSING)
    write("results/b.xml", PASSING[:40])
    assert main(["report", "results/*.xml"]) == HOLD
    assert "results/b.xml" in said(capsys)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--min-tests=2"], PROMOTE, "PROMOTE"),
        (["--min-tests=3"], HOLD, "2 tests were executed, at least 3 wanted"),
        (["--required-test=c::a"], PROMOTE, "PROMOTE"),
        (["--required-test=c::z"], HOLD, "required test 'c::z' is in no file"),
        (["--max-age=1h"], PROMOTE, "PROMOTE"),
        (["--min-tests=0"], USAGE, "at least 1 test"),
        (["--max-age=soon"], USAGE, "--max-age"),
        (["--stage=full"], USAGE, "--stage needs --env"),
        (["--colour"], USAGE, "unrecognized arguments: --colour"),
    ],
)
def test_options(capsys, args: list[str], code: int, words: str) -> None:
    """Minimum, required tests and age, each with its twin; wrong usage is exit 4."""
    write("results/a.xml", PASSING)
    assert main(["report", "results/*.xml", *args]) == code
    assert words in said(capsys)


def test_a_stale_file_is_held(capsys) -> None:
    """A file of yesterday is not evidence of today."""
    write("results/a.xml", PASSING)
    old = time.time() - 7200
    os.utime("results/a.xml", (old, old))
    assert main(["report", "results/*.xml", "--max-age=1h"]) == HOLD
    assert "old" in said(capsys)


def test_nothing_to_report_is_wrong_usage(capsys) -> None:
    """Neither files nor an environment."""
    assert main(["report"]) == USAGE
    assert "name report files" in said(capsys)


def test_observing_exits_with_0(capsys) -> None:
    """The decision stays reject; the exit code is 0, in large letters."""
    write("results/a.xml", FAILING)
    assert main(["report", "results/*.xml", "--observe"]) == 0
    assert "O B S E R V I N G" in said(capsys)
    assert decision() == "reject"


ENVIRONMENT = """\
service: shop
gates:
  unit: {reports: [{junit: "results/unit/*.xml", max_age: 24h}], min_tests: 2, required_tests: ["c::a"]}
  e2e: {required: false, reports: [{junit: "results/e2e/*.xml"}], limits: {flaky: "<= 0"}}
"""


def test_an_environment_maps_files_to_gates(capsys) -> None:
    """Each gate judges its own files; an advisory gate never decides."""
    write("env.yaml", ENVIRONMENT)
    write("results/unit/a.xml", PASSING)
    write("results/e2e/a.xml", FLAKY)
    assert main(["report", "--env=./env.yaml", "--release=1"]) == PROMOTE
    text = said(capsys)
    assert "e2e.flaky: 1, wanted <= 0" in text
    assert "c::a passed only after 2 attempts" in text
    write("results/unit/b.xml", FAILING)
    assert main(["report", "--env=./env.yaml", "--release=1"]) == REJECT


def test_an_environment_needs_every_file(capsys) -> None:
    """No file for a required gate is a hold."""
    write("env.yaml", ENVIRONMENT)
    assert main(["report", "--env=./env.yaml", "--release=1"]) == HOLD
    assert "no file matches" in said(capsys)


def test_an_environment_needs_a_release(capsys) -> None:
    """Outside of CI and of a checkout, somebody has to name what is judged."""
    write("env.yaml", ENVIRONMENT.replace("  e2e", "  e2x"))
    write("results/unit/a.xml", PASSING)
    write("results/e2e/a.xml", PASSING)
    assert main(["report", "--env=./env.yaml"]) == HOLD
    assert "nobody named the release" in said(capsys)
    assert main(["report", "--env=./env.yaml", "--commit=4b1d2aa"]) == PROMOTE


def own_junit(value: float = 0.1, *, complete: bool = True, release: str = "1.4.2", gates=("health",), extra="") -> str:
    """A JUnit file as Tidegate writes it."""
    from checks.evidence import Reading
    from gates.carrying import CHECK, GATE, JUDGEMENT, to_property
    from gates.criteria import AtMost
    from reports.case import Case, Outcome
    from reports.render.junit import render

    judgement = to_property(AtMost(0.5, "s").judge(Reading("api.response_time", value, "s")))
    outcome = Outcome.PASSED  # whatever the evidence says: a verdict in the file is never believed
    properties = ((GATE, "health"), (CHECK, "api"), (JUDGEMENT, judgement))
    case = Case("test_health[api]", "gates.gate_health", outcome, properties=properties, details=extra)
    run = {"service": "shop", "environment": "live", "stage": "full", "release": {"id": release}, "complete": complete}
    return render(
        [case], {**run, "gates": dict.fromkeys(gates, True), "incomplete": [], "started": "2026-01-01"}, name="t"
    )


LIVE = """\
service: shop
base_url: http://127.0.0.1:9
endpoints: {api: {http: /}}
gates: {health: {}}
"""


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (own_junit(), PROMOTE, "PROMOTE"),
        (own_junit(0.8), REJECT, "api.response_time: 800 ms, wanted <= 500 ms"),
        (own_junit(complete=False), HOLD, "not a whole stage"),
        (own_junit(release="1.4.1"), HOLD, "of another release: 1.4.1, wanted 1.4.2"),
        (own_junit(gates=("health", "smoke")), HOLD, "its gate 'smoke' did not run"),
        (
            own_junit().replace("&quot;criterion&quot;", "&quot;kriterion&quot;"),
            HOLD,
            "can't be read",
        ),
        (PASSING, HOLD, "belong to no gate"),
    ],
)
def test_our_own_evidence_is_judged_again(capsys, text: str, code: int, words: str) -> None:
    """The file's own outcome says passed each time; evidence, completeness and release decide."""
    write("live.yaml", LIVE)
    write("out/junit.xml", text)
    assert main(["report", "--env=./live.yaml", "--release=1.4.2", "out/junit.xml"]) == code, said(capsys)
    assert words in said(capsys)


def test_our_own_evidence_of_another_environment_is_held(capsys) -> None:
    """What was seen in staging says nothing of production."""
    write("prod.yaml", LIVE)
    write("out/junit.xml", own_junit())
    assert main(["report", "--env=./prod.yaml", "--release=1.4.2", "out/junit.xml"]) == HOLD
    assert "of the environment 'live', wanted 'prod'" in said(capsys)


def test_our_own_file_names_the_release(capsys) -> None:
    """Where nobody names a release, the run that wrote the file did; files of two releases are held."""
    write("live.yaml", LIVE)
    write("out/junit.xml", own_junit())
    assert main(["report", "--env=./live.yaml", "out/junit.xml"]) == PROMOTE
    assert "the run that wrote out/junit.xml" in said(capsys)
    write("out/other.xml", own_junit(release="1.4.1"))
    assert main(["report", "--env=./live.yaml", "out/*.xml"]) == HOLD
    assert "of several releases" in said(capsys)


def test_a_long_traceback_does_not_damage_the_evidence(capsys) -> None:
    """Properties are read whole, however long they are."""
    write("out/junit.xml", own_junit(extra="x" * 100_000))
    assert main(["report", "out/junit.xml"]) == PROMOTE, said(capsys)
