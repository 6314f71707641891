"""The section `releasing:`: what may stand there, and what has to fit together; each mistake with a twin that fits."""

import pytest

from gates.environment import examine
from gates.environment.releasing import Releasing

FRAME = """\
service: shop
demo: {}
base_url: ${demo.url}
gates: {health: {}}
stages: {full: [health]}
policy: {rollback: automatic}
"""
GOOD = "releasing: {deployer: process, stages: {pre: full, step: full, post: full}%s}\n"


def problems(tmp_path, text):
    path = tmp_path / "shop.yaml"
    path.write_text(text)
    return examine(path).problems


def test_defaults_are_those_of_the_requirements(tmp_path):
    """Steps of 20 percent, watched for 900 s every 60 s, a failure judged again after 30 s."""
    path = tmp_path / "shop.yaml"
    path.write_text(FRAME + GOOD % "")
    loaded = examine(path).loaded
    assert loaded is not None
    releasing = loaded.model.releasing
    assert isinstance(releasing, Releasing)
    assert (releasing.steps, releasing.bake, releasing.every, releasing.recheck) == ((20, 40, 60, 80, 100), 900, 60, 30)


@pytest.mark.parametrize(
    ("bad", "key", "words", "good"),
    [
        (", steps: []", "steps", "a list of percents is needed", ", steps: [100]"),
        (", steps: [20, 60]", "steps", "the last step is everybody: 100, not 60", ", steps: [20, 60, 100]"),
        (", steps: [60, 20, 100]", "steps", "steps ascend: 20 comes after 60", ", steps: [1, 100]"),
        (", steps: [0, 100]", "steps", "from 1 to 100 percent, not the number 0", ", steps: [99, 100]"),
        (", steps: ['20 %', 100]", "steps", "from 1 to 100 percent, not the text", ", steps: [20, 100]"),
        (", steps: [true, 100]", "steps", "not the truth value", ", steps: [50, 100]"),
        (", pause: 30", "pause", "30 has no unit", ", pause: 0s"),
        (", bake: -1s", "bake", "out of range", ", bake: 0s"),
        (", every: 0s", "every", "more than 0", ", every: 1s"),
        (", every: 20min", "every", "is more than `bake` (900 s)", ", every: 15min"),
        (", migration: maybe", "migration", "'maybe' is not known", ", migration: compatible"),
        (
            ", restore_plan: nightly",
            "restore_plan",
            "means nothing with `migration: none`",
            ", migration: breaking, restore_plan: nightly",
        ),
        (
            ", migration: breaking",
            "migration",
            "`policy.approvals` names none",
            ", migration: breaking, restore_plan: nightly",
        ),
        (", deployr: process", "deployr", "did you mean 'deployer'", ""),
        (
            ", requires: {environment: staging}",
            "requires",
            "stage",
            ", requires: {environment: staging, stage: full}",
        ),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path, bad, key, words, good):
    """One error, at its place."""
    found = problems(tmp_path, FRAME + GOOD % bad)
    assert any(words in str(problem) and f"releasing.{key}" in str(problem) for problem in found), found
    assert problems(tmp_path, FRAME + GOOD % good) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("step: full", "step: fall"), "releasing.stages.step: there is no stage 'fall'; did you mean 'full'"),
        (("demo: {}\nbase_url: ${demo.url}\n", "base_url: https://h\n"), "there is no `demo:`"),
        (("policy: {rollback: automatic}\n", ""), "policy"),
        (
            ("policy: {rollback: automatic}", "policy: {rollback: approval}"),
            "policy.rollback: is `approval` (the default), and nobody is named",
        ),
    ],
)
def test_what_does_not_fit_together(tmp_path, change, words):
    """Stages that there are, a demo for its deployer, and people who may take a release back."""
    found = problems(tmp_path, (FRAME + GOOD % "").replace(*change))
    assert any(words in str(problem) for problem in found), found
    named = (FRAME + GOOD % "").replace("{rollback: automatic}", "{rollback: approval, approvals: [CTO]}")
    assert problems(tmp_path, named) == ()


OWN = """\
service: shop
base_url: https://shop.example.com
gates: {health: {}}
stages: {full: [health]}
policy: {rollback: automatic}
releasing:
  deployer: command
  stages: {pre: full, step: full, post: full}
  commands:
    current: [helm, status]
    deploy: [helm, upgrade, "{{ id }}"]
    rollback: [helm, rollback, "{{ id }}"]
"""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"{{ id }}"]\n    rollback', '"{{ idd }}"]\n    rollback'), "commands.deploy.2: {{ idd }} is not known here"),
        (("[helm, status]", '[helm, "{{ id }}"]'), "commands.current.1: {{ id }} is not known here"),
        (("[helm, status]", "helm status"), "a list of words is needed, as in [helm, rollback, shop]"),
        (("[helm, status]", "[]"), "a list of words is needed"),
        (("[helm, status]", "[helm, 1]"), "a list of words is needed"),
        (("    current: [helm, status]\n", ""), "is missing"),
        (("  commands:", "  steps: [20, 100]\n  commands:"), "there is no command `shift`: it is all or none"),
        (("    deploy:", "    shift: [x]\n    deploy:"), "has `shift` and no `promote`"),
        (("deployer: command", "deployer: process"), "means nothing for `deployer: process`"),
    ],
)
def test_own_commands(tmp_path, change, words):
    """What is filled in is known, and what belongs together is there."""
    found = problems(tmp_path, OWN.replace(*change))
    assert any(words in str(problem) for problem in found), found
    assert problems(tmp_path, OWN) == ()
