"""What has to fit together under `releasing:`: its stages, its deployer, and who may take a release back."""

from collections.abc import Iterator

from gates.environment.findings import Finding
from gates.environment.model import Environment
from gates.environment.names import nearest


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
    if environment.demo is None:
        yield ("releasing", "deployer"), "`process` releases the demo service, and there is no `demo:`", ""
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
