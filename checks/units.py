"""Quantities with units as people write them (`500ms`, `5 %`, `500MB`) and the base units that values are kept in.

Base units: `s` (seconds), `B` (bytes), `ratio` (0..1), `1/s` (per second), `1` (a plain number or count).
Readings without an amount use `bool`, `text` and `present` (see `checks.evidence`).
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal

#: suffix -> (base unit, factor). Decimal prefixes are powers of 1000, binary ones (KiB) of 1024 (IEC 80000-13).
SUFFIXES: dict[str, tuple[str, float]] = {
    "": ("1", 1),
    "us": ("s", 1e-6),
    "µs": ("s", 1e-6),
    "ms": ("s", 1e-3),
    "s": ("s", 1),
    "sec": ("s", 1),
    "m": ("s", 60),
    "min": ("s", 60),
    "h": ("s", 3600),
    "d": ("s", 86400),
    "w": ("s", 604800),
    "B": ("B", 1),
    "kB": ("B", 1e3),
    "KB": ("B", 1e3),
    "MB": ("B", 1e6),
    "GB": ("B", 1e9),
    "TB": ("B", 1e12),
    "KiB": ("B", 2**10),
    "MiB": ("B", 2**20),
    "GiB": ("B", 2**30),
    "TiB": ("B", 2**40),
    "%": ("ratio", 0.01),
    "ratio": ("ratio", 1),
    "/s": ("1/s", 1),
    "1/s": ("1/s", 1),
    "/min": ("1/s", 1 / 60),
}

NUMERIC_UNITS = frozenset(base for base, _ in SUFFIXES.values())
UNITS = NUMERIC_UNITS | {"bool", "text", "present"}

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+(?:_[0-9]{3})*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*([A-Za-zµ%/1]*)")
#: An image's digest or a commit: people are shown the first twelve digits, as Docker and git do.
_DIGEST = re.compile(r"\b((?:sha256:)?[0-9a-f]{12})(?:[0-9a-f]{52}|[0-9a-f]{28})\b")
_ORDER = {"s": "500ms, 10s, 5min, 2h, 30d", "B": "500MB, 2GiB", "ratio": "5 %", "1/s": "10/s", "1": "10"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount in a base unit: `Quantity(0.5, "s")` is what `500ms` means."""

    value: float
    unit: str


def parse_quantity(text: str) -> Quantity:
    """Read `500ms`, `10 min`, `5%`, `500MB`, `12`. Raises ValueError that names the known suffixes."""
    match = _QUANTITY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not an amount: write a number and a unit, as in {', '.join(_ORDER.values())}")
    number, suffix = match.groups()
    if suffix not in SUFFIXES:
        known = ", ".join(s for s in SUFFIXES if s)
        raise ValueError(f"{text!r} has the unknown unit {suffix!r}; known are {known}")
    unit, factor = SUFFIXES[suffix]
    # Dividing keeps `5%` at 0.05 and `500ms` at 0.5 exactly as written; multiplying by 1e-3 would not.
    inverse = round(1 / factor) if factor < 1 else 0
    amount = float(number.replace("_", ""))
    value = amount / inverse if inverse and math.isclose(1 / inverse, factor) else amount * factor
    if not math.isfinite(value):
        raise ValueError(f"{text!r} is not a finite amount")
    return Quantity(value, unit)


def parse_in(text: str, unit: str) -> float:
    """Read an amount that has to be in the base unit `unit` (`s`, `B`, ...). Raises ValueError otherwise."""
    quantity = parse_quantity(text)
    if quantity.unit != unit:
        raise ValueError(f"{text!r} is in {quantity.unit!r}, wanted an amount in {unit!r}, as in {_ORDER[unit]}")
    return quantity.value


def format_value(value: bool | float | str, unit: str, digits: int = 3) -> str:
    """A value for people: `812 ms`, `3.1 %`, `9 d`, `yes`, `'1.0.0'`. `digits` is the number of significant digits.

    A ratio is never rounded up to all or down to nothing: 0.99999 prints `99.999 %`, not `100 %`.
    """
    if isinstance(value, bool):
        return {True: "yes", False: "no"}[value] if unit != "present" else ("there" if value else "not there")
    if isinstance(value, str):
        return repr(_DIGEST.sub(r"\1…", value))
    match unit:
        case "s":
            return _scaled(
                value, (("d", 86400), ("h", 3600), ("min", 60), ("s", 1), ("ms", 1e-3), ("µs", 1e-6)), digits
            )
        case "B":
            return _scaled(value, (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1)), digits)
        case "ratio":
            return f"{_percent(value, digits)} %"
        case "1/s":
            return f"{_number(value, digits)}/s"
        case _:
            return _number(value, digits)


def format_apart(got: float, wanted: float, unit: str) -> tuple[str, str]:
    """Both amounts for people, with as many digits as it takes to see which of two different amounts is larger."""
    for digits in (3, 4, 6, 9, 12):
        texts = format_value(got, unit, digits), format_value(wanted, unit, digits)
        # Comparing texts would not do: 0.9996 s and 1 s print as `1,000 ms` and `1 s`.
        shown_got, shown_wanted = (_shown_amount(text) for text in texts)
        if got == wanted or (shown_got != shown_wanted and (shown_got < shown_wanted) == (got < wanted)):
            return texts
    return f"{got!r} {unit}", f"{wanted!r} {unit}"


def _shown_amount(text: str) -> float:
    try:
        return parse_quantity(text.replace(",", "")).value
    except ValueError:  # rounding took it beyond the largest float
        return -math.inf if text.startswith("-") else math.inf


def _scaled(value: float, scales: tuple[tuple[str, float], ...], digits: int) -> str:
    for suffix, factor in scales:
        # Two of a large unit read better than 1.x of it: 90 s stays seconds, 120 s becomes minutes.
        least = 2 * factor if suffix in ("d", "h", "min") else factor
        if abs(value) >= least:
            return f"{_number(value / factor, digits)} {suffix}"
    suffix, factor = scales[-1]
    return f"{_number(value / factor, digits)} {suffix}" if value else f"0 {suffix if suffix != 'µs' else 's'}"


def _percent(ratio: float, digits: int) -> str:
    percent = ratio * 100
    if not math.isfinite(percent):
        return f"{Decimal(ratio) * 100:.{digits}g}"
    for places in range(digits, 16):
        text = _number(percent, places)
        if not (text == "100" and ratio < 1) and not (text == "0" and ratio > 0):
            return text
    return repr(percent)


def _number(value: float, digits: int) -> str:
    if isinstance(value, int) or (value == int(value) and abs(value) < 1e15):
        return f"{int(value):,}"
    whole = len(str(abs(int(value))))
    text = f"{value:,.{max(0, digits - whole)}f}" if abs(value) >= 1 else f"{value:.{digits}g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
