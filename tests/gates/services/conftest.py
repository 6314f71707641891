"""Looks at real servers as an environment file says, and judges what was seen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from checks.services.run import look_at_services
from gates.environment import LoadedEnvironment, examine
from gates.measured.judging import judge_check
from gates.measurement import Measurement
from gates.plan import Check, Kind
from reports.judgement import Judgement
from reports.verdict import Verdict
from tests.checks.services.conftest import ca, ca_file, cache, cache_replica, maria, maria_replica, pg, pg_replica
from tests.services.postgresql import PASSWORD

__all__ = ["ca", "ca_file", "cache", "cache_replica", "maria", "maria_replica", "pg", "pg_replica"]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LoadedEnvironment]:
    """The environment with this `services:` section (flow style), its limits of the gate, and what else it has."""
    monkeypatch.chdir(tmp_path)

    def read(services: str, limits: str = "{}", more: str = "") -> LoadedEnvironment:
        text = f"service: shop\n{more}\nservices: {services}\ngates: {{services: {{limits: {limits}}}}}\n"
        Path("env.yaml").write_text(text)
        examination = examine(Path("env.yaml"), {"PASSWORD": PASSWORD, "WRONG_PASSWORD": "not-the-password"})
        assert examination.loaded is not None, [str(problem) for problem in examination.problems]
        return examination.loaded

    return read


@pytest.fixture
def judged(load) -> Callable[..., dict[str, Judgement]]:
    """Look at everything that a `services:` section declares; its judgements by subject, without the service's name."""

    def judge(services: str, limits: str = "{}", more: str = "") -> dict[str, Judgement]:
        environment = load(services, limits, more).model
        looks = [(name, service) for _, name, service in environment.services.looks()]
        seen = look_at_services([service.probe(name) for name, service in looks])
        measurement = Measurement(looks={"services": seen})
        found = [
            (judgement.subject.removeprefix(f"{name}."), judgement)
            for name, _ in looks
            for judgement in judge_check(Check("services", Kind.MEASURED, name), environment, measurement)
        ]
        assert len(dict(found)) == len(found), "nothing is judged twice"
        return dict(found)

    return judge


@pytest.fixture
def wrong(judged) -> Callable[..., dict[str, str]]:
    """What did not pass, each with its verdict and reason: `{"up": "FAIL connection refused"}`. A twin is `{}`."""

    def ask(services: str, limits: str = "{}") -> dict[str, str]:
        found = judged(services, limits)
        assert found["up"].criterion == "= true", "something was judged"
        assert PASSWORD not in repr(found), "no secret is in what is said"
        return {
            subject: f"{judgement.verdict.name} {judgement.reason}"
            for subject, judgement in found.items()
            if judgement.verdict is not Verdict.PASS
        }

    return ask
