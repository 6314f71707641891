"""What a profile has to stand: its own objectives, the limits of its gates, and the defaults."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gates.criteria import Criterion
from gates.objectives.objective import Objective
from gates.objectives.text import parse

if TYPE_CHECKING:
    from gates.environment.model import Environment


def gate_objectives(limits: Mapping[str, Criterion]) -> list[Objective]:
    """The limits of a gate as objectives, with the samples that each needs. Raises ValueError."""
    return [parse(f"{subject} {criterion}") for subject, criterion in limits.items()]


def objectives_of(
    environment: "Environment", name: str, limits: Mapping[str, Criterion] | None = None
) -> tuple[Objective, ...]:
    """The objectives of a profile, each subject once: its own come first.

    `limits`: those of one gate; of all gates that judge this profile where None.
    """
    from gates.environment.load_section import DEFAULTS, GATE

    found = {str(objective.subject): objective for objective in environment.load.profiles[name].objectives}
    shared: dict[str, Criterion] = dict(limits or {})
    if limits is None:
        for settings in environment.gates_of(GATE).values():
            if not settings.only or name in settings.only:
                shared.update(settings.limits)
    for objective in (*gate_objectives(shared), *map(parse, DEFAULTS)):
        found.setdefault(str(objective.subject), objective)
    return tuple(found.values())
