"""From a tool that really runs to what Tidegate reads in its report: on a bad and on a clean input."""

import json

import pytest

from checks.scanners.bandit import bandit
from checks.scanners.hadolint import hadolint
from checks.scanners.jscpd import jscpd
from checks.scanners.radon import radon
from checks.scanners.run import scan
from checks.scanners.scanner import Scanned
from reports.page_quality import Impact
from reports.read.findings.read import read_findings
from reports.read.problem import Effect
from reports.read.recognise import read_any
from tests.conftest import load

BRANCHES = "\n".join(f"    if value == {number}:\n        value += {number} * value" for number in range(12))
COPY = f"def count(value):\n{BRANCHES}\n    return value\n"


@pytest.fixture
def sources(tmp_path):
    """A bad and a clean project."""
    bad, clean = tmp_path / "bad", tmp_path / "clean"
    bad.mkdir()
    clean.mkdir()
    (bad / "one.py").write_text(COPY)
    (bad / "two.py").write_text(COPY + "\nimport subprocess\nsubprocess.call('ls $HOME', shell=True)\n")
    (bad / "Dockerfile").write_text("FROM debian\nUSER root\n")
    (clean / "app.py").write_text(
        "def order(names: list[str]) -> list[str]:\n"
        "    known = {name.strip().lower() for name in names if name.strip()}\n"
        "    other = [name for name in known if len(name) > 3]\n\n    return sorted(other, key=len)\n"
    )
    (clean / "Dockerfile").write_text("FROM debian:12.5\nUSER 65534\n")
    return tmp_path


@pytest.fixture
def report(need, sources):
    """`report("radon", radon, "bad")`: the path of the report that a real run wrote."""

    def _report(program, build, *targets, **options):
        need(program)
        ran = scan(build("code", targets, sources / "out", root=sources, deadline=120, **options))
        assert isinstance(ran, Scanned), ran
        return ran.output

    return _report


def test_radon(report):
    """Complexity of the worst function."""
    bad = read_any(report("radon", radon, "bad"))
    assert (bad.kind, bad.maximum, bad.count, bad.problems) == ("complexity", 13, 2, ())
    clean = read_any(report("radon", radon, "clean"))
    assert (clean.maximum, clean.problems) == (5, ())


def test_radon_with_a_file_that_is_no_python(report, sources):
    """The rest was measured; that something is missing is said."""
    (sources / "bad" / "three.py").write_text("def broken(:\n")
    found = read_any(report("radon", radon, "bad"))
    assert found.maximum == 13
    assert [problem.effect for problem in found.problems] == [Effect.INCONCLUSIVE]
    assert "three.py" in found.problems[0].message


def test_jscpd(report):
    """Share of the lines that are copies."""
    bad = read_any(report("jscpd", jscpd, "bad"))
    assert (bad.kind, bad.count, bad.problems) == ("duplication", 1, ())
    assert 0.3 < bad.ratio < 1
    clean = read_any(report("jscpd", jscpd, "clean", min_tokens=20))
    assert (clean.ratio, clean.problems) == (0, ())


def test_scanners_of_findings(report):
    """Their reports are read by the readers of findings; an empty list needs the tool's name."""
    assert read_any(report("bandit", bandit, "bad")).facts()["count"] > 0
    assert read_any(report("bandit", bandit, "clean")).facts()["count"] == 0
    assert read_any(report("hadolint", hadolint, "bad/Dockerfile")).facts()["count"] > 0
    assert read_findings(report("hadolint", hadolint, "clean/Dockerfile"), "hadolint").count == 0


PAGES = {
    "bad": "<html><body><img src=x><button></button></body></html>",
    "clean": "<!doctype html><html lang=en><title>Shop</title><body><main><h1>Shop</h1></main></body></html>",
}


@pytest.fixture(scope="module")
def axe(need, tmp_path_factory):
    """What axe says in a real Chromium of both pages."""
    program = need("chromium")
    playwright, axe = load("playwright.sync_api"), load("axe_playwright_python.sync_playwright")
    found = {}
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(program), args=["--no-sandbox"])
        page = browser.new_page()
        for name, content in PAGES.items():
            page.set_content(content)
            path = tmp_path_factory.mktemp("axe") / f"{name}.json"
            path.write_text(json.dumps(axe.Axe().run(page).response))
            found[name] = path
        with pytest.raises(playwright.Error):
            page.goto("http://127.0.0.1:9/")
        page.wait_for_url("chrome-error://**")
        path = tmp_path_factory.mktemp("axe") / "down.json"
        path.write_text(json.dumps(axe.Axe().run(page).response))
        found["down"] = path
        browser.close()
    return found


def test_axe(axe):
    """Two critical violations, and none."""
    bad, clean = read_any(axe["bad"]), read_any(axe["clean"])
    assert bad.kind == "accessibility"
    assert bad.evidence(Impact.CRITICAL, "axe").value == 2
    assert {one.rule for one in bad.violations} >= {"image-alt", "button-name"}
    evidence = clean.evidence(Impact.MINOR, "axe")
    assert (evidence.value, clean.problems) == (0, ())
    assert evidence.samples > 3


def test_axe_on_a_page_that_was_not_there(axe):
    """Chromium's own error page is no page of the service."""
    effects = {problem.effect for problem in read_any(axe["down"]).problems}
    assert Effect.INCONCLUSIVE in effects
