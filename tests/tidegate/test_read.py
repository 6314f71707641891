"""`tidegate read`: what is in report files, for people and for scripts."""

import json

import pytest

from checks.secrets import forget_all, remember
from tidegate.cli import main

GOOD = (
    '<testsuites><testsuite name="s" tests="5" failures="1" errors="1" skipped="1" timestamp="2026-05-01T10:00:00Z">'
    '<testcase classname="C" name="a" time="1.5"/>'
    '<testcase classname="C" name="b"><failure message="1 != 2"/></testcase>'
    '<testcase classname="C" name="c"><error message="boom"/></testcase>'
    '<testcase classname="C" name="d"><skipped/></testcase><testcase classname="C" name="e"><flakyFailure/></testcase>'
    "</testsuite></testsuites>"
)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Write files, run `tidegate read` on names, return exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def _run(*arguments, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.xml").write_text(content)
        code = main(["read", *arguments])
        return code, *capsys.readouterr()

    return _run


def test_no_file_is_wrong_usage(run):
    """One line that says what to type; exit code 4."""
    code, out, err = run()
    assert (code, out) == (4, "")
    assert "name at least one report file" in err
    assert run("--json")[0] == 4


def test_an_empty_list_needs_a_tool(run):
    """`[]` is a scan without findings where somebody says whose it is, and nothing otherwise."""
    assert run("a.xml", a="[]")[0] == 4
    code, out, _ = run("a.xml", "--tool=gitleaks")
    assert (code, "gitleaks: 0 findings" in out) == (0, True)
    code, _, err = run("a.xml", "--tool=gitleak")
    assert (code, "did you mean 'gitleaks'?" in err) == (4, True)
    code, _, err = run("a.xml", "--tool=gitleaks", a='{"results": [], "errors": [], "metrics": {"a.py": {}}}')
    assert (code, "written by bandit, wanted one of gitleaks" in err) == (4, True)


def test_one_json_object_per_file(run):
    """Totals, problems and what else is known, one object on one line."""
    code, out, err = run(
        "good.xml", "bad.xml", "--json", good=GOOD, bad='<testsuite tests="2"><testcase name="a"/></testsuite>'
    )
    assert (code, err) == (0, "")
    good, bad = (json.loads(line) for line in out.splitlines())
    expected = {
        "file": "good.xml",
        "kind": "junit",
        "tests": 5,
        "failures": 1,
        "errors": 1,
        "skipped": 1,
        "problems": [],
    }
    assert expected.items() <= good.items()
    assert (good["flaky"], good["duration"], good["timestamp"]) == (1, 1.5, "2026-05-01T10:00:00+00:00")
    assert bad["problems"] == [
        "inconclusive: line 1: <testsuite> declares 2 tests, holds 1: the evidence of the others is missing"
    ]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(run, tmp_path):
    """Missing, a directory, broken: an object with the error, a line on standard error, exit code 4 at the end."""
    code, out, err = run("missing.xml", ".", "cut.xml", "good.xml", "--json", cut=GOOD[:-20], good=GOOD)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 4
    assert [set(row) for row in rows[:3]] == [{"file", "error"}] * 3
    assert [row["file"] for row in rows] == ["missing.xml", ".", "cut.xml", "good.xml"]
    assert rows[3]["tests"] == 5
    assert len(err.splitlines()) == 3
    assert "cut.xml:1: the file ends in the middle" in err
    code, out, err = run("missing.xml", "good.xml")
    assert (code, "5 tests" in out, "no such file" in err) == (4, True, True)


def test_people_see_totals_failing_tests_and_problems(run):
    """Readable at 80 columns, without the tests that passed."""
    hidden = GOOD.replace('errors="1"', 'errors="3"').replace('name="b"', f'name="b{"-long" * 40}"')
    code, out, _ = run("good.xml", good=hidden)
    assert code == 0
    assert max(len(line) for line in out.splitlines()) <= 80
    flat = " ".join(out.split())
    for words in (
        "good.xml",
        "5 tests · 1 failure · 1 error · 1 skipped",
        "1 flaky",
        "1 != 2",
        "error: line 1: C::c: boom",
    ):
        assert words in flat
    assert "fail: line 1: <testsuite> 's' declares 1 failure and 3 errors" in flat
    assert "C::a" not in out


def test_names_cannot_steer_the_terminal(run):
    """Control characters of a test's name are shown and not sent."""
    _, out, _ = run("x.xml", x='<testsuite><testcase name="a&#x9b;2Jb&#x202e;"><failure/></testcase></testsuite>')
    assert "\x9b" not in out
    assert "\u202e" not in out
    assert "a\\x9b2Jb\\u202e" in out


def test_secrets_do_not_leave(run):
    """A secret in a message is masked in both forms."""
    remember("planted-secret")
    try:
        report = '<testsuite name="{0}" tests="3"><testcase name="a"><failure message="{0}"/></testcase></testsuite>'
        report = report.format("planted-secret")
        for arguments in (["x.xml"], ["x.xml", "--json"]):
            _, out, err = run(*arguments, x=report)
            assert "planted-secret" not in out + err
            assert out
    finally:
        forget_all()
