"""Makes the plan of a release out of what the environment says and what serves now."""

from gates.environment.loading import LoadedEnvironment
from gates.environment.releasing import Releasing
from releases.deployers.interface import Deployer, Version
from releases.plan import Migration, Pace, Plan, Rollback, Stages


def plan_of(loaded: LoadedEnvironment, releasing: Releasing, deployer: Deployer, candidate: Version) -> Plan:
    """The plan. What serves users now is what can come back. Raises UnknownStateError where that can't be seen."""
    environment = loaded.model
    policy = environment.policy
    stages = releasing.stages
    # `immediate` lets no failure pass: it counts at once.
    recheck = 0.0 if policy.rollback == "immediate" else releasing.recheck
    return Plan(
        service=environment.service,
        environment=loaded.name,
        strategy=releasing.deployer,
        candidate=candidate,
        back_to=deployer.current().stable,
        stages=Stages(stages.pre, stages.step, stages.post),
        pace=Pace(
            releasing.steps,
            pause=releasing.pause,
            bake=releasing.bake,
            every=releasing.every,
            recheck=recheck,
            hold_deadline=releasing.hold_deadline,
        ),
        rollback=Rollback.BY_APPROVAL if policy.rollback == "approval" else Rollback.AUTOMATIC,
        approvals=tuple(policy.approvals),
        migration=Migration(releasing.migration),
        restore_plan=releasing.restore_plan or "",
        interrupts=deployer.interrupts,
    )
