"""The part of an environment that says how it is judged and released: gates, their reports, the policy."""

from typing import Annotated, Literal

from pydantic import Field

from gates.environment.fields import Count, ExistingPath, Flag, Name, Seconds, Text, choice
from gates.environment.limits import Limits
from gates.environment.scans import JUDGED_AS, ScanSettings
from gates.environment.section import Section
from gates.environment.sonarqube import SonarQube

#: The keys of a report that name files. Exactly one of them, or of MAKERS, stands in each report.
REPORT_KINDS = (
    "junit",
    "coverage",
    "findings",
    "complexity",
    "duplication",
    "quality_gate",
    "lighthouse",
    "axe",
    "durations",
    "load",
)
#: The keys of a report that Tidegate makes by itself.
MAKERS = ("scan", "image", "sonarqube")


class ReportSource(Section):
    """A report: files under the key of their kind (a glob, relative to the working directory), or what makes it."""

    junit: Text | None = Field(None, description="JUnit XML files")
    coverage: Text | None = Field(None, description="coverage reports: Cobertura, LCOV, JaCoCo, Clover, Go, ...")
    findings: Text | None = Field(None, description="findings of scanners: SARIF, Trivy, Grype, Bandit, npm audit, ...")
    complexity: Text | None = Field(None, description="radon's JSON: radon cc --json")
    duplication: Text | None = Field(None, description="jscpd's JSON report")
    quality_gate: Text | None = Field(None, description="SonarQube's answer of api/qualitygates/project_status")
    lighthouse: Text | None = Field(None, description="Lighthouse results as JSON")
    axe: Text | None = Field(None, description="axe-core results as JSON: one page or a list of pages")
    durations: Text | None = Field(None, description="how long the steps of a build took, as JSON of your CI")
    load: Text | None = Field(None, description="reports of load generators: Locust, k6, JMeter")
    scan: ScanSettings | None = Field(None, description="a scanner that Tidegate runs itself, in place of files")
    image: Text | None = Field(None, description="a container image whose size is asked of the engine")
    sonarqube: SonarQube | None = Field(None, description="a SonarQube server that is asked for its quality gate")
    job: Name | None = Field(None, description="the job of `jobs:` that writes these files; they are relative to it")
    component: Name | None = Field(None, description="what coverage is of; reports of one component are merged")
    tool: Text | None = Field(None, description="who wrote the findings, where the file does not say: gitleaks")
    limits: Limits = Field({}, description="limits of this component; they override the gate's")
    baseline: Text | None = Field(
        None, description="an older report: `drop` compares with it; old findings don't count"
    )
    binding: Annotated[Literal["release", "job", "none"], choice("release", "job", "none")] = Field(
        "release", description="what ties the files to the release; JUnit files are tied by time alone"
    )
    max_age: Seconds | None = Field(None, description="older files are not evidence")

    @property
    def kind(self) -> str:
        """Which kind of report it is: what it is judged as."""
        if self.scan is not None:
            return JUDGED_AS[self.scan.tool]
        return next((kind for kind in (*REPORT_KINDS, *MAKERS) if getattr(self, kind) is not None), "")

    @property
    def pattern(self) -> str:
        """The pattern of its files; empty where it has none."""
        return next((str(getattr(self, kind)) for kind in REPORT_KINDS if getattr(self, kind) is not None), "")

    @property
    def maker(self) -> str:
        """What makes it here: `job`, `image`, `sonarqube`, or the name of a scanner; empty where others make it."""
        if self.scan is not None:
            return self.scan.tool
        return next((maker for maker in ("job", "image", "sonarqube") if getattr(self, maker) is not None), "")


class GateSettings(Section):
    """A gate: whether it decides, its limits, and the reports that it judges."""

    required: Flag = Field(True, description="false: advisory, reported and never deciding")
    kind: Name | None = Field(None, description="which of Tidegate's gates it is, where its name is another: load")
    only: tuple[Name, ...] = Field((), description="the checks of its kind that it judges; all of them if none")
    limits: Limits = Field({}, description="what is limited and how: response_time: '<= 1s'")
    reports: tuple[ReportSource, ...] = Field((), description="reports of other jobs that this gate judges")
    min_tests: Count = Field(1, description="how many tests have to be really executed; 1 by default")
    required_tests: tuple[Text, ...] = Field((), description="tests that have to be there and pass: pkg.Class::name")
    patch_base: Text | None = Field(None, description="the git branch or commit that `patch` counts changed lines from")
    fixable_only: Flag = Field(False, description="vulnerabilities without a fix are not counted")
    waivers: ExistingPath | None = Field(None, description="findings to live with: a YAML file, or a .trivyignore")


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
