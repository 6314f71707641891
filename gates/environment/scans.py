"""The scans that Tidegate runs itself: which scanner looks at what, and how fresh its knowledge has to be."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from gates.environment.fields import Count, Flag, Params, Seconds, Text, choice
from gates.environment.limits import WantedText
from gates.environment.section import Section

ToolName = Literal["bandit", "trivy", "pip-audit", "hadolint", "checkov", "radon", "jscpd"]
ScanKind = Literal["image", "fs", "config", "sbom", "requirements", "installed"]
TrivyScanner = Literal["vuln", "secret", "misconfig", "license"]

#: What a scanner's report is judged as: the key of the files that it would otherwise be.
JUDGED_AS: Mapping[str, str] = {
    **dict.fromkeys(("bandit", "trivy", "pip-audit", "hadolint", "checkov"), "findings"),
    "radon": "complexity",
    "jscpd": "duplication",
}
#: Tool -> what it may look at; the first is meant where nothing is said. Others look at files and folders.
KINDS: Mapping[str, tuple[str, ...]] = {
    "trivy": ("fs", "image", "config", "sbom"),
    "pip-audit": ("requirements", "installed"),
}
#: Keys that mean something for one tool only.
OF_ONE_TOOL: Mapping[str, str] = {
    **dict.fromkeys(("scanners", "offline", "update_database", "cache", "max_database_age"), "trivy"),
    "frameworks": "checkov",
    "min_lines": "jscpd",
    "min_tokens": "jscpd",
    "pinned": "pip-audit",
}


class ScanSettings(Section):
    """A scanner that Tidegate runs before it judges what the scanner found."""

    tool: Annotated[ToolName, choice(*get_args(ToolName))] = Field(description="the scanner")
    targets: tuple[Text, ...] = Field(
        description="files and folders, relative to `in`; images; `{{ release.id }}` names the release that is judged"
    )
    folder: Text = Field(".", alias="in", description="the folder that it runs in, relative to the working directory")
    kind: Annotated[ScanKind, choice(*get_args(ScanKind))] | None = Field(
        None, description="what the targets are: fs, image, config, sbom for Trivy; requirements, installed: pip-audit"
    )
    scanners: tuple[Annotated[TrivyScanner, choice(*get_args(TrivyScanner))], ...] = Field(
        (), description="what Trivy looks for; by default what suits the kind"
    )
    offline: Flag = Field(False, description="Trivy fetches nothing at all")
    update_database: Flag = Field(True, description="Trivy fetches its database where it is old")
    cache: Text | None = Field(None, description="where Trivy's database and cache are")
    max_database_age: Seconds = Field(86400.0, description="how old Trivy's vulnerability database may be; 24h")
    frameworks: tuple[Text, ...] = Field((), description="what Checkov looks at: dockerfile, terraform, ...")
    min_lines: Count = Field(5, description="lines that are a copy, for jscpd")
    min_tokens: Count = Field(50, description="tokens that are a copy, for jscpd")
    pinned: Flag = Field(True, description="pip-audit: the requirements name every package and its version")
    version: WantedText | None = Field(None, description="the scanner's version: '~ ^0\\.69\\.'")
    deadline: Seconds = Field(600.0, description="how long each scan may take")
    variables: Params = Field({}, description="variables for the scanner, as TRIVY_PASSWORD")
