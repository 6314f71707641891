"""Looks at logs as an environment file says, and judges what was seen."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gates.environment import examine
from gates.measured import logs
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
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the environment's file and of the logs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write(place: Path) -> Callable[..., Path]:
    """Write a log of these lines."""

    def log(*lines: str, name: str = "app.json") -> Path:
        path = place / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return log


@pytest.fixture
def line() -> Callable[..., str]:
    """A line that keeps the contract, of so many minutes ago."""

    def written(message: str = "x", level: str = "info", minutes: float = 1, **fields: object) -> str:
        moment = datetime.fromtimestamp(time.time() - 60 * minutes, UTC).isoformat().replace("+00:00", "Z")
        document = {"@timestamp": moment, "level": level, "message": message, "trace_id": "t1", **fields}
        return json.dumps(document, ensure_ascii=False)

    return written


@pytest.fixture
def read(place: Path) -> Callable[..., object]:
    """What `examine` says of an environment with these sources (flow style) and these limits of the gate."""

    def examined(sources: str, limits: str = "{}", more: str = "") -> object:
        text = f"service: shop\nbase_url: http://127.0.0.1:9\n{more}\nlogs: {{sources: {sources}}}\n"
        Path("env.yaml").write_text(f"{text}gates: {{logs: {{limits: {limits}}}}}\n")
        return examine(Path("env.yaml"), {})

    return examined


@pytest.fixture
def judged(read, place: Path) -> Callable[..., dict[str, Judgement]]:
    """Look at a log of the name `app`, and judge it; by subject without its name."""

    def judge(keys: str, limits: str = "{}", more: str = "") -> dict[str, Judgement]:
        examination = read(f"{{app: {{{keys}}}}}", limits, more)
        assert examination.loaded is not None, [str(problem) for problem in examination.problems]
        environment = examination.loaded.model
        looking = Looking(environment, ("app",), Release(), place, lambda _: None, lambda _: None)
        measurement = Measurement(looks={"logs": logs.begin(looking)().evidence})
        found = judge_check(Check("logs", Kind.MEASURED, "app"), environment, measurement)
        named = {judgement.subject.removeprefix("app."): judgement for judgement in found}
        assert len(named) == len(found), "nothing is judged twice"
        return named

    return judge


@pytest.fixture
def see(judged) -> Callable[..., dict[str, str]]:
    """What did not pass: `{"errors": "FAIL 1 (app.json:2 boom), wanted = 0"}`."""

    def wrong(keys: str, limits: str = "{}", more: str = "") -> dict[str, str]:
        wrong.judgements = judged(keys, limits, more)
        assert wrong.judgements, "nothing was judged"
        return {
            subject: f"{one.verdict.name} {one.reason}"
            for subject, one in wrong.judgements.items()
            if one.verdict is not Verdict.PASS
        }

    return wrong
