"""What a person who waits for the sweep is told."""

from pathlib import Path

import pytest

from gates import measuring
from gates.environment import load
from gates.probing import probes

ENVIRONMENT = (
    "service: shop\nbase_url: {}\nendpoints: {{a: {{http: /health}}, b: {{http: /version}}}}\ngates: {{health: {{}}}}\n"
)


@pytest.mark.parametrize(("patience", "told"), [(0.0, ["measuring: 1 of 2"]), (60.0, [])])
def test_a_long_sweep_says_how_far_it_is(server, tmp_path: Path, monkeypatch, patience: float, told: list[str]) -> None:
    """Each probe that is done may be told, the last one in the summary only; a quick sweep says nothing between."""
    monkeypatch.setattr(measuring, "_PATIENCE", patience)
    (tmp_path / "env.yaml").write_text(ENVIRONMENT.format(server.url))
    environment = load(str(tmp_path / "env.yaml")).model
    said: list[str] = []
    evidence, notes = measuring._sweep(environment, probes(environment, {"a", "b"}), said.append)
    assert set(evidence) == {"a", "b"}
    assert [line.partition(" (")[0] for line in said[:-1]] == told
    assert said[-1] == f"measured {notes[0]}"
