"""The versions of the demo service that a fleet can run: two good ones, and a bad one of each kind."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from demo.faults import Faults, FaultValue
from demo.release import DemoRelease, current_release


@dataclass(frozen=True, slots=True)
class FleetVersion:
    """`does`: its line for people; `faults`: as `Faults.from_mapping` takes them; `good_for_s`: seconds after its start
    until it answers 503, None where it never does so."""

    does: str
    faults: Mapping[str, FaultValue] = field(default_factory=lambda: MappingProxyType({}))
    good_for_s: float | None = None

    @property
    def switches(self) -> Faults:
        """The faults as a value."""
        return Faults.from_mapping(self.faults)


#: Every version by its name.
VERSIONS: Mapping[str, FleetVersion] = {
    "1": FleetVersion("good; what a fleet begins with"),
    "2": FleetVersion("good"),
    "bad": FleetVersion("every answer of the application is 500", {"error_ratio": 1.0}),
    "slow": FleetVersion("answers of the application come 2.5 s later", {"latency_ms": 2500.0}),
    "crashing": FleetVersion("each replica ends after 20 requests", {"crash_after": 20}),
    "never-ready": FleetVersion("/ready says 503 for ever", {"slow_start_s": 86_400.0}),
    "mistaken": FleetVersion("says that it is another version", {"wrong_version": True}),
    "lying": FleetVersion("/health says 200, and its body says unhealthy", {"health_lies": True}),
    "half-bad": FleetVersion("one of its two replicas answers 503", {"one_bad_replica": True}),
    "turning-bad": FleetVersion("good for 15 s, and then it answers 503", good_for_s=15.0),
}


def release_of(version: str) -> DemoRelease:
    """The release of a version: its id comes from the sources, the version's name and its faults.

    Raises KeyError for a version that there is not.
    """
    made = VERSIONS[version]
    text = f"{current_release().id} {version} {made.switches} {made.good_for_s}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return DemoRelease(version, f"sha256:{digest}", digest[:40])
