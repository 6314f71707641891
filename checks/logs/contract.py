"""The contract of a log: every line is JSON with a time, a level and the fields that were agreed on; how many keep it.

A time has to be ISO 8601 with its zone: what reads logs of several services can't guess it.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from checks.logs.entries import Entry, pick
from checks.logs.levels import SPELLINGS
from checks.logs.probes import ContractRule
from checks.logs.times import is_iso
from checks.units import format_value

#: How many kinds of breaches are told.
_TOLD: Final = 5


@dataclass(slots=True)
class Contract:
    """Counts the lines that keep it, and why the others don't. `now`: seconds since the epoch, when reading began."""

    rule: ContractRule
    now: float
    lines: int = 0
    kept: int = 0
    _why: Counter[str] = field(default_factory=Counter)
    _first: dict[str, str] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """One more line."""
        self.lines += 1
        breaches = self._breaches(entry)
        if not breaches:
            self.kept += 1
        for breach in breaches:
            self._why[breach] += 1
            self._first.setdefault(breach, entry.line.place)

    @property
    def words(self) -> str:
        """The commonest breaches, each with where it was seen first. Empty where there is none."""
        told = [f"{count:,} {why} (first {self._first[why]})" for why, count in self._why.most_common(_TOLD)]
        more = len(self._why) - _TOLD
        return ", ".join(told) + (f", and {more} other kinds" if more > 0 else "")

    def _breaches(self, entry: Entry) -> list[str]:
        fields = entry.fields
        if fields is None:
            return ["longer than a line may be" if entry.line.cut else "no JSON object"]
        found = [] if entry.decodes else ["not UTF-8"]
        found += self._of_time(entry, pick(fields, self.rule.time))
        level = pick(fields, self.rule.level)
        if level is None:
            found.append(f"without {self.rule.level[0]}")
        elif not (isinstance(level, str) and level.strip().lower() in SPELLINGS) and not entry.level:
            found.append("with a level that nobody knows")
        wanted = [*self.rule.fields, *(self.rule.error_fields if entry.level in ("error", "fatal") else ())]
        return found + [f"without {names[0]}" for names in wanted if _is_empty(pick(fields, names))]

    def _of_time(self, entry: Entry, value: Any) -> list[str]:
        if value is None:
            return [f"without {self.rule.time[0]}"]
        if not is_iso(value):
            return ["with a time that is not ISO 8601 with a zone"]
        if entry.time is not None and entry.time > self.now + self.rule.ahead:
            return [f"with a time more than {format_value(self.rule.ahead, 's')} in the future"]
        return []


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", "-", {}, [])
