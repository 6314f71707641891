"""The page on gates: its tables of criteria and options are those of the code."""

import re
from pathlib import Path

import pytest

import gates.criteria
from checks.units import SUFFIXES
from gates.criteria import parse
from gates.environment.limits import ENDPOINT_SUBJECTS, GATE_SUBJECTS
from gates.measured.registry import MEASURED
from gates.plugin import _FLAGS, _OPTIONS
from tests.docs.fences import ROOT, Fence
from tests.docs.story import Story

PAGE = (ROOT / "docs" / "gates.md").read_text(encoding="utf-8")
_CRITERIA = re.findall(r"^\| `([^`]+)` \| `([A-Z]\w+\(.*?\))` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("text", "python"), _CRITERIA)
def test_both_forms_of_a_criterion_are_the_same(text: str, python: str) -> None:
    """The text reads as what the column beside it says, and goes back without loss."""
    criterion = eval(python, vars(gates.criteria))
    assert parse(text) == criterion
    assert parse(str(criterion)) == criterion


def test_every_criterion_has_a_row() -> None:
    """None is left out."""
    kinds = {name for name, kind in vars(gates.criteria).items() if isinstance(kind, type)}
    wanted = {name for name in kinds if issubclass(getattr(gates.criteria, name), gates.criteria.Criterion)}
    assert {python.partition("(")[0] for _, python in _CRITERIA} == wanted - {"Criterion"}


def test_every_unit_is_listed() -> None:
    """The page knows each suffix; two spellings of one are not repeated."""
    listed = re.search(r"Amounts have units: (.*?), or none", PAGE, re.DOTALL)
    assert listed is not None
    assert set(re.findall(r"[^`, ]+", listed[1])) == set(SUFFIXES) - {"", "µs", "sec", "m", "KB", "ratio", "1/s"}


def test_what_a_gate_may_limit() -> None:
    """The subjects in the table."""
    rows = dict(re.findall(r"^\| `(health|smoke)` \|[^|]*\|[^|]*\| (.*) \|$", PAGE, re.MULTILINE))
    assert set(re.findall(r"`([\w.]+)`", rows["health"])) == set(ENDPOINT_SUBJECTS)
    assert set(re.findall(r"`([\w.]+)`", rows["smoke"])) == set(GATE_SUBJECTS["smoke"])


def test_every_gate_that_looks_has_a_row() -> None:
    """In the order in which they look, with their sections, and a page for each."""
    rows = re.findall(r"^\| `([\w-]+)` \| .*?\(([\w-]+\.md)\).*? \| `(\w+):`[^|]* \| [^|]*\|$", PAGE, re.MULTILINE)
    assert [(name, section) for name, _, section in rows] == [(gate.name, gate.section) for gate in MEASURED.values()]


def test_the_options_are_those_of_the_plugin() -> None:
    """Names, order and words of `pytest --help`."""
    table = PAGE.partition("<!-- options:")[2].partition("\n\n")[0]
    shown = re.findall(r"^\| `(--[\w-]+)(?:=(\w+))?` \| (.*) \|$", table, re.MULTILINE)
    wanted = [(flag, words["metavar"], words["help"]) for flag, words in _OPTIONS.items()]
    assert shown == [*wanted, *((flag, "", text) for flag, text in _FLAGS.items())]


@pytest.mark.parametrize(("path", "code"), [("/api/v1/stocks", 0), ("/api/v1/nothing", 1)])
def test_an_external_service_is_judged(tmp_path: Path, path: str, code: int) -> None:
    """One that answers 200 passes; its twin, which does not, is a FAIL of the health gate."""
    story = Story(tmp_path / "page")
    environment = "service: shop\ndemo: {}\ngates: {health: {}}\n"
    environment += f"external_services: {{market-data: {{url: '${{demo.url}}{path}', timeout: 10s}}}}\n"
    words = "market-data.status: 404, wanted = 200" if code else "promote shop"
    story.tell(Fence("yaml", {"file": "env.yaml"}, environment, 1))
    story.tell(Fence("console", {"exit": str(code)}, f"$ pytest --env=./env.yaml -q\n…\n{words}\n…\n", 1))


@pytest.mark.parametrize(("limit", "code"), [("15min", 0), ("10min", 1)])
def test_the_duration_of_tests_is_limited(tmp_path: Path, limit: str, code: int) -> None:
    """Tests that took 12 minutes are within 15 and not within 10."""
    story = Story(tmp_path / "page")
    gates = f'gates: {{unit: {{reports: [{{junit: "*.xml"}}], limits: {{duration: "<= {limit}"}}}}}}\n'
    junit = '<testsuite tests="1"><testcase classname="a" name="b" time="720"/></testsuite>\n'
    story.tell(Fence("yaml", {"file": "env.yaml"}, f"service: shop\n{gates}", 1))
    story.tell(Fence("xml", {"file": "unit.xml"}, junit, 1))
    shown = "unit.duration: 12 min, wanted <= 10 min" if code else "PROMOTE"
    command = "tidegate report --env=./env.yaml --release=1.4.2"
    story.tell(Fence("console", {"exit": str(code)}, f"$ {command}\n…\n{shown}\n…\n", 1))
