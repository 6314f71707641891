"""Judges the hosts that a release stands on: which criterion holds for which reading, and why."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from checks.units import format_value
from gates.carrying import gap
from gates.criteria import Criterion, Equals
from gates.environment.hosts import WholeHost, whole_host
from gates.environment.hosts_limits import (
    LIMITED,
    NOT_THERE_REMEDY,
    REACHABLE_REMEDY,
    canonical,
    covers,
    default_of,
    limit_of,
    patterns,
    remedy_of,
)
from gates.measured.seam import Finish, Looked, Looking, Seen
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.model import Environment

SECTION = "hosts"
#: A full disk says why the target is not ready.
ALONE = True
_TRUE = Equals(value=True)


def names(environment: "Environment") -> Sequence[str]:
    """The hosts that are declared."""
    return tuple(environment.hosts)


def needs(environment: "Environment", name: str) -> Sequence[str]:
    """The endpoints without which a host can't be judged."""
    return environment.hosts[name].needs


def begin(looking: Looking) -> Finish:
    """Look after the sweep: what the sweep asks of a host must not count as its load."""

    def finish() -> Looked:
        from checks.hosts.look import look_at_hosts

        environment = looking.environment
        limits = gate_limits(environment)
        return Looked(look_at_hosts([whole_host(environment, name).probe(limits) for name in looking.names]))

    return finish


def gate_limits(environment: "Environment") -> Mapping[str, Criterion]:
    """The limits of every gate of this kind: what they name is asked of all hosts."""
    gates = environment.gates_of(SECTION).values()
    return {name: criterion for gate in gates for name, criterion in gate.limits.items()}


def judge(seen: Seen) -> Sequence[Judgement]:
    """Every judgement of one host; never none."""
    host = whole_host(seen.environment, seen.name)
    parts = {evidence.subject.removeprefix(f"{seen.name}."): evidence for evidence in seen.evidence}
    return judge_host(host, parts, seen.limits)


def judge_host(host: WholeHost, parts: Mapping[str, Evidence], limits: Mapping[str, Criterion]) -> list[Judgement]:
    """Judge what a look at a host brought. `parts`: by the subject without the host's name; `limits`: the gate's.

    A host that can't be reached is one FAIL, and one Gap for all the rest. What should have been seen and was not is a
    Gap. Of a thing that is not there, nothing else is judged.
    """
    reachable, facts = parts.get("reachable"), parts.get("facts")
    remedy = host.host.remedy or ""
    if reachable is None:
        unseen = [gap(evidence) for evidence in parts.values() if isinstance(evidence, Gap)]
        return unseen or [gap(Gap(f"{host.name}.reachable", "was not measured in this run"))]
    judged = [_TRUE.judge(reachable, remedy or REACHABLE_REMEDY)]
    if judged[0].verdict is not Verdict.PASS:
        return [*judged, *([gap(facts)] if isinstance(facts, Gap) else [])]
    wanted = _Wanted(host, parts, limits)
    if isinstance(facts, Gap):  # the look broke off
        return [*judged, gap(facts), *wanted.limited(), *wanted.expected()]
    return [*judged, *wanted.limited(), *wanted.unfound(), *wanted.expected()]


@dataclasses.dataclass(frozen=True, slots=True)
class _Wanted:
    """What is wanted of one host."""

    host: WholeHost
    parts: Mapping[str, Evidence]
    limits: Mapping[str, Criterion]

    def limited(self) -> Iterator[Judgement]:
        """Everything that has a limit or a default."""
        for part in dict.fromkeys(self._subjects()):
            criterion = limit_of(part, self.host.limits) or limit_of(part, self.limits) or default_of(part)
            if criterion is None:
                continue
            evidence = self._seen(part)
            if part == "clock.offset":
                evidence = self._certain(evidence, criterion)
            yield criterion.judge(evidence, self._remedy(part, evidence))

    def unfound(self) -> Iterator[Judgement]:
        """The patterns among the host's own limits that are about nothing that was seen."""
        for name in patterns(self.host.host.limits):
            known = LIMITED.get(canonical(name))
            if known is not None and known.default:
                continue  # where no file system at all was seen, the default has its Gap already
            if not any(covers(name, part) for part in self.parts):
                reason = "no file system that this limit names was found"
                yield gap(Gap(f"{self.host.name}.{name}", reason, remedy=NOT_THERE_REMEDY))

    def _remedy(self, part: str, evidence: Evidence) -> str:
        if isinstance(evidence, Reading) and evidence.absent:
            return self.host.host.remedy or NOT_THERE_REMEDY
        return self.host.host.remedy or remedy_of(part)

    def expected(self) -> Iterator[Judgement]:
        """Everything that is expected by a key of its own."""
        for subject, expectation in self.host.things():
            unknown = False
            for part, criterion in expectation.wanted.items():
                full = f"{subject}.{part}" if part else subject
                if unknown:
                    continue
                judgement = criterion.judge(self._seen(full), self.host.host.remedy or remedy_of(full))
                yield judgement
                # Of what is not there, or not known to be there, nothing more can be said.
                unknown = part == expectation.first and judgement.verdict is not Verdict.PASS

    def _subjects(self) -> Iterator[str]:
        yield from (pattern for pattern in LIMITED if "*" not in pattern and self._is_judged(pattern))
        for pattern in LIMITED:
            if "*" in pattern:
                found = [part for part in self.parts if covers(pattern, part)]
                # No file system at all was seen: that is no reason to judge none.
                yield from found or ([pattern] if default_of(pattern) is not None else [])
        for limits in (self.host.limits, self.limits):
            yield from (name for name in limits if "*" not in canonical(name) and self._is_judged(name))

    def _is_judged(self, part: str) -> bool:
        """Whether it is judged where it was not seen: our own clock is never right by being compared with itself."""
        return not (part == "clock.offset" and self.host.host.connect == "local://")

    def _seen(self, part: str) -> Evidence:
        return self.parts.get(part) or Gap(f"{self.host.name}.{part}", "was not measured in this run")

    def _certain(self, offset: Evidence, criterion: Criterion) -> Evidence:
        """The offset of the clock, or a Gap where the connection is too slow to tell whether it is within the limit."""
        uncertainty = self.parts.get("clock.uncertainty")
        if not isinstance(offset, Reading) or not isinstance(uncertainty, Reading):
            return offset
        value, around = float(offset.value), float(uncertainty.value)
        ends = (
            dataclasses.replace(offset, value=max(0.0, value - around)),
            dataclasses.replace(offset, value=value + around),
        )
        if len({criterion.judge(end).verdict for end in ends}) == 1:
            return offset
        words = f"{format_value(value, 's')} ± {format_value(around, 's')}"
        reason = f"{words}: the round trip is too long to judge '{criterion}'"
        return Gap(offset.subject, reason, source=offset.source, remedy="measure from nearer by, or allow more")
