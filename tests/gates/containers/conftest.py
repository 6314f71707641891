"""Looks at a private engine as an environment file says, and judges what was seen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gates.environment import LoadedEnvironment, examine
from gates.measured import containers
from gates.measured.judging import judge_check
from gates.measured.seam import Looking
from gates.measurement import Measurement
from gates.plan import Check, Kind
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.verdict import Verdict
from tests.checks.engine.dockerd import box, engine

__all__ = ["box", "engine"]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LoadedEnvironment]:
    """The environment with this `containers:` section (flow style) and these limits of the gate."""
    monkeypatch.chdir(tmp_path)

    def read(section: str, limits: str = "{}") -> LoadedEnvironment:
        Path("env.yaml").write_text(
            f"service: shop\ncontainers: {section}\ngates: {{containers: {{limits: {limits}}}}}\n"
        )
        examination = examine(Path("env.yaml"), {})
        assert examination.loaded is not None, [str(problem) for problem in examination.problems]
        return examination.loaded

    return read


@pytest.fixture
def judged(load, tmp_path) -> Callable[..., dict[str, Judgement]]:
    """Look at the services of a section, and judge them; by subject, without the service's name where there is one."""

    def judge(services: str, engine: str, *, limits: str = "{}", release: Release | None = None, again=False):
        said: list[str] = []
        section = f"{{engine: '{engine}', watch: 300ms, every: 200ms, services: {services}}}"
        environment = load(section, limits).model
        names = tuple(containers.names(environment))
        looking = Looking(environment, names, release or Release(), tmp_path, said.append, lambda _: None)
        # The engine takes its time: what was seen may be judged by another file.
        if not again:
            judge.seen = containers.begin(looking)().evidence
        measurement = Measurement(release=release or Release(), looks={"containers": judge.seen})
        found = [
            (judgement.subject.removeprefix(f"{name}." if len(names) == 1 else ""), judgement)
            for name in names
            for judgement in judge_check(Check("containers", Kind.MEASURED, name), environment, measurement)
        ]
        assert len(dict(found)) == len(found), "nothing is judged twice"
        judge.said = said
        return dict(found)

    return judge


@pytest.fixture
def wrong() -> Callable[[dict[str, Judgement]], dict[str, str]]:
    """What did not pass: `{"shop-web-1.restarts": "FAIL 2, wanted = 0"}`."""

    def pick(judgements: dict[str, Judgement]) -> dict[str, str]:
        assert judgements, "nothing was judged"
        return {
            subject: f"{one.verdict.name} {one.reason}"
            for subject, one in judgements.items()
            if one.verdict is not Verdict.PASS
        }

    return pick
