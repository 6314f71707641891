"""What is written down of a release: entries in their order, none ever changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What an entry says.

    A release is `planned` first and `closed` last. An act has its `intent` before and its `done` after it; an intent
    without its `done` is an act of which nobody knows how far it came, and whoever resumes has to look.
    """

    PLANNED = "planned"
    INTENT = "intent"
    DONE = "done"
    JUDGED = "judged"
    APPROVED = "approved"
    OVERRIDDEN = "overridden"
    DECIDED = "decided"
    NOTIFIED = "notified"
    RESUMED = "resumed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal.

    `number`: from 1, without a hole within a release; `at`: seconds since the epoch; `name`: the act, the stage or the
    person that it is about; `data`: JSON values; `holder`: who wrote it, `pid@host`.
    """

    number: int
    at: float
    kind: Kind
    name: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A release with everything that was written of it. `id`: its own in the journal, sortable by time."""

    id: str
    service: str
    environment: str
    entries: tuple[Entry, ...]

    @property
    def open(self) -> bool:
        """Whether it has not come to its end."""
        return not any(entry.kind is Kind.CLOSED for entry in self.entries)

    @property
    def ended(self) -> str:
        """How it ended, in a word or two; empty where it is open."""
        closed = self.last(Kind.CLOSED)
        return closed.name if closed is not None else ""

    @property
    def decision(self) -> Entry | None:
        """The last decision: who resumes follows it."""
        return self.last(Kind.DECIDED)

    def last(self, kind: Kind, name: str | None = None) -> Entry | None:
        """The newest entry of a kind, and of a name where one is given."""
        return next((e for e in reversed(self.entries) if e.kind is kind and name in (None, e.name)), None)

    @property
    def unfinished(self) -> tuple[Entry, ...]:
        """Intents whose act may or may not have happened, oldest first."""
        waiting: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.kind is Kind.INTENT:
                waiting[entry.name] = entry
            elif entry.kind is Kind.DONE:
                waiting.pop(entry.name, None)
        return tuple(waiting.values())


def to_values(record: Record) -> dict[str, Any]:
    """The whole record as JSON values."""
    return {
        "release": record.id,
        "service": record.service,
        "environment": record.environment,
        "open": record.open,
        "entries": [
            {
                "number": entry.number,
                "at": entry.at,
                "kind": entry.kind.value,
                "name": entry.name,
                "data": dict(entry.data),
                "holder": entry.holder,
            }
            for entry in record.entries
        ],
    }


def to_json(record: Record) -> str:
    """The same as indented JSON, for people and for archives."""
    return json.dumps(to_values(record), indent=2, ensure_ascii=True, allow_nan=False) + "\n"
