"""Starts the demo target for an environment that has one, with the faults that the run asks for.

While a release is under way its fleet is judged instead: nothing is started then.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gates.errors import ConfigurationError, ProblemError
from reports.gate_report import Release

if TYPE_CHECKING:
    from demo.faults import Faults
    from gates.environment.model import Environment

#: The folder of a fleet that is judged in place of a target of its own, and the slot that is (`a` or `b`).
FLEET_VARIABLE: Final = "TIDEGATE_DEMO_FLEET"
SLOT_VARIABLE: Final = "TIDEGATE_DEMO_SLOT"


def start_demo(
    environment: "Environment", variable: str, at_end: Callable[[Callable[[], None]], None], say: Callable[[str], None]
) -> tuple[Mapping[str, str], Release | None]:
    """Start the demo target; returns its addresses and the release that was started, nothing where there is no demo.

    Raises ProblemError where it does not start.
    """
    if environment.demo is None:
        return {}, None
    if fleet := os.environ.get(FLEET_VARIABLE, ""):
        return _fleet(Path(fleet), os.environ.get(SLOT_VARIABLE, ""), say)
    from demo.target import DemoStartError, DemoTarget

    faults = faults_of(environment, variable)
    try:
        target = DemoTarget.start(faults)
    except DemoStartError as error:
        raise ProblemError(str(error)) from error
    at_end(target.stop)
    with_faults = f" with {faults}" if str(faults) else ""
    say(f"demo target runs at {target.addresses['url']}{with_faults}")
    release = target.release
    return target.addresses, Release(
        release.id, release.version, release.commit, "", "the demo target that was started"
    )


def _fleet(folder: Path, slot: str, say: Callable[[str], None]) -> tuple[Mapping[str, str], Release]:
    from demo.fleet import Fleet, FleetError
    from demo.fleet_files import SLOTS
    from demo.fleet_versions import release_of

    fleet = Fleet(folder)
    known = next((name for name in SLOTS if name == slot), None)
    if known is None:
        raise ProblemError(f"{SLOT_VARIABLE} is {slot!r}, and a fleet has the slots {' and '.join(SLOTS)}")
    try:
        addresses, version = fleet.addresses(known), fleet.traffic().versions[known]
    except FleetError as error:
        raise ProblemError(f"{FLEET_VARIABLE} names no fleet that runs: {error}") from error
    say(f"version {version} of the demo fleet runs at {addresses['url']}")
    found = release_of(version)
    return addresses, Release(found.id, found.version, found.commit, "", "the demo fleet")


def faults_of(environment: "Environment", variable: str) -> "Faults":
    """The faults of the environment's file, and over them those of the variable. Raises ConfigurationError."""
    from demo.faults import FaultError, Faults, parse_faults

    in_file = {} if environment.demo is None else dict(environment.demo.faults)
    try:
        asked = parse_faults(variable)
    except FaultError as error:
        raise ConfigurationError(str(error), file="TIDEGATE_DEMO_FAULTS") from None
    # What the variable switches off (`hang=false`) overrides the file as well as what it switches on.
    named = [item.partition("=")[0].strip() for item in variable.split(",") if item.strip()]
    try:
        return Faults.from_mapping({**in_file, **{name: getattr(asked, name) for name in named}})
    except FaultError as error:
        raise ConfigurationError(str(error), key="demo.faults") from None
