"""What has to fit together under `releasing:`: its stages, its deployer, and who may take a release back."""

from collections.abc import Iterator, Mapping
from typing import Final

from gates.environment.findings import Finding
from gates.environment.model import Environment
from gates.environment.names import nearest
from gates.environment.releasing import PLACEHOLDER, Releasing

#: What is filled into each command.
_FILLED: Final[Mapping[str, tuple[str, ...]]] = {
    "current": (),
    "deploy": ("id", "version"),
    "shift": ("id", "version", "share"),
    "promote": ("id", "version"),
    "rollback": ("id", "version"),
}


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    releasing = environment.releasing
    if releasing is None:
        return
    stages = environment.all_stages
    for key in ("pre", "step", "post"):
        name = getattr(releasing.stages, key)
        if name not in stages:
            yield ("releasing", "stages", key), f"there is no stage {name!r}", nearest(name, stages)
    yield from _deployer(releasing, environment)
    if releasing.restore_plan is not None and releasing.migration != "breaking":
        yield ("releasing", "restore_plan"), f"means nothing with `migration: {releasing.migration}`", ""
    if releasing.migration == "breaking" and releasing.restore_plan is None and not environment.policy.approvals:
        yield (
            ("releasing", "migration"),
            "is `breaking` without a `restore_plan`: people decide to go back then, and `policy.approvals` names none",
            "name a restore plan, or roles",
        )
    if environment.policy.rollback == "approval" and not environment.policy.approvals:
        yield (
            ("policy", "rollback"),
            "is `approval` (the default), and nobody is named in `approvals`: a bad release could never be taken back",
            "write `rollback: automatic`, or name roles",
        )
    if releasing.bake and releasing.every > releasing.bake:
        yield ("releasing", "every"), f"is more than `bake` ({releasing.bake:g} s): it would be judged once", ""


def _deployer(releasing: Releasing, environment: Environment) -> Iterator[Finding]:
    if releasing.deployer == "process":
        if environment.demo is None:
            yield ("releasing", "deployer"), "`process` releases the demo service, and there is no `demo:`", ""
        for key in ("commands", "interrupts"):
            if key in releasing.model_fields_set:
                yield ("releasing", key), "means nothing for `deployer: process`", ""
        return
    if releasing.commands is None:
        yield ("releasing", "deployer"), "`command` needs `commands:`", "write at least current, deploy and rollback"
        return
    if releasing.commands.shift is None and "steps" in releasing.model_fields_set:
        yield ("releasing", "steps"), "there is no command `shift`: it is all or none", "write one, or remove `steps`"
    if releasing.commands.shift is not None and releasing.commands.promote is None:
        yield ("releasing", "commands"), "has `shift` and no `promote`: it could never be the one that serves", ""
    for name, words in releasing.commands.written():
        known = _FILLED[name]
        for index, word in enumerate(words):
            for found in PLACEHOLDER.findall(word):
                if found not in known:
                    path = ("releasing", "commands", name, index)
                    yield path, f"{{{{ {found} }}}} is not known here", nearest(found, known) if known else ""
