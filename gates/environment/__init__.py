"""The environment file: what it may say, how it is read, merged and checked.

Importing this package is cheap: YAML and pydantic are imported when an environment is loaded or a model is asked for.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gates.environment.endpoints import Endpoint, Expectations, ExternalService, Group, TlsOptions
    from gates.environment.journeys import Capture, Journey, Request, Step
    from gates.environment.late import is_late, substitute
    from gates.environment.listing import Listed, list_environments
    from gates.environment.loading import Examination, LoadedEnvironment, examine, load
    from gates.environment.model import Demo, Environment, Measure, Readiness, ReleaseSource
    from gates.environment.policy import GateSettings, Policy, ReportSource

_MODULES = {
    "endpoints": ("Endpoint", "Expectations", "ExternalService", "Group", "TlsOptions"),
    "journeys": ("Capture", "Journey", "Request", "Step"),
    "late": ("is_late", "substitute"),
    "listing": ("Listed", "list_environments"),
    "loading": ("Examination", "LoadedEnvironment", "examine", "load"),
    "model": ("Demo", "Environment", "Measure", "Readiness", "ReleaseSource"),
    "policy": ("GateSettings", "Policy", "ReportSource"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Capture",
    "Demo",
    "Endpoint",
    "Environment",
    "Examination",
    "Expectations",
    "ExternalService",
    "GateSettings",
    "Group",
    "Journey",
    "Listed",
    "LoadedEnvironment",
    "Measure",
    "Policy",
    "Readiness",
    "ReleaseSource",
    "ReportSource",
    "Request",
    "Step",
    "TlsOptions",
    "examine",
    "is_late",
    "list_environments",
    "load",
    "substitute",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
