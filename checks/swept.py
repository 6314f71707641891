"""What a sweep saw, as a value that crosses process borders as JSON."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from checks.evidence import Evidence, evidence_from_dict, evidence_to_dict

_FORMAT: Final = "tidegate.sweep/1"
_NUMBERS: Final = ("max_lag_seen", "duration", "started")


@dataclass(frozen=True, slots=True)
class Sweep:
    """The evidence of every probe, by the probe's name, and the conditions under which it was read.

    `concurrency`: the most probes that really were under way at the same time; `max_lag_seen` and `duration` in
    seconds; `started` in seconds since the epoch.
    """

    evidence: Mapping[str, tuple[Evidence, ...]]
    concurrency: int
    max_lag_seen: float
    duration: float
    started: float

    def to_json(self) -> str:
        """The JSON text (ASCII), which `from_json` reads back without loss."""
        evidence = {name: [evidence_to_dict(e) for e in found] for name, found in self.evidence.items()}
        numbers = {key: getattr(self, key) for key in _NUMBERS}
        return json.dumps({"format": _FORMAT, "concurrency": self.concurrency, **numbers, "evidence": evidence})

    @classmethod
    def from_json(cls, text: str) -> "Sweep":
        """Read what `to_json` wrote. Raises ValueError for everything else: half a sweep is not a sweep."""
        data = _load(text)
        wanted = {"format", "concurrency", *_NUMBERS, "evidence"}
        if not isinstance(data, dict) or data.keys() != wanted:
            raise ValueError(f"a sweep is an object with the keys {', '.join(sorted(wanted))}")
        if data["format"] != _FORMAT:
            raise ValueError(f"a sweep of the format {data['format']!r}; known is {_FORMAT!r}")
        concurrency = data["concurrency"]
        if type(concurrency) is not int or concurrency < 0:
            raise ValueError(f"a sweep's concurrency is a whole number, not {concurrency!r}")
        for key in _NUMBERS:
            if type(data[key]) not in (int, float) or not math.isfinite(data[key]):
                raise ValueError(f"a sweep's {key} is a number, not {data[key]!r}")
        if not isinstance(data["evidence"], dict):
            raise ValueError("a sweep's evidence is an object of lists")
        evidence: dict[str, tuple[Evidence, ...]] = {}
        for name, found in data["evidence"].items():
            if not isinstance(found, list) or not found:
                raise ValueError(f"a sweep's evidence of {name!r} is a list that is not empty")
            evidence[name] = tuple(evidence_from_dict(e) for e in found)
        return cls(evidence, concurrency, *(data[key] for key in _NUMBERS))


def _load(text: str) -> Any:
    def no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a sweep names a key twice")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=no_doubles)
    except RecursionError:
        raise ValueError("a sweep is not nested that deeply") from None
