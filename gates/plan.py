"""What a stage is going to look at: its gates, the checks of each, and the gate files that judge them."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from gates.assembly import DeclaredGate
from gates.errors import ConfigurationError
from gates.measured.registry import MEASURED
from gates.selection import is_gate_file

if TYPE_CHECKING:
    from gates.environment.loading import LoadedEnvironment
    from gates.environment.model import Environment

_HERE = Path(__file__).resolve().parent
#: Gates that come with Tidegate: name -> the module that judges them.
BUILT_IN: Mapping[str, str] = {
    "health": "gate_health",
    "smoke": "gate_smoke",
    **{gate.name: gate.test for gate in MEASURED.values()},
}


class Kind(Enum):
    """What a check looks at."""

    READINESS = "readiness"
    RELEASE = "release"
    ENDPOINT = "endpoint"
    EXTERNAL = "external service"
    GROUP = "group"
    JOURNEY = "journey"
    MEASURED = "what was looked at before the tests"
    COVERAGE = "coverage reports"
    FINDINGS = "reports of findings"
    QUALITY = "reports of quality"
    BUDGET = "reports of durations"
    PAGES = "reports of pages"
    REPORTS = "reports"
    NOTHING = "nothing"


#: What judges report files: a gate with files of one kind has the module of that kind, any other `gate_reports`.
_MODULES: Mapping[Kind, str] = {
    Kind.COVERAGE: "gate_coverage",
    Kind.FINDINGS: "gate_security",
    Kind.QUALITY: "gate_quality",
    Kind.BUDGET: "gate_budget",
    Kind.PAGES: "gate_accessibility",
    Kind.REPORTS: "gate_reports",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a gate judges; a `NOTHING` stands for a gate that has been given nothing to judge.

    `gate`: as it is declared; `of`: which of Tidegate's gates that is, where its name is another.
    """

    gate: str
    kind: Kind
    name: str
    of: str = ""

    @property
    def built_in(self) -> str:
        """Which of Tidegate's gates judges it."""
        return self.of or self.gate

    @property
    def id(self) -> str:
        """What stands between the brackets of its test's name: two gates of one kind may judge the same thing."""
        return f"{self.gate}/{self.name}" if self.of else self.name


@dataclass(frozen=True, slots=True)
class Plan:
    """A stage of an environment. `files`: the gate files that judge it."""

    loaded: "LoadedEnvironment"
    stage: str
    gates: tuple[DeclaredGate, ...]
    checks: tuple[Check, ...] = ()
    files: tuple[Path, ...] = field(default=())

    @property
    def name(self) -> str:
        """The environment's name."""
        return self.loaded.name

    @property
    def environment(self) -> "Environment":
        """What the environment's file says."""
        return self.loaded.model

    def resolved(self, addresses: Mapping[str, str]) -> "Plan":
        """The same with the demo target's addresses filled in. Raises ConfigurationError."""
        return replace(self, loaded=self.loaded.resolve_demo(addresses)) if addresses else self

    @property
    def gate_names(self) -> tuple[str, ...]:
        """The stage's gates in their order."""
        return tuple(gate.name for gate in self.gates)

    def checks_for(self, module: str) -> tuple[Check, ...]:
        """The checks that a gate module judges."""
        return tuple(check for check in self.checks if _module_of(check) == module)


def plan_for(name: str, env_dir: str | None, stage: str | None) -> Plan:
    """Load an environment and plan a stage of it. Raises ConfigurationError."""
    from gates.environment import load

    loaded = load(name, env_dir)
    environment = loaded.model
    chosen = stage or environment.stage
    stages = environment.all_stages
    if chosen not in stages:
        near = difflib.get_close_matches(chosen, stages, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigurationError(
            f"there is no stage {chosen!r}",
            file=str(loaded.path),
            key="stages",
            hint=f"{hint}stages: {', '.join(stages)}",
        )
    names = stages[chosen]
    checks = tuple(check for gate in names for check in _checks(environment, gate))
    gates = tuple(
        DeclaredGate(gate, environment.gates[gate].required, frozenset(c.name for c in checks if c.gate == gate))
        for gate in names
    )
    own = tuple(_own_files(environment, str(loaded.path)))
    modules = dict.fromkeys(_module_of(check) for check in checks)
    files = (*(_HERE / f"{module}.py" for module in modules), *own)
    return Plan(loaded, chosen, gates, checks, files)


def _checks(environment: "Environment", gate: str) -> Iterator[Check]:
    settings = environment.gates[gate]
    measured = MEASURED.get(environment.kind_of(gate))
    if settings.reports:
        yield Check(gate, _kind_of({source.kind for source in settings.reports}), gate)
    elif gate == "health":
        found = list(_health_checks(environment))
        yield from found or [Check(gate, Kind.NOTHING, "endpoints")]
    elif gate == "smoke":
        found = [Check(gate, Kind.JOURNEY, name) for name in environment.journeys]
        yield from found or [Check(gate, Kind.NOTHING, "journeys")]
    elif measured is not None:
        of = measured.name if gate != measured.name else ""
        names = settings.only or measured.gate.names(environment)
        found = [Check(gate, Kind.MEASURED, name, of) for name in names]
        yield from found or [Check(gate, Kind.NOTHING, measured.section, of)]


def _health_checks(environment: "Environment") -> Iterator[Check]:
    grouped = {member for group in environment.groups.values() for member in group.members}
    looked_at = [
        *(Check("health", Kind.ENDPOINT, name) for name in environment.endpoints if name not in grouped),
        *(Check("health", Kind.EXTERNAL, name) for name in environment.external_services),
        *(Check("health", Kind.GROUP, name) for name in environment.groups),
    ]
    # Readiness and identity come first, and alone they are not health: something has to be looked at.
    if looked_at and environment.readiness is not None:
        yield Check("health", Kind.READINESS, "target.ready")
    if looked_at and environment.release is not None:
        yield Check("health", Kind.RELEASE, "target.release")
    yield from looked_at


#: The kinds of reports that have a gate module of their own.
_OF_REPORTS: Mapping[Kind, frozenset[str]] = {
    Kind.COVERAGE: frozenset(("coverage",)),
    Kind.FINDINGS: frozenset(("findings",)),
    Kind.QUALITY: frozenset(("complexity", "duplication", "quality_gate", "sonarqube")),
    Kind.BUDGET: frozenset(("durations", "image")),
    Kind.PAGES: frozenset(("lighthouse", "axe")),
}


def _kind_of(reports: set[str]) -> Kind:
    return next((kind for kind, known in _OF_REPORTS.items() if reports <= known), Kind.REPORTS)


def _module_of(check: Check) -> str:
    return _MODULES.get(check.kind) or BUILT_IN[check.built_in]


def _own_files(environment: "Environment", file: str) -> Iterator[Path]:
    for path in environment.gate_files:
        found = Path(path)
        files = sorted(found.rglob("gate_*.py")) if found.is_dir() else [found]
        if not files:
            raise ConfigurationError(f"{found} holds no gate_*.py", file=file, key="gate_files")
        for gate_file in files:
            if not is_gate_file(gate_file.name):
                raise ConfigurationError(f"{gate_file} is not named gate_*.py", file=file, key="gate_files")
            yield gate_file
