"""Jobs that Tidegate runs itself: commands that leave reports behind, for the gates that name the job."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from gates.environment.fields import Params, Reader, Seconds, Text, choice
from gates.environment.readers import whole
from gates.environment.section import Section

Step = Literal["build", "tests", "lint", "package", "deploy"]
#: The file with a job's own duration, where the job is a step of a build.
DURATIONS = "durations.json"

ExitStatus = Annotated[int, Reader(whole(0, 255), {"type": "integer", "minimum": 0, "maximum": 255})]


class JobSettings(Section):
    """Commands that run before the gates judge what they wrote. `{{ output }}` is a new, empty folder for that."""

    run: tuple[tuple[Text, ...], ...] = Field(
        description="commands as lists of arguments, without a shell; `{{ output }}` is the folder for their reports"
    )
    folder: Text = Field(".", alias="in", description="the folder that they run in, relative to the working directory")
    deadline: Seconds = Field(600.0, description="how long all of them may take together")
    exit_codes: tuple[ExitStatus, ...] = Field(
        (0,), description="how a command ends that did its work; pytest ends with 1 where a test failed: [0, 1]"
    )
    variables: Params = Field({}, description="variables over those that are there")
    step: Annotated[Step, choice(*get_args(Step))] | None = Field(
        None, description=f"the step of a build that it is: its time is written to {DURATIONS}"
    )
