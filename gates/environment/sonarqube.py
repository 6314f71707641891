"""A SonarQube server that is asked for the quality gate of a project's newest analysis."""

from pydantic import Field

from gates.environment.addresses import BaseUrl
from gates.environment.fields import Body, ExistingPath, Text, Timeout
from gates.environment.section import Section


class SonarQube(Section):
    """Which server is asked for which project."""

    url: BaseUrl = Field(description="the server: https://sonar.example.com")
    project: Text = Field(description="the project's key")
    token: Body | None = Field(None, description="a token of a user who may browse it: ${SONAR_TOKEN}")
    branch: Text | None = Field(None, description="the branch; the project's main branch if none")
    pull_request: Text | None = Field(None, description="the pull request's number, in place of a branch")
    timeout: Timeout = Field(30.0, description="how long one request may take")
    ca_file: ExistingPath | None = Field(None, description="a PEM file of the authorities to trust")
