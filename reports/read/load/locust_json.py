"""Reads Locust's `--json`: a list of requests with a count for each (rounded) response time.

With `--processes` every process prints a document of its own: `[]` of the workers, and the master's, which has all.
Written from `locust/stats.py` (`StatsEntry.serialize`, `RequestStats.log_request`) of Locust 2.47.
"""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reports.load_summary import LoadSummary, RequestSummary, Times
from reports.read.foreign import as_text
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import count, mapping, number, shown, text
from reports.read.sniff import Head

ROUNDED: Final = "Locust rounds times of 100 ms and more to two digits"
NO_REQUEST: Final = "no request was made: Locust writes this, too, where the target accepts and never answers"
_KEYS: Final = ("[].num_requests", "[].response_times")
#: A worker's documents before the master's.
_EMPTY_FIRST: Final = re.compile(r"\s*(?:\[\s*\]\s*)+\[\s*\{[^{}]*\"num_requests\"")


def is_locust_json(head: Head) -> bool:
    """Whether a file is such a list, by its keys."""
    if head.json is None:
        return False
    return head.json.has(*_KEYS) or bool(_EMPTY_FIRST.match(as_text(head.start).lstrip("\ufeff")))


class _Entry:
    """Adds up what the documents say of one name."""

    def __init__(self) -> None:
        self.count = self.failures = 0
        self.seconds = 0.0
        self.times: dict[float, int] = {}


def read_locust_json(path: Path) -> LoadSummary:
    """Read what `locust --json` printed. Raises ReportError."""
    problems = ProblemList()
    entries: dict[str, _Entry] = {}
    first, last, filled = math.inf, 0.0, 0
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        while stream.kind != "nothing":
            found = False
            for told in stream.records("the document"):
                found = True
                begun, ended = _take(stream, told, entries)
                first, last = min(first, begun), max(last, ended)
            filled += found
        stream.finish()
    if filled > 1:
        problems.add(Effect.NOTE, f"{filled} documents with requests are added up")
    requests = tuple(_summary(name, entry) for name, entry in entries.items())
    total = RequestSummary(
        "",
        sum(one.count for one in requests),
        sum(one.failures for one in requests),
        Times.merged(one.times for one in requests),
        successes_only=False,
        mean=_mean(entries.values()),
    )
    if not total.count:
        problems.add(Effect.INCONCLUSIVE, NO_REQUEST)
    duration = last - first if last > first else None
    created = datetime.fromtimestamp(last, UTC) if last else None
    return LoadSummary(
        "Locust",
        "locust-json",
        total,
        requests,
        duration,
        created,
        stream.sha256,
        problems.all(str(path)),
        rounded=ROUNDED,
    )


def _take(stream: JsonStream, told: dict[str, object], entries: dict[str, _Entry]) -> tuple[float, float]:
    """Add one request name; returns when its first request began and its last one ended, in seconds since the epoch."""
    name = " ".join(filter(None, (text(told.get("method")), text(told.get("name")))))
    if not text(told.get("name")):
        stream.fail("a request has no `name`")
    requests = count(stream, told.get("num_requests"), f"`num_requests` of {name}")
    failures = count(stream, told.get("num_failures"), f"`num_failures` of {name}")
    if failures > requests:
        stream.fail(f"{name} has {failures} failures in {requests} requests")
    entry = entries.setdefault(name, _Entry())
    entry.count += requests
    entry.failures += failures
    entry.seconds += number(stream, told.get("total_response_time"), f"`total_response_time` of {name}") / 1000
    times = told.get("response_times")
    if not isinstance(times, dict):
        stream.fail(f"`response_times` of {name} is {shown(times)}, wanted counts by time")
    timed = 0
    for key, value in mapping(times).items():
        time = _time(stream, key, name)
        often = count(stream, value, f"the count of {key[:30]!r} of {name}")
        entry.times[time] = entry.times.get(time, 0) + often
        timed += often
    if timed > requests:
        stream.fail(f"{name} has {timed} response times in {requests} requests")
    # What has no response time (an event of the user's own, `num_none_requests`) is counted all the same.
    untimed = count(stream, told.get("num_none_requests", 0), f"`num_none_requests` of {name}")
    if timed + untimed != requests:
        stream.fail(f"{name} has {requests} requests, and {timed} response times")
    begun = number(stream, told.get("start_time"), f"`start_time` of {name}")
    ended = number(stream, told.get("last_request_timestamp") or 0, f"`last_request_timestamp` of {name}")
    if max(begun, ended) > _LAST:
        stream.fail(f"the times of {name} are no seconds since 1970")
    return begun, ended


#: The year 9999.
_LAST: Final = 253_370_764_800


def _time(stream: JsonStream, key: str, name: str) -> float:
    """`"140"`, `"0"`, or `"12.5"` of older versions: milliseconds."""
    if not re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,12})?", key):
        stream.fail(f"a response time of {name} is {shown(key)}, wanted milliseconds")
    return float(key) / 1000


def _summary(name: str, entry: _Entry) -> RequestSummary:
    counts = {time: often for time, often in entry.times.items() if often}
    return RequestSummary(name, entry.count, entry.failures, Times(counts), successes_only=False, mean=_mean([entry]))


def _mean(entries: Iterable[_Entry]) -> float | None:
    found = list(entries)
    timed = sum(sum(entry.times.values()) for entry in found)
    return sum(entry.seconds for entry in found) / timed if timed else None
