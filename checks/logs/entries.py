"""What one line says: its time, its level, its message, and its fields where it is a JSON document."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from checks.logs.levels import SPELLINGS
from checks.logs.lines import Line
from checks.logs.probes import Names
from checks.logs.times import time_in, time_of

#: Levels as numbers: bunyan's and pino's, then Python's, where these say the same or more.
_NUMBERS: Final = {10: "trace", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "fatal"}
#: How far into a line of text its level may stand.
_HEAD: Final = 200
_WORDS: Final = "|".join(sorted(SPELLINGS, key=len, reverse=True))
_LEVEL: Final = re.compile(
    rf"(?:\blevel[\"']?[=:] ?[\"']?(?P<named>(?i:{_WORDS}))\b)|\[(?P<boxed>(?i:{_WORDS}))\]"
    r"|(?<![\w./-])(?P<plain>TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|SEVERE|CRIT(?:ICAL)?|FATAL|ALERT|EMERG|PANIC)"
    r"(?![\w/-])"
    r"|^(?P<klog>[IWEF])\d{4} \d\d:\d\d:\d\d"
)
_KLOG: Final = {"I": "info", "W": "warning", "E": "error", "F": "fatal"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that was read.

    `text`: all of it; `fields`: None where it is no JSON object; `time`: seconds since the epoch, or None;
    `level`: one of LEVELS, empty where it has none; `decodes`: whether it was UTF-8.
    """

    line: Line
    text: str
    fields: Mapping[str, Any] | None
    time: float | None
    level: str
    decodes: bool
    message_names: Sequence[str]

    @property
    def message(self) -> str:
        """What it says, without time and fields where these are apart."""
        if self.fields is not None:
            found = pick(self.fields, self.message_names)
            if found is not None:
                return str(found)
        return self.text


def entries(lines: Iterable[Line], names: Names, zone: tzinfo, now: float) -> Iterator[Entry]:
    """What the lines say; empty lines are left out. Nothing that a line holds raises."""
    for line in lines:
        if line.fields is None and not line.data.strip():
            continue
        yield entry(line, names, zone, now)


def entry(line: Line, names: Names, zone: tzinfo, now: float) -> Entry:
    """What one line says. `zone`: of times that name none; `now`: by which the year of syslog's times is found."""
    try:
        text, decodes = line.data.decode("utf-8"), True
    except UnicodeDecodeError:
        text, decodes = line.data.decode("utf-8", "replace"), False
    fields = line.fields if line.fields is not None else _document(text)
    if fields is not None:
        level = level_of(pick(fields, names.level))
        time = time_of(pick(fields, names.time), zone)
    else:
        level, time = level_in(text), time_in(text, zone, now)
    return Entry(line, text, fields, line.time if line.time is not None else time, level, decodes, names.message)


def _document(text: str) -> Mapping[str, Any] | None:
    bare = text.lstrip("\ufeff \t")
    if not bare.startswith("{"):
        return None
    try:
        found = json.loads(bare)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def pick(fields: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The value of the first of these names that is there, and not null; a dot is a level deeper, or part of it."""
    for name in names:
        found = fields.get(name)
        if found is None and "." in name:
            found = _deep(fields, name)
        if found is not None:
            return found
    return None


def _deep(fields: Mapping[str, Any], name: str) -> Any:
    head, dot, rest = name.partition(".")
    while dot:
        inner = fields.get(head)
        if isinstance(inner, Mapping):
            return pick(inner, (rest,))
        following, dot, rest = rest.partition(".")
        head = f"{head}.{following}"
    return None


def level_of(value: Any) -> str:
    """The level that a field names, or nothing."""
    if isinstance(value, str):
        return SPELLINGS.get(value.strip().lower(), "")
    if isinstance(value, int) and not isinstance(value, bool):
        return _NUMBERS.get(value, "")
    return ""


def level_in(text: str) -> str:
    """The level that a line of text names in front, or nothing."""
    match = _LEVEL.search(text[:_HEAD])
    if match is None:
        return ""
    if match["klog"]:
        return _KLOG[match["klog"]]
    return SPELLINGS[(match["named"] or match["boxed"] or match["plain"]).lower()]
