"""What the metrics gate judges: each subject without the check's name, with its default criterion and its remedy."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from checks.prometheus.presets import PRESETS
from gates.criteria import Criterion
from gates.environment.metrics import Query
from gates.environment.services_section import ServiceSubject, criterion_of

_S = ServiceSubject
_ERRORS: Final = "look at the errors in the service's log, by the time and path that they have"
_SLOW: Final = "look at what is slow: the database, another service, or too little of the machine"
_FULL: Final = "make room, or give it more"

#: Preset -> default and remedy.
_OF_PRESETS: Final[Mapping[str, tuple[str, str]]] = {
    "success_ratio": (">= 95 %", _ERRORS),
    "error_ratio": ("<= 5 %", _ERRORS),
    "error_rate": ("", _ERRORS),
    "rps": ("", "does the traffic reach the service?"),
    "p50": ("", _SLOW),
    "p95": ("<= 1 s", _SLOW),
    "p99": ("", _SLOW),
    "availability": (">= 100 %", "find out which target was down: up == 0"),
    "cpu": ("<= 80 %", "find out what keeps it busy, or give it more"),
    "memory": ("<= 85 %", _FULL),
    "disk": ("<= 90 %", _FULL),
    "db_connections": ("<= 80 %", "look for connections that are not given back, or raise max_connections"),
    "queue_depth": ("<= 1000", "look at its consumers: are there any, and do they keep up?"),
    "restarts": ("<= 0", "look at the log of what was restarted, and at its memory"),
    "value": ("", ""),
}
PRESET_SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    preset: _S(PRESETS[preset].unit, *_OF_PRESETS[preset]) for preset in PRESETS
}

#: Kind of check -> what is judged there.
KINDS: Final[Mapping[str, Mapping[str, ServiceSubject]]] = {
    "page": {
        "up": _S("bool", "= true", "does the service answer, and is this the path of its metrics?"),
        "valid": _S("bool", "= true", "correct what the page says wrongly; promtool check metrics reads it"),
    },
    "prometheus": {
        "ready": _S("bool", "= true", "start it, and look at its log"),
        "config_loaded": _S("bool", "= true", "correct the files: promtool check config"),
        "alertmanagers": _S("1", "", "name it under `alerting:` of Prometheus' configuration"),
    },
    "jobs": {
        "targets": _S("1", ">= 1", "look at /targets of Prometheus: why does it not get their pages?"),
        "down": _S("1", "= 0", "look at /targets of Prometheus: why does it not get their pages?"),
        "interval": _S("s", "", "set `scrape_interval` of the job"),
    },
    "rules": {
        "loaded": _S("1", ">= 1", "name the rule files under `rule_files:`"),
        "failing": _S("1", "= 0", "look at /rules of Prometheus, and correct the expression"),
        "stale": _S("1", "= 0", "its evaluation takes longer than its interval: simplify it"),
        "missing": _S("1", "= 0", "load the rule file that has it"),
    },
    "alerts": {
        "firing": _S("1", "= 0", "do what the alert asks for"),
        "pending": _S("1", ""),
        "rules": _S("1", ">= 1", "no rule could fire with these labels: are they right, and are the rules loaded?"),
    },
    "alertmanager": {
        "ready": _S("bool", "= true", "start it, and look at its log"),
        "accepted": _S("bool", "= true", "look at its log: why does it refuse alerts?"),
        "active": _S("bool", "= true", "end the silence, or the alert that inhibits it"),
        "receivers": _S("text", ""),
        "routed": _S("bool", "= true", "correct the route: amtool config routes test"),
        "arrived": _S("bool", "= true", "look at its log: why can the receiver not be told?"),
        "arrival_time": _S("s", "", "shorten `group_wait` of the route"),
    },
    "pushgateway": {
        "up": _S("bool", "= true", "start it"),
        "age": _S("s", "<= 24h", "did the job run, and did it push at its end?"),
        "push_failed": _S("bool", "= false", "look at what the job pushes: it was refused"),
    },
    "grafana": {"healthy": _S("bool", "= true", "start it, and look at its log and its database")},
    "dashboards": {
        "panels": _S("1", ">= 1", "is it the right dashboard?"),
        "panel.*.series": _S("1", ">= 1", "run the panel's query, and correct the name or the label that is wrong"),
    },
}
#: Where a value lies beyond the histogram's buckets; a limit that it seems to keep is not judged then.
BEYOND: Final = "beyond_buckets"

#: Everything that a limit of the gate can name.
SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    **PRESET_SUBJECTS,
    **{part: subject for table in KINDS.values() for part, subject in table.items()},
}


def criterion_of_query(query: Query, limits: Mapping[str, Criterion]) -> Criterion | None:
    """What a query has to satisfy: its own limit, else the gate's of its preset, else the default; and its samples."""
    found = query.limit
    if found is None and query.preset is not None:
        found = limits.get(query.preset) or criterion_of(PRESET_SUBJECTS[query.preset].default)
    if found is None:
        return None
    if query.min_samples is not None:
        return replace(found, min_samples=max(found.min_samples, query.min_samples))
    least = PRESETS[query.preset].least if query.preset is not None and found.min_samples == 1 else 1
    return replace(found, min_samples=max(found.min_samples, least))
