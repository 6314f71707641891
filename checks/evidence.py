"""What a check saw: a Reading, or a Gap where nothing could be read.

A service that refuses a connection is a Reading (`up` is False). A measuring tool that fails, an answer that holds no
number, a file that is missing are Gaps. A Gap is never 0, None or False, and no criterion passes on one.
"""

import hashlib
import math
import time as clock
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from checks.secrets import mask
from checks.units import UNITS

Value: TypeAlias = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file that holds what does not fit a value (a log, a histogram): its path and the SHA-256 of its bytes."""

    path: str
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "Artefact":
        """Name a file with its digest. Raises OSError where it can't be read."""
        with path.open("rb") as file:
            return cls(str(path), hashlib.file_digest(file, "sha256").hexdigest())


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value.

    `subject`: dotted name of what was measured (`api.response_time`); `unit`: one of `checks.units.UNITS`;
    `samples`: how many observations the value stands on; `time`: when, in seconds since the epoch;
    `source`: the URL, query or command, so that a person can paste it and look; `attempts` and `took` (seconds):
    how often it was tried until it was read, and how long that took; `detail`: the words that explain the value
    (`connection refused`). Unit `present` with False says: it was looked for, and is not there.

    Raises ValueError for NaN, infinity or an unknown unit: those are Gaps or mistakes, not values.
    """

    subject: str
    value: Value
    unit: str = "1"
    samples: int = 1
    time: float = field(default_factory=clock.time)
    source: str = ""
    attempts: int = 1
    took: float = 0.0
    detail: str = ""
    artefacts: tuple[Artefact, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.value, str) and not _is_finite(self.value):
            raise ValueError(f"{self.subject}: {_shown(self.value)} is not a value; a check returns a Gap for it")
        if self.unit not in UNITS:
            raise ValueError(f"{self.subject}: unknown unit {self.unit!r}; known are {', '.join(sorted(UNITS))}")
        kind = "text" if isinstance(self.value, str) else "bool" if isinstance(self.value, bool) else "number"
        wanted = {"text": "text", "bool": "bool", "present": "bool"}.get(self.unit, "number")
        if kind != wanted:
            raise ValueError(f"{self.subject}: a {kind} ({self.value!r}) can't have the unit {self.unit!r}")
        _mask_texts(self, ("source", "detail"))
        if isinstance(self.value, str):
            object.__setattr__(self, "value", mask(self.value))

    @property
    def absent(self) -> bool:
        """Whether this says that the thing looked for is not there."""
        return self.unit == "present" and self.value is False


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing could be measured, and why. `remedy` says what to do about it."""

    subject: str
    reason: str
    time: float = field(default_factory=clock.time)
    source: str = ""
    attempts: int = 1
    took: float = 0.0
    remedy: str = ""
    artefacts: tuple[Artefact, ...] = ()

    def __post_init__(self) -> None:
        _mask_texts(self, ("reason", "source", "remedy"))


Evidence: TypeAlias = Reading | Gap


def measured(subject: str, value: float | None, unit: str = "1", *, samples: int = 1, source: str = "") -> Evidence:
    """A Reading of a number, or the Gap that None, NaN, infinity or zero samples are."""
    if value is None:
        return Gap(subject, "no value was returned", source=source)
    if not _is_finite(value):
        return Gap(subject, f"the value is {_shown(value)}", source=source)
    if samples < 1:
        return Gap(subject, "no samples", source=source)
    return Reading(subject, value, unit, samples=samples, source=source)


def evidence_to_dict(evidence: Evidence) -> dict[str, object]:
    """The JSON form, in which evidence crosses process borders. Fields that hold their defaults are left out."""
    kind = "reading" if isinstance(evidence, Reading) else "gap"
    out: dict[str, object] = {"kind": kind, "subject": evidence.subject, "time": round(evidence.time, 3)}
    match evidence:
        case Reading(value=value, unit=unit, samples=samples, detail=detail):
            out |= {"value": value, "unit": unit, "samples": samples}
            if detail:
                out["detail"] = detail
        case Gap(reason=reason, remedy=remedy):
            out["reason"] = reason
            if remedy:
                out["remedy"] = remedy
    if evidence.source:
        out["source"] = evidence.source
    if evidence.attempts != 1:
        out["attempts"] = evidence.attempts
    if evidence.took:
        out["took"] = round(evidence.took, 6)
    if evidence.artefacts:
        out["artefacts"] = [{"path": a.path, "sha256": a.sha256} for a in evidence.artefacts]
    return out


_KeyTypes: TypeAlias = Mapping[str, type | tuple[type, ...]]
_READING_KEYS: _KeyTypes = {
    "subject": str,
    "value": (bool, int, float, str),
    "unit": str,
    "samples": int,
    "detail": str,
}
_GAP_KEYS: _KeyTypes = {"subject": str, "reason": str, "remedy": str}
_BOTH_KEYS: _KeyTypes = {"time": (int, float), "source": str, "attempts": int, "took": (int, float)}
_NEEDED = {"reading": ("subject", "value", "unit", "samples", "time"), "gap": ("subject", "reason", "time")}


def evidence_from_dict(data: object) -> Evidence:
    """The inverse of `evidence_to_dict`. Raises ValueError for anything that it did not write."""
    if not isinstance(data, Mapping):
        raise ValueError(f"evidence is an object, not {type(data).__name__}")
    rest = dict(data)
    kind = rest.pop("kind", None)
    if kind not in ("reading", "gap"):
        raise ValueError(f"evidence of kind {kind!r}; known are 'reading' and 'gap'")
    artefacts = rest.pop("artefacts", [])
    types: _KeyTypes = {**(_READING_KEYS if kind == "reading" else _GAP_KEYS), **_BOTH_KEYS}
    for key, value in rest.items():
        if key not in types:
            raise ValueError(f"{kind} has the unknown key {key!r}")
        if not isinstance(value, types[key]) or (isinstance(value, bool) and key != "value"):
            raise ValueError(f"{kind} key {key!r} has the value {value!r}")
        if key in ("time", "took") and not _is_finite(value):
            raise ValueError(f"{kind} key {key!r} is not a finite number")
    for key in _NEEDED[kind]:
        if key not in rest:
            raise ValueError(f"{kind} lacks the key {key!r}")
    try:
        files = tuple(Artefact(path=str(a["path"]), sha256=str(a["sha256"])) for a in artefacts)
    except (TypeError, KeyError) as error:
        raise ValueError(f"{kind} has artefacts that can't be read: {error!r}") from error
    return Reading(**rest, artefacts=files) if kind == "reading" else Gap(**rest, artefacts=files)


def _is_finite(value: object) -> bool:
    """False for NaN, infinity and whole numbers that no float holds: limits could not be compared with those."""
    try:
        return isinstance(value, int | float) and math.isfinite(value)
    except OverflowError:
        return False


def _shown(value: object) -> str:
    return str(value) if isinstance(value, float) else "a whole number beyond 1e308"


def _mask_texts(evidence: Evidence, names: tuple[str, ...]) -> None:
    for name in names:
        text = getattr(evidence, name)
        if text and (masked := mask(text)) != text:
            object.__setattr__(evidence, name, masked)
