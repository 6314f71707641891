"""Counts what was asked for over the lines of one source, and makes evidence of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from checks.attempt import Attempt
from checks.evidence import Evidence, Reading
from checks.logs import personal
from checks.logs.account import Account
from checks.logs.contract import Contract
from checks.logs.entries import Entry
from checks.logs.patterns import Patterns
from checks.logs.probes import LogProbe

#: How many places are told, and how much of what stands there.
_TOLD: Final = 3
_SHOWN: Final = 120
#: How many kinds of errors are kept apart; more than that are no kinds any more.
_KINDS: Final = 10_000
_VARIABLE: Final = re.compile(r"[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}|\d+", re.IGNORECASE)


@dataclass(slots=True)
class _Places:
    """How often something was seen, and where first."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, place: str, words: str) -> None:
        self.count += 1
        if len(self.first) < _TOLD:
            self.first.append(f"{place} {words}".rstrip())

    @property
    def seen(self) -> tuple[int, str]:
        """How often, and where."""
        return self.count, self.words

    @property
    def words(self) -> str:
        """Where first."""
        more = f" and {self.count - len(self.first):,} more" if self.count > len(self.first) else ""
        return "; ".join(self.first) + more


class Tally:
    """Takes the entries of a source, one after the other. `now`: seconds since the epoch, when reading began."""

    def __init__(self, probe: LogProbe, now: float) -> None:
        window = probe.window
        self._probe = probe
        self._now = now
        self._since = window.since
        self._from = None if window.since is None else window.since - (now - window.since if window.baseline else 0)
        self._contract = Contract(probe.contract, now) if probe.contract else None
        self._patterns = Patterns(probe.errors.patterns if probe.errors else ())
        self._ignored = Patterns(probe.errors.ignore if probe.errors else ())
        self._fatal_patterns = Patterns(probe.fatal)
        self._errors = _Places()
        self._before = _Places()
        self._kinds: dict[str, _Places] = {}
        self._known: set[str] = set()
        self._fatal = _Places()
        self._personal = {kind: _Places() for kind in probe.personal}
        self.lines = self.older = self.untimed = self.cut = self.undecodable = self.levels = 0
        self._levels_before = 0
        self._oldest: float | None = None
        self._kindsest: float | None = None
        self._last: dict[str, float] = {}

    def take(self, entry: Entry) -> bool:
        """One more line; False where it is more than what is looked at at most."""
        time = self._time(entry)
        if self._since is not None and time is not None and time < self._since:
            self.older += 1
            if self._from is not None and time >= self._from and self._probe.errors:
                self._count_before(entry)
            return True
        if self.lines >= self._probe.most:
            return False
        self.lines += 1
        self.cut += entry.line.cut
        self.undecodable += not entry.decodes
        self.levels += bool(entry.level)
        if self._contract:
            self._contract.take(entry)
        if self._probe.errors:
            self._count_error(entry)
        if self._fatal_patterns and (pattern := self._fatal_patterns.first_in(entry.text, entry.line)):
            self._fatal.add(entry.line.place, f"matches {pattern!r}: {_shown(entry.message)}")
        if self._personal:
            self._count_personal(entry)
        return True

    def _time(self, entry: Entry) -> float | None:
        """The line's time, or that of the last line of the same file: a stack trace belongs to what is above it."""
        if entry.time is None:
            self.untimed += 1
            return self._last.get(entry.line.where)
        self._last[entry.line.where] = entry.time
        self._oldest = entry.time if self._oldest is None else min(self._oldest, entry.time)
        self._kindsest = entry.time if self._kindsest is None else max(self._kindsest, entry.time)
        return entry.time

    def _is_error(self, entry: Entry) -> bool:
        rule = self._probe.errors
        if rule is None:
            return False
        if entry.level not in rule.levels and not self._patterns.first_in(entry.text, entry.line):
            return False
        return not self._ignored.first_in(entry.text, entry.line)

    def _count_before(self, entry: Entry) -> None:
        self._levels_before += 1
        if self._is_error(entry):
            self._before.add(entry.line.place, _shown(entry.message))
            if len(self._known) < _KINDS:
                self._known.add(_kind(entry.message))

    def _count_error(self, entry: Entry) -> None:
        if self._is_error(entry):
            self._errors.add(entry.line.place, _shown(entry.message))
            kind = _kind(entry.message)
            if kind in self._kinds or len(self._kinds) < _KINDS:
                self._kinds.setdefault(kind, _Places()).add(entry.line.place, _shown(entry.message))

    def _count_personal(self, entry: Entry) -> None:
        text = entry.text
        if "\\u" in text and entry.fields is not None:
            # Loggers write 생년월일 as six escapes, unless they are told otherwise.
            text = "\n".join(_texts(entry.fields))
        for found in personal.find(text, self._probe.personal):
            self._personal[found.kind].add(entry.line.place, personal.masked(text, found))

    # What was counted

    def evidence(self, account: Account, attempt: Attempt) -> list[Evidence]:
        """Everything that was asked for. What was not read to its end is a Gap, whatever was counted until then."""
        gap = self._unread(account)
        found: list[Evidence] = []
        if gap is not None:
            found.append(attempt.gap("lines", *gap))
        else:
            found.append(attempt.reading("lines", self.lines, "1", self._words(account)))
        found += self._of_errors(attempt, gap)
        if self._probe.fatal:
            found.append(self._count(attempt, "fatal", self._fatal.seen, self.lines, gap or self._was_cut()))
        if self._contract:
            found.append(self._of_contract(attempt, gap))
        for kind, places in self._personal.items():
            found.append(self._count(attempt, f"personal_data.{kind}", places.seen, self.lines, gap or self._was_cut()))
        return found

    def _unread(self, account: Account) -> tuple[str, str] | None:
        """Why counts can't be trusted, and what to do about it."""
        if account.missing:
            words = "; ".join(missing.words for missing in account.missing[:_TOLD])
            more = f" and {len(account.missing) - _TOLD} more" if len(account.missing) > _TOLD else ""
            return f"{words}{more}", next((missing.remedy for missing in account.missing if missing.remedy), "")
        windowed = self._since is not None
        if windowed and self.lines and self._oldest is None:
            remedy = "say which field has the time (`time:`), or look at the whole log (no `since:`)"
            return "no line has a time, so nobody knows which lines are new", remedy
        if not self.lines:
            return self._nothing(account)
        return None

    def _nothing(self, account: Account) -> tuple[str, str]:
        remedy = "is the service logging, here, and does `since:` reach far enough back?"
        if not self.older and not account.older:
            return "the log is empty", remedy
        newest = f", the newest is of {_moment(self._kindsest)}" if self._kindsest is not None else ""
        older = f"{self.older:,} lines are older" if self.older else f"{account.older} files are older"
        return f"nothing was logged since {_moment(self._since)}: {older}{newest}", remedy

    def _words(self, account: Account) -> str:
        """How the lines were read: for a person who wonders about the number."""
        words = [f"since {_moment(self._since)}"] if self._since is not None else []
        for count, what in (
            (account.older, "older files were not opened"),
            (self.cut, "lines were longer than 1 MiB, and cut"),
            (self.undecodable, "lines are not UTF-8"),
        ):
            words += [f"{count:,} {what}"] if count else []
        if self._since is not None and self.untimed:
            words.append(f"{self.untimed:,} lines have no time, and count as of the one before")
        if self._kindsest is not None and self._kindsest > self._now + 300:
            words.append(f"the newest is of {_moment(self._kindsest)}, which is in the future: is its zone right?")
        return ", ".join(words)

    def _of_errors(self, attempt: Attempt, gap: tuple[str, str] | None) -> list[Evidence]:
        rule = self._probe.errors
        if rule is None:
            return []
        if gap is None and not self.levels and not rule.patterns:
            remedy = "say which field has the level (`level:`), or what an error looks like (`errors: {patterns: ...}`)"
            gap = (f"none of the {self.lines:,} lines has a level that is known", remedy)
        samples = self.lines if rule.patterns else self.levels
        gap = gap or self._was_cut()
        found = [self._count(attempt, "errors", (self._errors.count, _told(self._kinds)), samples, gap)]
        if self._probe.window.baseline:
            found += self._of_baseline(attempt, gap or self._no_baseline())
        return found

    def _no_baseline(self) -> tuple[str, str] | None:
        if self._levels_before:
            return None
        return (
            f"there is nothing to compare with: no line is from {_moment(self._from)} to {_moment(self._since)}",
            "take a shorter `since:`, or let the source reach further back",
        )

    def _of_baseline(self, attempt: Attempt, gap: tuple[str, str] | None) -> list[Evidence]:
        parts = ("errors.before", "errors.more", "errors.new")
        if gap is not None:
            return [attempt.gap(part, *gap) for part in parts]
        fresh = {kind: places for kind, places in self._kinds.items() if kind not in self._known}
        before, now = self._before.count, self._errors.count
        return [
            attempt.reading("errors.before", before, "1", self._before.words),
            attempt.reading("errors.more", now - before, "1", f"{before:,} before, {now:,} since"),
            attempt.reading("errors.new", len(fresh), "1", _told(fresh)),
        ]

    def _of_contract(self, attempt: Attempt, gap: tuple[str, str] | None) -> Evidence:
        contract = self._contract
        if gap is not None or contract is None or not contract.lines:
            return attempt.gap("contract", *(gap or ("no line was looked at", "")))
        words = f"{contract.lines - contract.kept:,} of {contract.lines:,} lines: {contract.words}"
        detail = words if contract.words else ""
        reading = attempt.reading("contract", contract.kept / contract.lines, "ratio", detail)
        return _sampled(reading, contract.lines)

    def _was_cut(self) -> tuple[str, str] | None:
        if not self.cut:
            return None
        return f"{self.cut:,} lines are longer than 1 MiB, and what is behind that was not read", "log shorter lines"

    def _count(
        self, attempt: Attempt, part: str, seen: tuple[int, str], samples: int, gap: tuple[str, str] | None
    ) -> Evidence:
        number, words = seen
        if gap is None:
            return _sampled(attempt.reading(part, number, "1", words), max(1, samples))
        reason, remedy = gap
        until_then = f"; at least {number:,} all the same: {words}" if number else ""
        return attempt.gap(part, f"{reason}{until_then}", remedy)


