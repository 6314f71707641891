"""What people are told: how bad it is, what happened, where, to which version, when, and where to read more."""

import json
import time
from dataclasses import dataclass
from enum import Enum
from typing import assert_never


class Severity(Enum):
    """How bad it is. Services that have colours show it as one."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Alert:
    """One message.

    `kind`: what it is about in one word (`rolled-back`, `promoted`, `held`); with `service` and `environment` it makes
    the same alert; `status`: a line for people; `at`: seconds since the epoch; `link`: where the report is, a URL or a
    path, empty where there is none; `details`: further lines.
    """

    severity: Severity
    kind: str
    service: str
    environment: str
    version: str
    status: str
    at: float
    link: str = ""
    details: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Alerts of one key are the same alert."""
        return json.dumps([self.service, self.environment, self.kind])


def title(alert: Alert) -> str:
    """One line: `CRITICAL production: shop 1.4.2 rolled back`. Words, because not every place has colours."""
    happened = alert.kind.replace("-", " ")
    return f"{_word(alert.severity)} {alert.environment}: {alert.service} {alert.version} {happened}"


def body(alert: Alert) -> str:
    """The lines below it."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(alert.at))
    facts = {
        "Status": alert.status,
        "Service": alert.service,
        "Environment": alert.environment,
        "Version": alert.version,
        "Time": moment,
        "Report": alert.link,
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return "\n".join([*lines, *(["", *alert.details] if alert.details else [])])


def _word(severity: Severity) -> str:
    match severity:
        case Severity.INFO:
            return "INFO"
        case Severity.SUCCESS:
            return "OK"
        case Severity.WARNING:
            return "WARNING"
        case Severity.CRITICAL:
            return "CRITICAL"
        case unreachable:
            assert_never(unreachable)
