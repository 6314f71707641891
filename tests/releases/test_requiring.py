"""Only what passed elsewhere comes in: the newest complete run of that stage, judged again."""

import time
from dataclasses import replace

import pytest

from checks.evidence import Reading
from gates.criteria import AtMost
from gates.decision import decide
from gates.environment.releasing import Requires
from releases.deployers.interface import Version
from releases.requiring import missing_pass
from reports.gate_report import GateReport, GateResult, Release
from reports.render import json as report_json
from reports.store import open_store

NEW = Version("sha256:" + "bb" * 32, "2")
REQUIRES = Requires.model_construct(environment="staging", stage="full", max_age=3600.0)


def run(value=0.0, **changes):
    """A run of the release in staging."""
    reading = Reading("api.error_ratio", value, unit="1", source="a query")
    judgement = AtMost(0.01).judge(reading)
    report = GateReport(
        service="shop",
        environment="staging",
        release=Release(NEW.id, NEW.version, "", "", "command line"),
        stage="full",
        started=time.time() - 60,
        duration=1.0,
        gates=(GateResult("metrics", required=True, judgements=(judgement,)),),
    )
    return replace(report, **changes)


def why(tmp_path, *reports):
    store = open_store(str(tmp_path / "state.sqlite"))
    for report in reports:
        decision = decide(report)
        store.save(report_json.render(report, decision), report, decision)
    try:
        return missing_pass(store, "shop", REQUIRES, NEW)
    finally:
        store.close()


def test_what_passed_in_staging_comes_in(tmp_path):
    """The twin of all that is refused below."""
    assert why(tmp_path, run()) == ""


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ((), "was never judged by stage full in staging"),
        ((run(release=Release("sha256:" + "cc" * 32, "2", "", "", "x")),), "was never judged"),
        ((run(environment="dev"),), "was never judged"),
        ((run(stage="quick"),), "was never judged"),
        ((run(service="till"),), "was never judged"),
        ((run(started=time.time() - 7200),), "ago, wanted <= "),
        ((run(0.5),), "says: do not promote"),
        ((run(incomplete=("tests were deselected",)),), "says: hold"),
        ((run(observed=True),), "was only observed"),
        ((run(started=time.time() - 120), run(0.5)), "says: do not promote"),
    ],
    ids=["none", "digest", "environment", "stage", "service", "old", "failed", "part", "observed", "failed since"],
)
def test_what_did_not_stays_out(tmp_path, reports, words):
    """It differs in one fact, which is named."""
    assert words in why(tmp_path, *reports)
