"""`pytest --env` and `tidegate report` judge the same files alike, each kind in its own module."""

import json
import subprocess
from pathlib import Path

import pytest

from gates.plan import plan_for
from tests.gates.conftest import PYTEST, clean_environ
from tests.gates.reported.samples import share, trivy, vulnerability
from tests.gates.reported.world import PROMOTE, REJECT, Judge, put

GATES = """
coverage: {reports: [{coverage: cov.xml, binding: none}], limits: {lines: ">= 80 %"}}
security: {reports: [{findings: found.json, binding: none}], waivers: waivers.yaml}
unit: {reports: [{junit: unit.xml}]}
"""
WAIVERS = "waivers: [{id: CVE-2026-1, reason: not reachable, owner: alice, expires: 2999-01-31}]\n"


def judged(gates: list[dict]) -> dict:
    """Gate -> its judgements and notes, as far as both ways share them."""
    return {
        gate["name"]: (
            sorted((one["evidence"]["subject"], one["verdict"], one["reason"]) for one in gate["judgements"]),
            gate["notes"],
        )
        for gate in gates
    }


@pytest.mark.parametrize(("covered", "code"), [(8, PROMOTE), (7, REJECT)])
def test_both_ways_are_the_same(judge: Judge, tmp_path: Path, covered: int, code: int) -> None:
    """Judgements, notes, exit code."""
    put("cov.xml", share(covered, 10))
    put("found.json", trivy(vulnerability()))
    put("waivers.yaml", WAIVERS)
    put("unit.xml", '<testsuite name="s" tests="1"><testcase classname="c" name="a"/></testsuite>')
    ended = judge(GATES)
    assert ended.code == code
    done = subprocess.run(
        [PYTEST, "--env=./env.yaml", "--release=1.4.2", "--report-dir=out"],
        env=clean_environ(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    tested = json.loads(Path("out/gate-report.json").read_text())["gates"]
    assert judged(tested) == judged(ended.report["gates"])
    cases = Path("out/junit.xml").read_text()
    for module in ("gate_coverage", "gate_security", "gate_reports"):
        assert module in cases


def test_each_kind_has_its_module() -> None:
    """Coverage and findings alone have modules of their names; tests, and several kinds together, have the general."""
    mixed = 'all: {reports: [{coverage: a, binding: none}, {findings: b}], limits: {lines: ">= 1 %"}}'
    put("env.yaml", "service: shop\ngates:\n" + "".join(f"  {line}\n" for line in [*GATES.strip().splitlines(), mixed]))
    put("waivers.yaml", WAIVERS)
    plan = plan_for("./env.yaml", None, None)
    modules = {path.stem: [check.gate for check in plan.checks_for(path.stem)] for path in plan.files}
    assert modules == {
        "gate_coverage": ["coverage"],
        "gate_security": ["security"],
        "gate_reports": ["unit", "all"],
    }
