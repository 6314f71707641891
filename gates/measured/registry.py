"""Which gates look before the tests begin, and the modules that do it; imported when they are used."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import cast

from gates.measured.seam import MeasuredGate, SectionRules


@dataclass(frozen=True, slots=True)
class Registered:
    """A gate that looks before the tests begin.

    `name`: as in the environment's `gates:`; `section`: the key of the environment that declares what is looked at;
    `module`: in this folder; `rules`: the module in `gates.environment` that cross-checks the section; `test`: the
    module that pytest collects.
    """

    name: str
    section: str
    module: str
    rules: str
    test: str

    @property
    def gate(self) -> MeasuredGate:
        """The gate itself."""
        return cast("MeasuredGate", import_module(f"gates.measured.{self.module}"))

    @property
    def section_rules(self) -> SectionRules:
        """What is checked of its section."""
        return cast("SectionRules", import_module(f"gates.environment.{self.rules}"))


#: In the order in which they look, one after the other.
MEASURED: Mapping[str, Registered] = {
    gate.name: gate
    for gate in (
        Registered("hosts", "hosts", "hosts", "crosscheck_hosts", "gate_hosts"),
        Registered("services", "services", "services", "crosscheck_services", "gate_services"),
        Registered("containers", "containers", "containers", "crosscheck_containers", "gate_containers"),
        Registered("logs", "logs", "logs", "crosscheck_logs", "gate_logs"),
        Registered("live-security", "security", "live_security", "crosscheck_security", "gate_live_security"),
        # It would disturb what the others see.
        Registered("load", "load", "load", "crosscheck_load", "gate_load"),
        # Last: its two scrapes lie around everything else, so that the run's own requests are the traffic.
        Registered("metrics", "metrics", "metrics", "crosscheck_metrics", "gate_metrics"),
    )
}
