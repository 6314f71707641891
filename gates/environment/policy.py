"""The part of an environment that says how it is judged and released: gates, their reports, the policy."""

from typing import Annotated, Literal

from pydantic import Field

from gates.environment.fields import Count, Flag, Seconds, Text, choice
from gates.environment.limits import Limits
from gates.environment.section import Section


class ReportSource(Section):
    """Files that other jobs wrote. At least one has to be there."""

    junit: Text = Field(description="JUnit XML files: a glob, relative to the working directory")
    max_age: Seconds | None = Field(None, description="older files are not evidence")

    @property
    def kind(self) -> str:
        """Which kind of report it is: the key that names the files."""
        return "junit"


class GateSettings(Section):
    """A gate: whether it decides, its limits, and the reports that it judges."""

    required: Flag = Field(True, description="false: advisory, reported and never deciding")
    limits: Limits = Field({}, description="what is limited and how: response_time: '<= 1s'")
    reports: tuple[ReportSource, ...] = Field((), description="reports of other jobs that this gate judges")
    min_tests: Count = Field(1, description="how many tests have to be really executed; 1 by default")
    required_tests: tuple[Text, ...] = Field((), description="tests that have to be there and pass: pkg.Class::name")


class Policy(Section):
    """How a release comes into this environment."""

    branch: Text | None = Field(None, description="the branch that is released here")
    approvals: tuple[Text, ...] = Field((), description="who approves; empty: nobody has to")
    rollback: Annotated[Literal["automatic", "approval", "immediate"], choice("automatic", "approval", "immediate")] = (
        Field("approval", description="how a bad release is taken back")
    )
    strategy: Annotated[Literal["rolling", "blue-green", "canary"], choice("rolling", "blue-green", "canary")] = Field(
        "rolling", description="how a release is brought out"
    )
