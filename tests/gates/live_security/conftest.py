"""Looks at real servers as an environment file says, and judges what was seen."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from gates.environment import LoadedEnvironment, examine
from gates.measured.judging import judge_check
from gates.measured.security_probes import take_looks
from gates.measurement import Measurement
from gates.plan import Check, Kind
from reports.judgement import Judgement
from tests.checks.conftest import authority, dead_port, loop_thread, servers

__all__ = ["authority", "dead_port", "loop_thread", "servers"]


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """The bytes of an answer: `answer(200, {"Server": "nginx"}, b"body")`; a list holds a header several times."""

    def write(status: int = 200, headers: dict[str, str | Sequence[str]] | None = None, body: bytes = b"ok") -> bytes:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        for name, values in (headers or {}).items():
            lines += [f"{name}: {value}" for value in ([values] if isinstance(values, str) else values)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    return write


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LoadedEnvironment]:
    """The environment with this `security:` section (flow style), its limits of the gate, and what else it has."""
    monkeypatch.chdir(tmp_path)

    def read(security: str, limits: str = "{}", more: str = "") -> LoadedEnvironment:
        text = f"service: shop\nbase_url: http://h.example.com\n{more}\nsecurity: {security}\n"
        Path("env.yaml").write_text(f"{text}gates: {{live-security: {{limits: {limits}}}}}\n")
        examination = examine(Path("env.yaml"), {})
        assert examination.loaded is not None, [str(problem) for problem in examination.problems]
        return examination.loaded

    return read


@pytest.fixture
def judged(load) -> Callable[..., dict[str, Judgement]]:
    """Look at everything that a `security:` section declares; its judgements by subject, without the look's name."""

    def judge(security: str, limits: str = "{}", more: str = "") -> dict[str, Judgement]:
        environment = load(security, limits, more).model
        names = [name for _, name, _ in environment.security.looks()]
        measurement = Measurement(looks={"live-security": take_looks(environment, names)})
        found = [
            (judgement.subject.removeprefix(f"{name}."), judgement)
            for name in names
            for judgement in judge_check(Check("live-security", Kind.MEASURED, name), environment, measurement)
        ]
        assert len(dict(found)) == len(found), "nothing is judged twice"
        return dict(found)

    return judge
