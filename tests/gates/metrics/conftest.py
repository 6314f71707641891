"""Asks a real Prometheus as an environment file says, and judges what it answered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gates.environment import LoadedEnvironment, examine
from gates.measured import metrics
from gates.measured.judging import judge_check
from gates.measured.seam import Looked, Looking
from gates.measurement import Measurement
from gates.plan import Check, Kind
from reports.gate_report import Release
from reports.judgement import Judgement
from tests.checks.conftest import dead_port, loop_thread, servers
from tests.checks.prometheus.conftest import prometheus_with_history
from tests.checks.prometheus.running import Running

__all__ = ["dead_port", "loop_thread", "prometheus_with_history", "servers"]


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """What is wrong with an environment that has this `metrics:` section (flow style)."""
    monkeypatch.chdir(tmp_path)

    def read(section: str, limits: str = "{}") -> list[str]:
        return [str(problem) for problem in _examine(section, limits).problems]

    return read


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LoadedEnvironment]:
    """An environment that has this `metrics:` section (flow style), and limits of its gate."""
    monkeypatch.chdir(tmp_path)

    def read(section: str, limits: str = "{}") -> LoadedEnvironment:
        examination = _examine(section, limits)
        assert examination.loaded is not None, [str(problem) for problem in examination.problems]
        return examination.loaded

    return read


def _examine(section: str, limits: str):
    text = f"service: shop\nbase_url: http://h.example.com\nmetrics: {section}\n"
    Path("env.yaml").write_text(f"{text}gates: {{metrics: {{limits: {limits}}}}}\n")
    return examine(Path("env.yaml"), {})


@pytest.fixture
def looked(load: Callable[..., LoadedEnvironment], tmp_path: Path) -> Callable[..., tuple[LoadedEnvironment, Looked]]:
    """Look at everything that a `metrics:` section declares; `between`: what happens between two scrapes."""

    def look(section: str, limits: str = "{}", between: Callable[[], object] = lambda: None):
        environment = load(section, limits)
        names = tuple(metrics.names(environment.model))
        looking = Looking(environment.model, names, Release(), tmp_path, lambda _: None, lambda _: None)
        finish = metrics.begin(looking)
        between()
        return environment, finish()

    return look


@pytest.fixture
def judged(looked) -> Callable[..., dict[str, Judgement]]:
    """The judgements of everything that a `metrics:` section declares, by subject."""

    def judge(section: str, limits: str = "{}", between: Callable[[], object] = lambda: None) -> dict[str, Judgement]:
        environment, seen = looked(section, limits, between)
        measurement = Measurement(looks={"metrics": seen.evidence})
        found = [
            (judgement.subject, judgement)
            for name in metrics.names(environment.model)
            for judgement in judge_check(Check("metrics", Kind.MEASURED, name), environment.model, measurement)
        ]
        assert len(dict(found)) == len(found), "nothing is judged twice"
        return dict(found)

    return judge


@pytest.fixture
def ask(judged, prometheus_with_history: Running) -> Callable[..., Judgement]:
    """The judgement of one query, put to a Prometheus with a history."""

    def one(query: str, limits: str = "{}") -> Judgement:
        section = f"{{prometheus: {{url: '{prometheus_with_history.url}'}}, queries: {{q: {query}}}}}"
        (judgement,) = judged(section, limits).values()
        return judgement

    return one
