"""The guide's tables are those of the code; the shipped environment for CI judges what it says."""

import argparse
import re
from pathlib import Path

import pytest

from gates.criteria import parse
from gates.environment.find import PACKAGED
from gates.environment.limits import REPORT_SUBJECTS, check_limit
from tests.gates.reported.samples import lcov, share, trivy, vulnerability
from tests.gates.reported.world import HOLD, PROMOTE, REJECT, put
from tidegate.cli import main
from tidegate.commands import bind

PAGE = (Path(__file__).parents[3] / "docs" / "report-gates.md").read_text(encoding="utf-8")


def test_every_limit_is_in_the_table() -> None:
    """With an example that may be written."""
    rows = re.findall(r"^\| `(\w+):` \| (.*?) \| .*? \| `(.*?)` \|$", PAGE, re.MULTILINE)
    listed: dict[str, set[str]] = {}
    for kind, names, example in rows:
        for name in re.findall(r"`([\w-]+)`", names):
            listed.setdefault(kind, set()).add(name)
            check_limit(name, parse(example), REPORT_SUBJECTS[kind])
    for kind, names in listed.items():
        assert names == set(REPORT_SUBJECTS[kind])
    assert listed.keys() == {kind for kind, subjects in REPORT_SUBJECTS.items() if subjects}


def test_the_options_of_bind_are_those_of_the_command() -> None:
    """Names and words."""
    parser = argparse.ArgumentParser(add_help=False)
    bind.add_arguments(parser)
    wanted = [(a.option_strings[0], a.metavar, a.help) for a in parser._actions if a.option_strings]
    table = PAGE.partition("<!-- options:")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(--[\w-]+)=(\w+)` \| (.*) \|$", table, re.MULTILINE) == wanted


@pytest.mark.parametrize(
    ("shares", "severity", "code"),
    [
        ((80, 85, 70), "MEDIUM", PROMOTE),
        ((79, 85, 70), "MEDIUM", REJECT),
        ((80, 84, 70), "MEDIUM", REJECT),
        ((80, 85, 69), "MEDIUM", REJECT),
        ((80, 85, 70), "HIGH", REJECT),
    ],
)
def test_the_stage_quality_of_ci(checkout: str, shares: tuple[int, int, int], severity: str, code: int) -> None:
    """Coverage 80, 85 and 70 per cent; nothing HIGH or CRITICAL; in a CI job."""
    front, back, integration = shares
    put("results/coverage/front-end/lcov.info", lcov({"cart.ts": "+" * front + "-" * (100 - front)}))
    put("results/coverage/back-end/coverage.xml", share(back, 100))
    put("results/coverage/integration/coverage.xml", share(integration, 100))
    put("results/security/trivy.json", trivy(vulnerability(severity=severity)))
    assert main(["report", f"--env={PACKAGED / 'ci.yaml'}", "--stage=quality"]) == code


def test_ci_needs_no_coverage_by_default(checkout: str) -> None:
    """The default stage judges test results alone; the stage `everything` wants everything."""
    for name in ("unit", "integration", "e2e"):
        put(f"results/{name}/a.xml", '<testsuite name="s" tests="1"><testcase classname="c" name="a"/></testsuite>')
    assert main(["report", f"--env={PACKAGED / 'ci.yaml'}"]) == PROMOTE
    assert main(["report", f"--env={PACKAGED / 'ci.yaml'}", "--stage=everything"]) == HOLD
