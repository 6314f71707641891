"""What Prometheus makes of its rules: are they loaded and evaluated, and which alerts fire."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from checks.attempt import Attempt
from checks.evidence import Evidence
from checks.failures import Unmeasured
from checks.monitoring.jobs import moment
from checks.monitoring.server import Server
from checks.prometheus.api import ask_clock, data
from checks.prometheus.matcher import Matcher

#: A group that was not evaluated for so many of its intervals stands still.
_INTERVALS: Final = 3
_SHOWN: Final = 5
_PATH: Final = "/api/v1/rules"


@dataclass(frozen=True, slots=True)
class RulesProbe:
    """The rules as a whole. `alerts` and `groups`: names that have to be loaded."""

    name: str
    alerts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertsProbe:
    """Alerts with certain labels; none: all of them."""

    name: str
    labels: tuple[Matcher, ...] = ()


def look_at_rules(server: Server, probes: Sequence[RulesProbe | AlertsProbe]) -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of each probe, all from one answer.

    Of rules: `NAME.loaded` (how many), `NAME.failing`, `NAME.stale` (groups that stand still), `NAME.missing`.
    Of alerts: `NAME.firing`, `NAME.pending`, and `NAME.rules`: how many healthy rules could have fired.
    """
    attempts = {probe.name: Attempt(probe.name, server.source(_PATH)) for probe in probes}
    try:
        now = ask_clock(server).now
        groups = [_Group.of(one, now) for one in data(server, _PATH)["groups"]]
    except Unmeasured as error:
        return {p.name: (attempts[p.name].gap(_first(p), error.words, error.remedy),) for p in probes}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        words = f"{server.name}'s list of rules can't be read: {type(error).__name__}: {error}"[:300]
        return {p.name: (attempts[p.name].gap(_first(p), words),) for p in probes}
    found: dict[str, tuple[Evidence, ...]] = {}
    for probe in probes:
        attempt = attempts[probe.name]
        match probe:
            case RulesProbe():
                found[probe.name] = tuple(_of_rules(attempt, probe, groups))
            case AlertsProbe():
                found[probe.name] = tuple(_of_alerts(attempt, probe, groups))
    return found


def _first(probe: RulesProbe | AlertsProbe) -> str:
    return "loaded" if isinstance(probe, RulesProbe) else "firing"


@dataclass(frozen=True, slots=True)
class _Alert:
    labels: Mapping[str, str]
    state: str

    def __str__(self) -> str:
        own = ", ".join(f"{name}={value}" for name, value in sorted(self.labels.items()) if name != "alertname")
        return f"{self.labels.get('alertname', '?')} ({own})" if own else self.labels.get("alertname", "?")


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    alerting: bool
    labels: Mapping[str, str]
    trouble: str
    alerts: tuple[_Alert, ...]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> "_Rule":
        health = str(found["health"])
        trouble = "" if health == "ok" else str(found.get("lastError") or "") or f"its health is {health}"
        alerts = tuple(_Alert(_texts(one["labels"]), str(one["state"])) for one in found.get("alerts") or ())
        alerting = found["type"] == "alerting"
        return cls(str(found["name"]), alerting, _texts(found.get("labels") or {}), trouble[:200], alerts)


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    rules: tuple[_Rule, ...]
    age: float
    interval: float

    @classmethod
    def of(cls, found: Mapping[str, Any], now: float) -> "_Group":
        rules = tuple(_Rule.of(one) for one in found["rules"])
        return cls(str(found["name"]), rules, now - moment(str(found["lastEvaluation"])), float(found["interval"]))


def _of_rules(attempt: Attempt, probe: RulesProbe, groups: Sequence[_Group]) -> Iterator[Evidence]:
    rules = [rule for group in groups for rule in group.rules]
    yield attempt.reading("loaded", len(rules), "1", f"in {len(groups)} groups" if groups else "no rule file has any")
    failing = [f"{rule.name}: {rule.trouble}" for rule in rules if rule.trouble]
    yield attempt.reading("failing", len(failing), "1", _listed(failing))
    stale = [
        f"{group.name}: evaluated {group.age:,.0f} s ago, and every {group.interval:g} s was wanted"
        for group in groups
        if group.age > _INTERVALS * group.interval
    ]
    yield attempt.reading("stale", len(stale), "1", _listed(stale))
    if probe.alerts or probe.groups:
        there = {rule.name for rule in rules if rule.alerting}
        missing = [f"alert {name}" for name in probe.alerts if name not in there]
        missing += [f"group {name}" for name in probe.groups if name not in {group.name for group in groups}]
        yield attempt.reading("missing", len(missing), "1", _listed(missing))


def _of_alerts(attempt: Attempt, probe: AlertsProbe, groups: Sequence[_Group]) -> Iterator[Evidence]:
    rules = [rule for group in groups for rule in group.rules if rule.alerting]
    alerts = [alert for rule in rules for alert in rule.alerts if all(m.holds(alert.labels) for m in probe.labels)]
    for state in ("firing", "pending"):
        found = [str(alert) for alert in alerts if alert.state == state]
        yield attempt.reading(state, len(found), "1", _listed(found))
    # Where no rule could fire, none firing says nothing.
    able = [rule for rule in rules if not rule.trouble and _could_fire(rule, probe.labels)]
    selector = ", ".join(map(str, probe.labels)) or "any labels"
    yield attempt.reading("rules", len(able), "1", f"healthy alerting rules with {selector}, of {len(rules)}")


def _could_fire(rule: _Rule, matchers: Sequence[Matcher]) -> bool:
    """Whether a rule's alerts can have these labels, by the labels that the rule itself gives them.

    Labels that come from its expression are not known: the rule counts where another label speaks for it.
    """
    given = {**rule.labels, "alertname": rule.name}
    known = [matcher for matcher in matchers if matcher.label in given]
    return (bool(known) or not matchers) and all(matcher.holds(given) for matcher in known)


def _texts(labels: Mapping[str, Any]) -> Mapping[str, str]:
    return {str(name): str(value) for name, value in labels.items()}


def _listed(found: Sequence[str]) -> str:
    return "; ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
