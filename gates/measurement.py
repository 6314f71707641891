"""What one run measured: the evidence of the sweep, the release and the addresses, as one value that workers share."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from checks.evidence import Evidence, Gap, evidence_from_dict, evidence_to_dict
from reports.exhibit import Exhibit, from_dict, to_dict
from reports.gate_report import Release


@dataclass(frozen=True, slots=True)
class Measurement:
    """The result of a sweep.

    `addresses`: the late variables of the demo target (`url`, ...); `release`: what is being judged; `target`: what
    the target says of itself; `ready`: whether it became ready, None where no readiness is declared; `evidence`: by
    the name of the probe; `looks`: by gate and name, what gates saw that look before the tests begin; `notes`: how
    it was measured, for the report; `made`: the folder of reports that were made for this run, empty where none was;
    `exhibits`: as `looks`, what is shown beside the judgements; `interrupted`: somebody ended the measuring.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    release: Release = field(default_factory=Release)
    target: Release = field(default_factory=Release)
    ready: Evidence | None = None
    evidence: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)
    looks: Mapping[str, Mapping[str, tuple[Evidence, ...]]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    made: str = ""
    exhibits: Mapping[str, Mapping[str, tuple[Exhibit, ...]]] = field(default_factory=dict)
    interrupted: bool = False

    def of(self, probe: str) -> tuple[Evidence, ...]:
        """What was seen of a probe. A probe that was not measured is a Gap, never nothing."""
        return self.evidence.get(probe) or (Gap(f"{probe}.up", "was not measured in this run"),)

    def look(self, gate: str, name: str) -> tuple[Evidence, ...]:
        """What one of Tidegate's gates saw of a check. What was not looked at is a Gap, never nothing."""
        return self.looks.get(gate, {}).get(name) or (Gap(name, "was not measured in this run"),)

    def shown(self, gate: str, name: str) -> tuple[Exhibit, ...]:
        """What one of Tidegate's gates shows beside the judgements of a check; mostly nothing."""
        return self.exhibits.get(gate, {}).get(name, ())

    def to_json(self) -> str:
        """The form in which it reaches the workers of pytest-xdist."""
        data = {
            "addresses": dict(self.addresses),
            "release": asdict(self.release),
            "target": asdict(self.target),
            "ready": None if self.ready is None else evidence_to_dict(self.ready),
            "evidence": _to_lists(self.evidence),
            "looks": {gate: _to_lists(seen) for gate, seen in self.looks.items()},
            "notes": list(self.notes),
            "interrupted": self.interrupted,
            "made": self.made,
            "exhibits": {
                gate: {name: [to_dict(exhibit) for exhibit in found] for name, found in shown.items()}
                for gate, shown in self.exhibits.items()
            },
        }
        return json.dumps(data, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Measurement":
        """The inverse of `to_json`. Raises ValueError, KeyError or TypeError for anything else."""
        data = json.loads(text)
        return cls(
            addresses=data["addresses"],
            release=Release(**data["release"]),
            target=Release(**data["target"]),
            ready=None if data["ready"] is None else evidence_from_dict(data["ready"]),
            evidence=_from_lists(data["evidence"]),
            looks={gate: _from_lists(seen) for gate, seen in data["looks"].items()},
            notes=tuple(data["notes"]),
            interrupted=data["interrupted"],
            made=data["made"],
            exhibits={
                gate: {name: tuple(map(from_dict, found)) for name, found in shown.items()}
                for gate, shown in data["exhibits"].items()
            },
        )


def _to_lists(seen: Mapping[str, tuple[Evidence, ...]]) -> dict[str, list[dict[str, object]]]:
    return {name: [evidence_to_dict(evidence) for evidence in found] for name, found in seen.items()}


def _from_lists(data: Mapping[str, list[object]]) -> dict[str, tuple[Evidence, ...]]:
    return {name: tuple(map(evidence_from_dict, found)) for name, found in data.items()}
