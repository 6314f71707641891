"""What a watched target used while the load ran: what can be limited, and its Readings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence, Gap, Reading
from gates.criteria import AtMost, Criterion
from gates.environment.names import nearest
from load.result import TargetUsage, Usage


@dataclass(frozen=True, slots=True)
class UsageSubject:
    """`unit`; `example` of a limit; `of`: the value of a sample, None where it has none; `mean`: else the highest."""

    unit: str
    example: str
    of: Callable[[Usage], float | None]
    words: str
    mean: bool = False


def _share(amount: float | None, limit: float | None) -> float | None:
    return amount / limit if amount is not None and limit else None


USAGE_SUBJECTS: Final = {
    "cpu": UsageSubject(
        "ratio", "<= 80 %", lambda u: _share(u.cpu, u.cpu_limit), "of its cores, on average", mean=True
    ),
    "cpu_peak": UsageSubject("ratio", "<= 95 %", lambda u: _share(u.cpu, u.cpu_limit), "of its cores, at most"),
    "memory": UsageSubject("B", "<= 500MB", lambda u: u.memory, "at most"),
    "memory_share": UsageSubject(
        "ratio", "<= 90 %", lambda u: _share(u.memory, u.memory_limit), "of its limit, at most"
    ),
    "disk": UsageSubject("ratio", "<= 90 %", lambda u: u.disk_used, "of its disk, at most"),
    "disk_read": UsageSubject("B", "<= 50MB", lambda u: u.disk_read, "per second, on average", mean=True),
    "disk_written": UsageSubject("B", "<= 50MB", lambda u: u.disk_written, "per second, on average", mean=True),
}


def check_usage_limit(subject: str, criterion: Criterion) -> None:
    """Refuse a limit of what is not watched, or one that can't judge it. Raises ValueError."""
    if subject not in USAGE_SUBJECTS:
        raise ValueError(f"{subject!r} is not watched; {nearest(subject, USAGE_SUBJECTS)}")
    known = USAGE_SUBJECTS[subject]
    if misfit := criterion.misfit(known.unit):
        raise ValueError(f"'{criterion}' can't limit {subject}: {misfit}; write it as in '{known.example}'")
    if not isinstance(criterion, AtMost):
        raise ValueError(f"'{criterion}' is no limit of {subject}; write it as in '{known.example}'")


def usage_evidence(
    target: TargetUsage, prefix: str, subjects: Sequence[str], start: float, end: float
) -> Iterator[Evidence]:
    """What a target used from `start` to `end` seconds: a Reading for each subject, or why there is none.

    A target that stopped answering on the way is a Gap: its highest use may have been after that.
    """
    samples = [sample for sample in target.samples if start < sample.at <= end]
    for subject in subjects:
        known, name = USAGE_SUBJECTS[subject], f"{prefix}{target.name}.{subject}"
        values = [value for sample in samples if (value := known.of(sample)) is not None]
        if target.gap:
            yield Gap(name, target.gap, source=target.source)
        elif not values:
            yield Gap(name, f"no sample of it has {subject}", source=target.source)
        else:
            value = sum(values) / len(values) if known.mean else max(values)
            yield Reading(name, value, known.unit, samples=len(values), source=target.source, detail=known.words)
