"""Gates that look before the tests begin: which checks they have, under which name, and what is refused."""

from pathlib import Path

import pytest

from gates.environment import examine
from gates.measured.registry import MEASURED
from gates.plan import plan_for

TWO = """\
service: shop
base_url: http://h.example.com
security: {pages: {a: {http: /a}}, bursts: {b: {http: /b}}}
gates:
  live-security: {only: [a], limits: {csp.present: "= true"}}
  hammering: {kind: live-security, only: [b]}
"""


@pytest.fixture
def planned(tmp_path: Path):
    def plan(text: str):
        (tmp_path / "env.yaml").write_text(text)
        return plan_for(str(tmp_path / "env.yaml"), None, None)

    return plan


def test_the_registry_names_modules_that_have_what_the_seam_asks_for():
    """Each registered gate has its functions, its section in the environment, its rules and its gate file."""
    from gates.environment.model import Environment

    for name, registered in MEASURED.items():
        gate = registered.gate
        assert gate.SECTION == registered.section in Environment.model_fields
        assert isinstance(gate.ALONE, bool)
        assert all(callable(getattr(gate, part)) for part in ("names", "needs", "begin", "judge"))
        assert all(callable(getattr(registered.section_rules, part)) for part in ("crosscheck", "limits_under"))
        text = (Path(__file__).parents[3] / "gates" / f"{registered.test}.py").read_text()
        assert f"def test_{name.replace('-', '_')}(" in text


def test_a_gate_may_judge_a_part_under_a_name_of_its_own(planned):
    """`only` chooses checks and `kind` says which gate it is; ids tell two gates of a kind apart."""
    plan = planned(TWO)
    assert [(check.gate, check.id) for check in plan.checks_for("gate_live_security")] == [
        ("live-security", "a"),
        ("hammering", "hammering/b"),
    ]
    whole = planned(TWO.replace("only: [a], ", ""))
    assert [check.id for check in whole.checks if check.gate == "live-security"] == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (("kind: live-security", "kind: live-securty"), "gates.hammering.kind", "live-security"),
        (("only: [b]", "only: [c]"), "gates.hammering.only.0", "there is no check under `security:` 'c'"),
        (("only: [b]", "only: []"), "gates.hammering.only", "is empty"),
        (("kind: live-security, ", ""), "gates.hammering.only", "is for gates of the kinds"),
    ],
    ids=["unknown-kind", "unknown-check", "empty", "no-kind"],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, change: tuple[str, str], key: str, words: str):
    """A misspelt kind or check would judge nothing; the file as it stands is right."""
    path = tmp_path / "env.yaml"
    path.write_text(TWO.replace('limits: {csp.present: "= true"}', "limits: {}"))
    assert examine(path, {}).problems == ()
    path.write_text(path.read_text().replace(*change))
    [problem] = examine(path, {}).problems
    assert problem.key == key
    assert words in str(problem)
