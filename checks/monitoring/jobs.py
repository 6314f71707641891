"""The targets that Prometheus scrapes for a job: how many live, and why the others don't."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import Unmeasured
from checks.monitoring.server import Server
from checks.prometheus.api import ask_clock, data

#: A target that was not scraped for so many of its intervals is as good as gone, whatever it said then.
_INTERVALS: Final = 3
#: Seconds between scrapes where Prometheus does not say: its own default.
_USUAL: Final = 60.0
_PATH: Final = "/api/v1/targets"


@dataclass(frozen=True, slots=True)
class JobProbe:
    """A scrape job. `name`: the check's; `job`: the value of the label `job` of its targets."""

    name: str
    job: str


def look_at_jobs(server: Server, probes: Sequence[JobProbe]) -> Mapping[str, tuple[Evidence, ...]]:
    """`NAME.targets` (live ones), `NAME.down` and `NAME.interval` (the longest of its scrapes) of each job.

    A job without targets has 0; no answer is a Gap.
    """
    attempt = {probe.name: Attempt(probe.name, server.source(_PATH, {"state": "active"})) for probe in probes}
    try:
        now = ask_clock(server).now
        targets = [_Target.of(one, now) for one in data(server, _PATH, {"state": "active"})["activeTargets"]]
    except Unmeasured as error:
        return {name: (one.gap("targets", error.words, error.remedy),) for name, one in attempt.items()}
    except (KeyError, TypeError, ValueError) as error:
        words = f"{server.name}'s list of targets can't be read: {type(error).__name__}: {error}"[:300]
        return {name: (one.gap("targets", words),) for name, one in attempt.items()}
    return {probe.name: _evidence(attempt[probe.name], probe, targets) for probe in probes}


def _evidence(attempt: Attempt, probe: JobProbe, targets: "Sequence[_Target]") -> tuple[Evidence, ...]:
    own = [target for target in targets if target.job == probe.job]
    if not own:
        known = ", ".join(sorted({target.job for target in targets})) or "none"
        return (attempt.reading("targets", 0, "1", f"no target has job={probe.job!r}; there are the jobs {known}"),)
    dead = [target for target in own if target.trouble]
    words = "; ".join(f"{target.instance}: {target.trouble}" for target in dead[:5])
    return (
        attempt.reading("targets", len(own) - len(dead), "1", f"of {len(own)}" + (f"; {words}" if words else "")),
        attempt.reading("down", len(dead), "1", words),
        _interval(attempt, own),
    )


def _interval(attempt: Attempt, targets: "Sequence[_Target]") -> Evidence:
    intervals = [target.interval for target in targets]
    if None in intervals:
        return attempt.gap("interval", "this version of Prometheus does not say how often it scrapes")
    return attempt.reading("interval", max(interval for interval in intervals if interval is not None), "s")


@dataclass(frozen=True, slots=True)
class _Target:
    job: str
    instance: str
    trouble: str
    interval: float | None

    @classmethod
    def of(cls, found: Mapping[str, Any], now: float) -> "_Target":
        labels, health = found["labels"], found["health"]
        interval = _seconds(str(found["scrapeInterval"])) if "scrapeInterval" in found else None
        expected = interval or _USUAL
        age = now - moment(str(found["lastScrape"]))
        trouble = ""
        if health != "up":
            trouble = str(found.get("lastError") or "") or f"its health is {health}"
        elif age > _INTERVALS * expected:
            trouble = f"scraped {age:,.0f} s ago, and every {expected:g} s was wanted"
        return cls(str(labels["job"]), str(labels.get("instance", "?")), trouble[:200], interval)


def moment(text: str) -> float:
    """A time as Go writes it, in seconds since the epoch. Raises ValueError; "never" (year 1) is long ago."""
    # Go writes nanoseconds, Python reads microseconds.
    head, dot, rest = text.partition(".")
    if dot:
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        text = f"{head}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}"
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return found.timestamp() if found.year > 1 else 0.0


def _seconds(text: str) -> float:
    from checks.prometheus.promql import seconds

    return seconds(text)