def count(probe: LogProbe, found: Iterable[Entry], account: Account, now: float) -> Tally:
    """Take everything in; what is more than the probe wants to read is noted in the account."""
    tally = Tally(probe, now)
    for entry in found:
        if not tally.take(entry):
            remedy = "take a shorter `since:`, or raise `most:`"
            account.lacks(f"there are more than {probe.most:,} lines", remedy)
            break
    return tally


def _sampled(evidence: Reading, samples: int) -> Reading:
    return replace(evidence, samples=samples)


def _told(kinds: Mapping[str, _Places]) -> str:
    """The commonest kinds, each with its first place: a thousand lines that say the same are one thing to look at."""
    common = sorted(kinds.values(), key=lambda places: -places.count)
    told = [f"{one.first[0]}{f' ({one.count:,} times)' if one.count > 1 else ''}" for one in common[:_TOLD]]
    return "; ".join(told) + (f" and {len(common) - _TOLD:,} other kinds" if len(common) > _TOLD else "")


def _kind(message: str) -> str:
    """What is the same in two errors of one kind: everything but numbers and ids."""
    return _VARIABLE.sub("#", message[:400])[:200]


def _shown(text: str) -> str:
    """A message that may stand in a report: short, on one line, without personal data."""
    short = personal.redacted(" ".join(text[: 4 * _SHOWN].split()))
    return short if len(short) <= _SHOWN else f"{short[: _SHOWN - 1]}…"


def _moment(seconds: float | None) -> str:
    """A time for people, in UTC."""
    if seconds is None or not 0 <= seconds < 1e11:
        return "an unknown time"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _texts(value: Any) -> Iterator[str]:
    """Every name and value of a document, as `name: value`."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, Mapping | list):
                yield from _texts(inner)
            else:
                yield f"{name}: {inner}"
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner) if isinstance(inner, Mapping | list) else (str(inner),)
