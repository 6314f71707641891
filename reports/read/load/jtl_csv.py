"""Reads JMeter's results as CSV: any delimiter, any columns, of which `elapsed` and `success` have to be there.

Format: https://jmeter.apache.org/usermanual/listeners.html#csvlogformat
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from reports.load_summary import LoadSummary
from reports.read.foreign import as_text
from reports.read.load.csv_rows import CsvRows, delimiter_of
from reports.read.load.samples import Samples
from reports.read.problem import Effect
from reports.read.sniff import Head

#: Columns that JMeter alone names like this.
_OWN: Final = frozenset(
    {"timeStamp", "elapsed", "responseCode", "responseMessage", "threadName", "allThreads", "success"}
)
_BARE: Final = re.compile(r"[0-9]{13}[,;\t|][0-9]+[,;\t|]")
_FORMATS: Final = ("%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S")


def is_jtl_csv(head: Head) -> bool:
    """Whether a file has JMeter's columns in its first line."""
    return len(_OWN.intersection(_columns(head))) >= 2


def bare_jtl(head: Head) -> str:
    """The refusal for JMeter's rows without a header; empty for anything else."""
    if not _BARE.match(as_text(head.start).lstrip("\ufeff")):
        return ""
    words = "these are JMeter's results without the names of the columns, so that nobody knows what they say"
    return f"{words}: run it with `-Jjmeter.save.saveservice.print_field_names=true`"


def read_jtl_csv(path: Path) -> LoadSummary:
    """Read JMeter's CSV. Raises ReportError, also where it does not tell how long a request took or how it ended."""
    rows = CsvRows(path)
    body = rows.start()
    for needed, why in (("elapsed", "how long requests took"), ("success", "which requests failed")):
        if needed not in rows.header:
            setting = {"elapsed": "time", "success": "successful"}[needed]
            words = f"the column {needed!r} is missing, so {why} is not known"
            raise rows.error(f"{words}: run it with `-Jjmeter.save.saveservice.{setting}=true`")
    if len(set(rows.header)) != len(rows.header):
        twice = next(name for name in rows.header if rows.header.count(name) > 1)
        raise rows.error(f"the column {twice[:50]!r} is there twice: which one counts is anybody's guess")
    found = Samples()
    elapsed, success = rows.header.index("elapsed"), rows.header.index("success")
    label, begun, message = (_optional(rows, name) for name in ("label", "timeStamp", "responseMessage"))
    for row in body:
        if not re.fullmatch(r"[0-9]{1,12}", row[elapsed]):
            raise rows.error(f"`elapsed` is {row[elapsed][:50]!r}, wanted whole milliseconds")
        if row[success] not in _SUCCESS:
            raise rows.error(f"`success` is {row[success][:50]!r}, wanted true or false")
        found.add(
            row[label] if label is not None else "",
            int(row[elapsed]),
            _SUCCESS[row[success]],
            _moment(row[begun]) if begun is not None else None,
            row[message] if message is not None else "",
        )
    if not rows.whole:
        found.problems.add(Effect.INCONCLUSIVE, "the last line has no end: the file may be cut off")
    return found.summary("jmeter-csv", rows.sha256, str(path))


_SUCCESS: Final = {"true": True, "false": False, "TRUE": True, "FALSE": False}


def _columns(head: Head) -> list[str]:
    first = as_text(head.start[:4096]).lstrip("\ufeff").split("\n", 1)[0]
    return [name.strip().strip('"') for name in first.split(delimiter_of(first))]


def _optional(rows: CsvRows, name: str) -> int | None:
    return rows.header.index(name) if name in rows.header else None


def _moment(value: str) -> int | None:
    """Milliseconds since 1970; a date as JMeter writes it if it is told to counts as UTC: only distances matter."""
    if value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    for form in _FORMATS:
        try:
            return round(datetime.strptime(value, form).replace(tzinfo=UTC).timestamp() * 1000)
        except ValueError:
            continue
    return None
