"""A limit on a version: OfVersion."""

import re
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence, Reading
from checks.versions import compare_versions, parse_version
from gates.criteria.base import Criterion, CriterionError
from reports.verdict import Verdict

#: How each sign reads the order of what was got and what is wanted.
_SIGNS: Final = ("<=", ">=", "<", ">", "=")


@dataclass(frozen=True, slots=True)
class OfVersion(Criterion):
    """`version >= 3.0.15`: the order of package managers, in which 3.0.9 comes before 3.0.15 (`checks.versions`)."""

    sign: str
    version: str

    def __post_init__(self) -> None:
        super(OfVersion, self).__post_init__()
        if self.sign not in _SIGNS:
            raise CriterionError(f"{self.sign!r} is no sign of a version; known are {', '.join(_SIGNS)}")
        try:
            parse_version(self.version)
        except ValueError as error:
            raise CriterionError(str(error)) from error

    @classmethod
    def parse(cls, text: str, samples: int = 1) -> "OfVersion":
        """Read `>= 3.0.15`. Raises CriterionError."""
        match = re.fullmatch(r"(<=|>=|<|>|=)\s*(.*)", text.strip(), re.DOTALL)
        if match is None:
            raise CriterionError(f"{text!r} is no limit of a version; write it as in '>= 3.0.15'")
        return cls(match.group(1), match.group(2).strip(), min_samples=samples)

    @property
    def wanted(self) -> str:
        return f"version {self.sign} {self.version}"

    def met(self, reading: Reading) -> tuple[bool, str]:
        order = compare_versions(str(reading.value), self.version)
        met = {"<=": order <= 0, ">=": order >= 0, "<": order < 0, ">": order > 0, "=": order == 0}[self.sign]
        return met, str(reading.value)

    def misfit(self, unit: str) -> str:
        return "" if unit == "text" else f"measured in {unit!r}, a version is a text"

    def _rule(self, evidence: Evidence) -> tuple[Verdict, str]:
        try:
            return super(OfVersion, self)._rule(evidence)
        except ValueError as error:  # what was read is no version
            return Verdict.INCONCLUSIVE, str(error)

    def at_least_as_strict_as(self, other: Criterion) -> bool:
        if self.min_samples < other.min_samples or not isinstance(other, OfVersion):
            return False
        mine, theirs = parse_version(self.version), parse_version(other.version)
        if len(mine.parts) < len(theirs.parts) or mine.epoch != theirs.epoch:
            return False  # they don't compare the same parts of a version
        order = compare_versions(self.version, other.version)
        match other.sign:
            case ">=" | ">":
                same = self.sign == ">" or other.sign == ">="
                return self.sign in (">=", ">", "=") and (order > 0 or (order == 0 and same))
            case "<=" | "<":
                same = self.sign == "<" or other.sign == "<="
                return self.sign in ("<=", "<", "=") and (order < 0 or (order == 0 and same))
            case _:
                return self.sign == "=" and order == 0

    def _limit_text(self) -> str:
        return self.wanted
