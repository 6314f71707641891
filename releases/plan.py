"""What is going to be done with a release: known, printed and journaled before anything moves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from checks.units import format_value
from releases.deployers.interface import Version


class Migration(Enum):
    """What the release does to the schema of the data."""

    NONE = "none"
    COMPATIBLE = "compatible"
    BREAKING = "breaking"


class Rollback(Enum):
    """How a bad release is taken back: by itself, or at once out of traffic and the rest when somebody approves."""

    AUTOMATIC = "automatic"
    BY_APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Stages:
    """The declared stages that are judged: before anything moves, at each step, and when everybody is on it."""

    pre: str
    step: str
    post: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes; all in seconds but the steps.

    `steps`: percent of users, ascending, 100 last; `pause`: after each step, before it is judged; `bake`: how long it
    is watched at 100 percent, `every`: how often; `recheck`: after which a failed judgement is made again before it
    counts; `hold_deadline`: how long what can't be judged may stay so.
    """

    steps: tuple[int, ...] = (100,)
    pause: float = 0.0
    bake: float = 900.0
    every: float = 60.0
    recheck: float = 30.0
    hold_deadline: float = 600.0

    def __post_init__(self) -> None:
        """Raises ValueError for steps that do not lead to everybody."""
        if not self.steps or self.steps[-1] != 100 or list(self.steps) != sorted(set(self.steps)) or self.steps[0] < 1:
            raise ValueError(f"the steps {list(self.steps)} do not ascend from 1 or more to 100 percent")


@dataclass(frozen=True, slots=True)
class Plan:
    """A release, planned. `back_to`: proven to exist; None where nothing serves yet, so that nothing can come back."""

    service: str
    environment: str
    strategy: str
    candidate: Version
    back_to: Version | None
    stages: Stages
    pace: Pace = field(default_factory=Pace)
    rollback: Rollback = Rollback.AUTOMATIC
    approvals: tuple[str, ...] = ()
    migration: Migration = Migration.NONE
    restore_plan: str = ""
    interrupts: bool = False

    @property
    def returns_by_itself(self) -> bool:
        """Whether a bad candidate is taken back without a person. Data of a breaking migration would not fit."""
        safe = self.migration is not Migration.BREAKING or bool(self.restore_plan)
        return self.rollback is Rollback.AUTOMATIC and safe and self.back_to is not None

    def to_dict(self) -> dict[str, Any]:
        """JSON values for the journal."""
        data = asdict(self)
        return {**data, "rollback": self.rollback.value, "migration": self.migration.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Plan":
        """The inverse of `to_dict`. Raises KeyError, TypeError or ValueError for anything else."""
        back_to = data["back_to"]
        pace = dict(data["pace"])
        return cls(
            service=data["service"],
            environment=data["environment"],
            strategy=data["strategy"],
            candidate=Version(**data["candidate"]),
            back_to=None if back_to is None else Version(**back_to),
            stages=Stages(**data["stages"]),
            pace=Pace(**{**pace, "steps": tuple(pace["steps"])}),
            rollback=Rollback(data["rollback"]),
            approvals=tuple(data["approvals"]),
            migration=Migration(data["migration"]),
            restore_plan=data["restore_plan"],
            interrupts=data["interrupts"],
        )


def lines(plan: Plan) -> list[str]:
    """The plan for people, a line for each thing that is going to happen."""
    old = plan.back_to.label if plan.back_to is not None else "nothing"
    pace = plan.pace
    found = [
        f"{plan.service} in {plan.environment}: {old} → {plan.candidate.label}, strategy {plan.strategy}",
        f"1. judge stage {plan.stages.pre}: before anything moves",
    ]
    if plan.approvals:
        found.append(f"   approvals of: {', '.join(plan.approvals)}")
    found.append(f"2. deploy {plan.candidate.label}" + (" (users notice: it interrupts)" if plan.interrupts else ""))
    pause = f", {format_value(pace.pause, 's')} after it" if pace.pause else ""
    shares = " → ".join(f"{share} %" for share in pace.steps)
    found.append(f"3. users: {shares}, each step judged by stage {plan.stages.step}{pause}")
    bake, every = format_value(pace.bake, "s"), format_value(pace.every, "s")
    found.append(
        f"4. watch for {bake}, every {every}; a failure is judged again after {format_value(pace.recheck, 's')}"
    )
    found.append(f"5. promote, judge stage {plan.stages.post}, remove older versions but {old}")
    found.append(f"   {_back(plan, old)}")
    return found


def _back(plan: Plan, old: str) -> str:
    if plan.back_to is None:
        return "nothing serves now, so nothing can be brought back: where it fails, somebody is called"
    if plan.migration is Migration.BREAKING and not plan.restore_plan:
        return "NO AUTOMATIC ROLLBACK: the migration is breaking, and no restore plan is named"
    restore = f" by the restore plan {plan.restore_plan}" if plan.migration is Migration.BREAKING else ""
    if plan.rollback is Rollback.BY_APPROVAL:
        return f"where it fails, it is taken out of traffic; back to {old}{restore} when somebody approves"
    return (
        f"where it fails, or can't be judged for {format_value(plan.pace.hold_deadline, 's')}: back to {old}{restore}"
    )
