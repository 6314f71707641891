"""Reads Locust's `--csv`: the file `PREFIX_stats.csv`; the other three files of that option are refused by name.

Written from `locust/stats.py` (`StatsCSV`) of Locust 2.47, and from what 0.x wrote in its place.
"""

import re
from pathlib import Path
from typing import Final

from reports.load_summary import LoadSummary, RequestSummary, Times
from reports.read.foreign import as_text
from reports.read.load.csv_rows import CsvRows
from reports.read.load.locust_json import NO_REQUEST, ROUNDED
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import text
from reports.read.sniff import Head

_STATS: Final = re.compile(r'\s*"?(?:Type|Method)"?\s*,\s*"?Name"?\s*,\s*"?(?:Request Count|# requests)"?')
#: The beginnings of the other files -> what they are.
_OTHERS: Final = (
    (re.compile(r'\s*"?Timestamp"?,"?User Count"?,'), "Locust's history, which has a row per second"),
    (re.compile(r'\s*"?Method"?,"?Name"?,"?Error"?,'), "Locust's list of failures"),
    (re.compile(r'\s*"?Count"?,"?Message"?,"?Traceback"?'), "Locust's list of exceptions"),
    (re.compile(r'\s*"?Name"?,"?# requests"?,"?50%"?'), "Locust's distribution without failures"),
)
_COUNTS: Final = (("Request Count", "# requests"), ("Failure Count", "# failures"))
_MEANS: Final = ("Average Response Time", "Average response time")
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,20})?(?:e-[0-9]{1,2})?")
_ALL: Final = ("Aggregated", "Total", "None Total")


def is_locust_csv(head: Head) -> bool:
    """Whether a file is `PREFIX_stats.csv`, by its header."""
    return bool(_STATS.match(as_text(head.start).lstrip("\ufeff")))


def other_locust_csv(head: Head) -> str:
    """The refusal for the other files of `--csv`; empty for anything else."""
    start = as_text(head.start).lstrip("\ufeff")
    for pattern, name in _OTHERS:
        if pattern.match(start):
            return f"this is {name}: point to the file that ends in `_stats.csv` beside it, or write `--json`"
    return ""


def read_locust_csv(path: Path) -> LoadSummary:
    """Read `PREFIX_stats.csv`. Raises ReportError, also where the row of all requests is missing: it is the last."""
    rows = CsvRows(path)
    body = rows.start()
    requests: list[RequestSummary] = []
    total: RequestSummary | None = None
    duration: float | None = None
    for values in body:
        if total is not None:
            raise rows.error("a row follows after that of all requests: one run per file")
        fields = dict(zip(rows.header, values, strict=True))
        one, last = _row(rows, fields)
        if last:
            total, duration = one, _duration(rows, fields, one.count)
        else:
            requests.append(one)
    if total is None:
        raise rows.error("the row `Aggregated` is missing: the run that should have written it did not finish")
    problems = ProblemList()
    for what in ("count", "failures"):
        added = sum(getattr(one, what) for one in requests)
        stated = getattr(total, what)
        if added != stated:
            words = {"count": "requests", "failures": "failures"}[what]
            problems.add(Effect.INCONCLUSIVE, f"all requests are {stated:,} {words}, and its rows {added:,}")
    if not rows.whole:
        problems.add(Effect.INCONCLUSIVE, "the last line has no end: the file may be cut off")
    if not total.count:
        problems.add(Effect.INCONCLUSIVE, NO_REQUEST)
    problems.add(Effect.NOTE, "the last second of a run can be missing in Locust's CSV: `--json` has all of it")
    return LoadSummary(
        "Locust",
        "locust-csv",
        total,
        tuple(requests),
        duration,
        None,
        rows.sha256,
        problems.all(str(path)),
        rounded=ROUNDED,
    )


def _row(rows: CsvRows, fields: dict[str, str]) -> tuple[RequestSummary, bool]:
    """One row, and whether it is that of all requests."""
    named = text(fields.get("Name", ""))
    method = text(fields.get("Type", fields.get("Method", "")))
    last = named in _ALL and method in ("", "None")
    name = "" if last else " ".join(filter(None, (method, named)))
    if not named:
        raise rows.error("a row has no name")
    requests, failures = (_count(rows, fields, columns, named) for columns in _COUNTS)
    if failures > requests:
        raise rows.error(f"{named} has {failures} failures in {requests} requests")
    stated = {}
    for column, value in fields.items():
        share = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)%", column)
        if share and requests and value != "N/A" and 0 < float(share[1]) <= 100:
            stated[round(float(share[1]) / 100, 8)] = _milliseconds(rows, value, f"{column} of {named}")
    if sorted(stated.values()) != [stated[share] for share in sorted(stated)]:
        raise rows.error(f"the percentiles of {named} don't rise")
    mean = next((fields[column] for column in _MEANS if column in fields), None)
    seconds = None if mean is None or not requests else _milliseconds(rows, mean, f"the average of {named}")
    return RequestSummary(name, requests, failures, Times(stated=stated), successes_only=False, mean=seconds), last


def _duration(rows: CsvRows, fields: dict[str, str], requests: int) -> float | None:
    """Seconds from the first to the last request: Locust divides by them (`StatsEntry.total_rps`)."""
    rate = fields.get("Requests/s", "")
    if not requests or not rate:
        return None
    if not _NUMBER.fullmatch(rate):
        raise rows.error(f"`Requests/s` is {rate[:50]!r}, wanted a number")
    return requests / float(rate) if float(rate) else None


def _count(rows: CsvRows, fields: dict[str, str], columns: tuple[str, ...], name: str) -> int:
    column = next((column for column in columns if column in fields), None)
    if column is None:
        raise rows.error(f"the column {columns[0]!r} is missing")
    if not re.fullmatch(r"[0-9]{1,15}", fields[column]):
        raise rows.error(f"{column!r} of {name} is {fields[column][:50]!r}, wanted a whole number of at least 0")
    return int(fields[column])


def _milliseconds(rows: CsvRows, value: str, what: str) -> float:
    if not _NUMBER.fullmatch(value):
        raise rows.error(f"{what} is {value[:50]!r}, wanted milliseconds")
    return float(value) / 1000
