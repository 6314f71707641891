"""The names that users' own gate files import.

    from tidegate import AtMost, Gap, Reading, measured

They are imported when they are first used, so that collecting stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.evidence import Artefact, Evidence, Gap, Reading, measured
    from checks.journey import Capture, JourneyRun, StepRequest
    from checks.secrets import Secret
    from gates.criteria import AtLeast, AtMost, Between, Criterion, CriterionError, Equals, Matches, OneOf, parse
    from gates.recorder import Inconclusive
    from reports.exhibit import Column, Limit, Mark, Plot, Series, Table
    from reports.gate_report import Decision, DecisionKind, GateReport, GateResult, Release
    from reports.judgement import Judgement
    from reports.verdict import Verdict, worst

__all__ = [
    "Artefact",
    "AtLeast",
    "AtMost",
    "Between",
    "Capture",
    "Column",
    "Criterion",
    "CriterionError",
    "Decision",
    "DecisionKind",
    "Equals",
    "Evidence",
    "Gap",
    "GateReport",
    "GateResult",
    "Inconclusive",
    "JourneyRun",
    "Judgement",
    "Limit",
    "Mark",
    "Matches",
    "OneOf",
    "Plot",
    "Reading",
    "Release",
    "Secret",
    "Series",
    "StepRequest",
    "Table",
    "Verdict",
    "measured",
    "parse",
    "worst",
]

_HOMES = {
    "checks.evidence": ("Artefact", "Evidence", "Gap", "Reading", "measured"),
    "checks.journey": ("Capture", "JourneyRun", "StepRequest"),
    "checks.secrets": ("Secret",),
    "gates.criteria": (
        "AtLeast",
        "AtMost",
        "Between",
        "Criterion",
        "CriterionError",
        "Equals",
        "Matches",
        "OneOf",
        "parse",
    ),
    "gates.recorder": ("Inconclusive",),
    "reports.exhibit": ("Column", "Limit", "Mark", "Plot", "Series", "Table"),
    "reports.gate_report": ("Decision", "DecisionKind", "GateReport", "GateResult", "Release"),
    "reports.judgement": ("Judgement",),
    "reports.verdict": ("Verdict", "worst"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tidegate' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOME_OF[name]), name)
