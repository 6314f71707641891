"""What the sections of all kinds of data services share, and the table of what a kind measures.

A kind is a file `services_KIND.py` with a table of subjects and a section that makes the probe.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from pydantic import Field

from checks.evidence import Evidence
from gates.criteria import Criterion, Equals, Matches, OneOf, parse
from gates.criteria.choice import natural_unit
from gates.environment.fields import Flag, LookTimeout, Name, Text
from gates.environment.limits import Limits
from gates.environment.names import nearest
from gates.environment.section import Section

if TYPE_CHECKING:
    from checks.services.seam import ServiceProbe
    from gates.environment.findings import Finding


@dataclass(frozen=True, slots=True)
class ServiceSubject:
    """What is measured. `default`: a criterion's text, empty where only a limit judges it; `remedy`: what to do where
    it fails; `where`: when it is measured at all, for people (a replica)."""

    unit: str
    default: str = ""
    remedy: str = ""
    where: str = ""


class ServiceSection(Section):
    """What all services share."""

    #: Subjects without the service's name; `*` stands for a part that is named elsewhere (a queue, a query).
    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]]

    timeout: LookTimeout = Field(10.0, description="how long the whole look may take; 10s by default, at most 10min")
    limits: Limits = Field({}, description="criteria of this service; they override the gate's and the defaults")
    allow_writes: Flag = Field(False, description="true: the look may write, in a namespace of its own; off by default")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")

    def probe(self, name: str) -> "ServiceProbe":
        """What the checker is given. Raises ValueError for what only it refuses."""
        raise NotImplementedError(f"{type(self).__name__} makes no probe for {name}")

    def expected(self) -> Mapping[str, Criterion]:
        """What the section's own keys want (`role: primary`); beside these, no limit of the same subject may stand."""
        return {}

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        """Every subject that has to be judged where it has a criterion, seen or not.

        `parts`: what was seen, by the subject without the service's name. Here: every name of the table, and of its
        patterns those that were seen.
        """
        yield from (subject for subject in self.SUBJECTS if "*" not in subject)
        yield from (part for part in parts if "*" in pattern_of(part, self.SUBJECTS))

    def problems(self) -> "Iterator[Finding]":
        """What does not fit together; paths begin within the section."""
        return iter(())


#: Measured of every kind.
RESPONSE_TIME: Final = ServiceSubject("s", "", "find out what it is busy with")


def covers(pattern: str, subject: str) -> bool:
    """Whether a limit's name (`queue.*.messages`) is about a subject (`queue.orders.messages`)."""
    return _pattern(pattern).fullmatch(subject) is not None


def pattern_of(subject: str, subjects: Iterable[str]) -> str:
    """The table's name of a subject, or nothing where it has none."""
    return next((pattern for pattern in subjects if covers(pattern, subject)), "")


@cache
def criterion_of(text: str) -> Criterion | None:
    """The criterion of a table's text; None for none."""
    return parse(text) if text else None


def check_service_limit(subject: str, criterion: Criterion, tables: Iterable[Mapping[str, ServiceSubject]]) -> None:
    """Refuse a limit of what no table has, or one that can judge it in none of them. Raises ValueError."""
    tables = tuple(tables)
    found: list[ServiceSubject] = []
    for table in tables:
        pattern = pattern_of(subject, table) or next((own for own in table if covers(subject, own)), "")
        if pattern and pattern != "up":
            found.append(table[pattern])
    if subject == "up":
        raise ValueError("'up' can't be limited: a service that is down fails")
    if not found:
        raise ValueError(f"{subject!r} is not measured here; {nearest(subject, [own for t in tables for own in t])}")
    misfits = [criterion.misfit(one.unit) or _other_kind(criterion, one.unit) for one in found]
    if all(misfits):
        example = f"; write it as in '{found[0].default}'" if found[0].default else ""
        raise ValueError(f"'{criterion}' can't limit {subject}: {misfits[0]}{example}")


def _other_kind(criterion: Criterion, unit: str) -> str:
    """Why a wanted value can never be that of a reading: it is of another kind."""
    match criterion:
        case Equals(value=value):
            kinds = {natural_unit(value)}
        case OneOf(values=values):
            kinds = {natural_unit(value) for value in values}
        case Matches() if unit != "text":
            return "it is no text"
        case _:
            return ""
    kind = unit if unit in ("bool", "text") else "1"
    words = {"bool": "it is true or false", "text": "it is a text", "1": "it is a number"}
    return words[kind] if kinds != {kind} else ""


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(".+".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
