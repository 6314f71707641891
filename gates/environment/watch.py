"""The part of an environment that says how a release is watched after it was brought out."""

from typing import Annotated

from pydantic import Field

from gates.environment.fields import Flag, Name, Pause, Reader, Seconds
from gates.environment.readers import whole
from gates.environment.section import Section


def _few(most: int) -> Reader:
    return Reader(whole(1, most), {"type": "integer", "minimum": 1, "maximum": most})


class Watch(Section):
    """How `tidegate watch` judges again and again; options of the command line come first."""

    duration: Seconds = Field(900.0, alias="for", description="how long it is watched; 15min by default")
    every: Seconds = Field(60.0, description="from the beginning of one turn to the next; 60s by default")
    recheck: Pause = Field(30.0, description="how long after a failure it is judged again; 30s by default")
    back_off: Pause = Field(30.0, description="how long after a turn that could not measure the next one comes; 30s")
    stage: Name | None = Field(None, description="the stage that is judged; the environment's default if none")
    turn_timeout: Seconds = Field(600.0, description="how long one turn may take; 10min by default")
    flaps: Annotated[int, _few(1000)] = Field(
        3, description="a criterion that fails in so many turns counts, though each recheck passed; 3 by default"
    )
    keep_going: Flag = Field(False, description="true: watch to the end after a confirmed failure, too")
