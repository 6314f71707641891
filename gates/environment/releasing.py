"""The part of an environment that says how `tidegate release` brings a release out: by what, how fast, judged how."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from gates.environment.fields import Flag, Name, Reader, Seconds, Text, choice
from gates.environment.readers import duration, kind_of
from gates.environment.section import Section

#: What is filled into a word of a command.
PLACEHOLDER: Final = re.compile(r"\{\{ *(\w+) *\}\}")
_WAIT_SCHEMA = {"type": "string", "description": "a duration, or 0s: 30s, 15min"}
#: A wait of a release, in seconds; none is allowed.
Wait = Annotated[float, Reader(duration("7d", zero=True), _WAIT_SCHEMA)]


def _read_steps(value: object) -> tuple[int, ...]:
    """`[20, 60, 100]`: percent of the users, ascending to everybody."""
    if not isinstance(value, tuple | list) or not value:
        raise ValueError(f"a list of percents is needed, as in [20, 60, 100], not {kind_of(value)}")
    steps: list[int] = []
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int) or not 1 <= item <= 100:
            raise ValueError(f"a step is a whole number from 1 to 100 percent, not {kind_of(item)}")
        if steps and item <= steps[-1]:
            raise ValueError(f"steps ascend: {item} comes after {steps[-1]}")
        steps.append(item)
    if steps[-1] != 100:
        raise ValueError(f"the last step is everybody: 100, not {steps[-1]}")
    return tuple(steps)


Steps = Annotated[
    tuple[int, ...],
    Reader(_read_steps, {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1, "maximum": 100}}),
]


def _read_command(value: object) -> tuple[str, ...]:
    """An argument list; there is no shell."""
    if not isinstance(value, tuple | list) or not value or not all(isinstance(word, str) and word for word in value):
        raise ValueError(
            f"a list of words is needed, as in [helm, rollback, shop]; there is no shell; got {kind_of(value)}"
        )
    return tuple(str(word) for word in value)


Words = Annotated[
    tuple[str, ...],
    Reader(_read_command, {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}),
]


class ReleasingStages(Section):
    """The stages that are judged on the way."""

    pre: Name = Field(description="before anything moves")
    step: Name = Field(description="when the candidate runs, at each step, and while it is watched")
    post: Name = Field(description="when everybody is on the release that stays, the new or the old one")


class Requires(Section):
    """What another environment has to have said of the release before."""

    environment: Name = Field(description="where it has to have passed: staging")
    stage: Name = Field(description="the stage that has to have passed there, as a whole")
    max_age: Seconds = Field(86_400.0, description="older passes don't count; 24h by default")


class ReleasingCommands(Section):
    """Your own commands, as argument lists: no shell. Words may hold {{ id }} and {{ version }}."""

    current: Words = Field(description="prints what serves, as one JSON object")
    deploy: Words = Field(description="starts the candidate: {{ id }}, {{ version }}")
    shift: Words | None = Field(None, description="puts {{ share }} percent of the users on it; without: all or none")
    promote: Words | None = Field(None, description="makes it the release that serves; without: `deploy` does")
    rollback: Words = Field(description="brings all users back to {{ id }}, the old release, and ends the candidate")
    deadline: Seconds = Field(300.0, description="a command that takes longer is ended and has failed; 5min by default")

    def written(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The commands that there are, with their names."""
        named = {name: getattr(self, name) for name in ("current", "deploy", "shift", "promote", "rollback")}
        return tuple((name, words) for name, words in named.items() if words is not None)


class Releasing(Section):
    """How `tidegate release` brings a release out here."""

    deployer: Annotated[Literal["process", "command"], choice("process", "command")] = Field(
        description="what changes the world: `process` (the demo's processes), or `command` (your own)"
    )
    commands: ReleasingCommands | None = Field(None, description="with `deployer: command`: your own")
    interrupts: Flag = Field(False, description="true: users notice your commands at work, and the plan says so")
    stages: ReleasingStages = Field(description="the stages that are judged on the way")
    steps: Steps = Field((20, 40, 60, 80, 100), description="percent of users; [20, 40, 60, 80, 100] by default")
    pause: Wait = Field(30.0, description="after each step, before it is judged; 30s by default")
    bake: Wait = Field(900.0, description="how long it is watched when everybody is on it; 15min by default")
    every: Seconds = Field(60.0, description="how often it is judged meanwhile; 60s by default")
    recheck: Wait = Field(30.0, description="a failure counts when it is one again so much later; 30s by default")
    hold_deadline: Wait = Field(
        600.0, description="so long it may be impossible to judge before it goes back; 10min by default"
    )
    stage_deadline: Seconds = Field(1800.0, description="a stage that takes longer is ended; 30min by default")
    migration: Annotated[Literal["none", "compatible", "breaking"], choice("none", "compatible", "breaking")] = Field(
        "none", description="what releases here do to the schema of the data; none by default"
    )
    restore_plan: Text | None = Field(None, description="how data comes back after a `breaking` migration")
    requires: Requires | None = Field(None, description="what another environment has to have said of it before")
