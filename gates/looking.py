"""Lets the gates that look before the tests begin do so: each begins before the sweep and ends after it, in turn."""

import dataclasses
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Evidence
from checks.units import format_value
from gates.measured.registry import MEASURED
from gates.measured.seam import AtEnd, Finish, Looking, Say
from gates.measurement import Measurement
from gates.plan import Kind, Plan
from reports.exhibit import Exhibit
from reports.gate_report import Release

if TYPE_CHECKING:
    from gates.environment.model import Environment


class Looks:
    """The looks that the selected tests judge. `up`: the target became ready, or nobody waits for it."""

    def __init__(self, plan: Plan, environment: "Environment", ids: Sequence[str], up: bool) -> None:
        self._environment = environment
        self._say: Say = lambda _: None
        self._finish: dict[str, Finish] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        for name, gate in MEASURED.items():
            marks = marks_of(nodeid for nodeid in ids if f"test_{name.replace('-', '_')}[" in nodeid)
            chosen = (c for c in plan.checks if c.kind is Kind.MEASURED and c.built_in == name and c.id in marks)
            names = tuple(dict.fromkeys(check.name for check in chosen))
            if names and (up or gate.gate.ALONE):
                self._names[name] = names

    def begin(self, release: Release, directory: Path, say: Say, at_end: AtEnd) -> None:
        """Start to look. Raises ProblemError for wrong configuration that only shows now."""
        self._say = say
        for gate, names in self._names.items():
            looking = Looking(self._environment, names, release, directory, say, at_end)
            self._finish[gate] = MEASURED[gate].gate.begin(looking)

    def finish(self, measurement: Measurement) -> Measurement:
        """The measurement with what was seen, in the order of the registry: a load must not disturb another look."""
        looks: dict[str, Mapping[str, tuple[Evidence, ...]]] = {}
        exhibits: dict[str, Mapping[str, tuple[Exhibit, ...]]] = {}
        notes = [*measurement.notes]
        for gate, finish in self._finish.items():
            began = time.monotonic()
            looked = finish()
            looks[gate], exhibits[gate] = looked.evidence, looked.exhibits
            many = "1 check" if len(self._names[gate]) == 1 else f"{len(self._names[gate])} checks"
            took = f"{gate}: {many} in {format_value(round(time.monotonic() - began, 2), 's')}"
            self._say(took)
            notes += [took, *looked.notes]
            if looked.interrupted:
                # What was not looked at any more is a Gap, and what was seen is judged and reported.
                measurement = dataclasses.replace(measurement, interrupted=True)
                break
        return dataclasses.replace(measurement, looks=looks, notes=tuple(notes), exhibits=exhibits)


def marks_of(ids: Iterable[str]) -> set[str]:
    """What stands between the brackets of tests' names: the ids of the checks that they judge."""
    return {nodeid[nodeid.find("[") + 1 : nodeid.rfind("]")] for nodeid in ids}
