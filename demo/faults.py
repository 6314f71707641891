"""The fault switches of the demo target: which there are, what values they take, and how they are written.

FaultError(ValueError)            something that was asked for can't be switched on
├── UnknownFaultError             there is no switch of that name
└── WrongFaultValueError          the switch exists, the value doesn't fit it
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal, Self


class FaultError(ValueError):
    """A fault can't be switched on; its text is one line that names the switch and what is wanted."""


class UnknownFaultError(FaultError):
    """No switch has that name; the text lists the names that exist, the nearest one first."""


class WrongFaultValueError(FaultError):
    """The value doesn't fit the switch; the text names the switch, what is wanted and what was given."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: `wanted` says its value in words; `low` and `high` are inclusive; `does` is its line in `--help`."""

    kind: Literal["flag", "number", "whole number"]
    wanted: str
    does: str
    low: float = 0.0
    high: float = 0.0


def _flag(does: str) -> Switch:
    return Switch("flag", "true or false", does)


def _number(wanted: str, high: float, does: str) -> Switch:
    return Switch("number", wanted, does, 0.0, high)


#: Every switch by its name, in the order in which they are printed.
SWITCHES: Mapping[str, Switch] = {
    "error_ratio": _number("a number from 0 to 1", 1, "this share of the application's answers is 500"),
    "latency_ms": _number("milliseconds from 0 to 3600000", 3_600_000, "each application answer comes this much later"),
    "hang": _flag("every listener accepts and never answers"),
    "refuse": _flag("nothing listens on the proxy's two ports"),
    "health_lies": _flag("/health says 200, and its body says unhealthy"),
    "wrong_version": _flag("another release answers than the one that was started"),
    "one_bad_replica": _flag("replica 2 answers 503, and the proxy has taken it out"),
    "database_down": _flag("the database can't be opened"),
    "slow_start_s": _number(
        "seconds from 0 to 86400", 86_400, "/ready and /health say 503 for this long after the start"
    ),
    "crash_after": Switch(
        "whole number",
        "a whole number of requests from 1 to 1000000000",
        "each replica ends after this many requests",
        1,
        1e9,
    ),
    "truncated_body": _flag("application answers declare more bytes than they send"),
    "tls_expired": _flag("the certificate ended a day ago"),
    "tls_expires_in_days": _number("days from 0 to 3650", 3_650, "the certificate ends so many days after the start"),
    "redirect_to_login": _flag("everything but /ready is sent to the log-in page"),
    "not_found": _flag("404 for everything"),
    "failing_test": _flag("one of the service's own tests fails"),
    "slow_tests_s": _number("seconds from 0 to 3600", 3_600, "the service's own tests take this much longer"),
    "untested_code": _flag("the sources hold a module that no test loads"),
    "insecure_code": _flag("the sources hand what they are given to a shell"),
    "complex_code": _flag("the sources hold a function with too many branches"),
    "copied_code": _flag("the sources hold a file twice"),
    "leaked_secret": _flag("the sources hold a credential"),
    "careless_image": _flag("the Dockerfile runs the service as root, on an image of any version"),
}

FaultValue = bool | int | float | None


@dataclass(frozen=True, slots=True)
class Faults:
    """The switches of one run; `Faults()` is a healthy target. None means that the switch is off.

    Raises WrongFaultValueError for a value that doesn't fit. `str(faults)` is the form that `parse_faults` reads.
    """

    error_ratio: float = 0.0
    latency_ms: float = 0.0
    hang: bool = False
    refuse: bool = False
    health_lies: bool = False
    wrong_version: bool = False
    one_bad_replica: bool = False
    database_down: bool = False
    slow_start_s: float = 0.0
    crash_after: int | None = None
    truncated_body: bool = False
    tls_expired: bool = False
    tls_expires_in_days: float | None = None
    redirect_to_login: bool = False
    not_found: bool = False
    failing_test: bool = False
    slow_tests_s: float = 0.0
    untested_code: bool = False
    insecure_code: bool = False
    complex_code: bool = False
    copied_code: bool = False
    leaked_secret: bool = False
    careless_image: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (value is None and field.default is None):
                _check(field.name, value)
        if self.tls_expired and self.tls_expires_in_days is not None:
            raise WrongFaultValueError("tls_expired and tls_expires_in_days contradict each other: switch on one")

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Self:
        """The switches as a YAML mapping gives them; a number or flag may also come as text (`"0.2"`, `"true"`).

        Raises UnknownFaultError and WrongFaultValueError.
        """
        values = {}
        for name, value in mapping.items():
            switch = _switch(name)
            values[name] = _check(name, _from_text(switch, value.strip()) if isinstance(value, str) else value)
        return cls(**values)  # type: ignore[arg-type]  # each value was checked against its switch just above

    def as_mapping(self) -> dict[str, FaultValue]:
        """The switches that are on, by name; `Faults.from_mapping` reads it back."""
        return {
            field.name: value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default and value is not None
        }

    def __str__(self) -> str:
        return ",".join(
            name if value is True else f"{name}={value!r}".removesuffix(".0")
            for name, value in self.as_mapping().items()
        )


def parse_faults(text: str) -> Faults:
    """Read `error_ratio=0.2,latency_ms=800,hang`; a flag may stand without a value. Blank text is a healthy target.

    Raises UnknownFaultError and WrongFaultValueError.
    """
    values: dict[str, object] = {}
    for item in text.split(",") if text.strip() else ():
        name, equals, value = (part.strip() for part in item.partition("="))
        if not name:
            raise WrongFaultValueError(f"a switch is missing between the commas of {text!r}")
        switch = _switch(name)
        if name in values:
            raise WrongFaultValueError(f"{name} is given twice")
        if not equals and switch.kind != "flag":
            raise WrongFaultValueError(f"{name} wants {switch.wanted}, as in {name}=1")
        values[name] = value if equals else True
    return Faults.from_mapping(values)


def _switch(name: object) -> Switch:
    if isinstance(name, str) and name in SWITCHES:
        return SWITCHES[name]
    near = difflib.get_close_matches(str(name), SWITCHES, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    raise UnknownFaultError(f"unknown fault {name!r}: {hint}valid names: {', '.join(SWITCHES)}")


def _from_text(switch: Switch, text: str) -> object:
    """The value that the text stands for, or the text itself, which the check then refuses."""
    try:
        match switch.kind:
            case "flag":
                return {"true": True, "false": False}.get(text.lower(), text)
            case "number":
                return float(text)
            case "whole number":
                return int(text)
    except ValueError:
        return text


def _check(name: str, value: object) -> FaultValue:
    switch = SWITCHES[name]
    match value:
        case bool() if switch.kind == "flag":
            return value
        case bool():  # True is an int for Python, not for a person who wrote `latency_ms: true`
            pass
        case int() if switch.kind != "flag" and switch.low <= value <= switch.high:
            return value
        case float() if switch.kind == "number" and math.isfinite(value) and switch.low <= value <= switch.high:
            return value
        case _:
            pass
    raise WrongFaultValueError(f"{name} wants {switch.wanted}, not {value!r}")
