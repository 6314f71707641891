"""The formats of load generators that Tidegate reads, each told from what a file holds; others are refused by name."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reports.load_summary import LoadSummary
from reports.read.errors import ReportError
from reports.read.foreign import as_text
from reports.read.load.jtl_csv import bare_jtl, is_jtl_csv, read_jtl_csv
from reports.read.load.jtl_xml import is_jtl_xml, read_jtl_xml
from reports.read.load.k6 import is_k6, is_k6_report, is_k6_samples, read_k6
from reports.read.load.locust_csv import is_locust_csv, other_locust_csv, read_locust_csv
from reports.read.load.locust_json import is_locust_json, read_locust_json
from reports.read.sniff import Head, head_of


@dataclass(frozen=True, slots=True)
class LoadFormat:
    """One format."""

    name: str
    holds: Callable[[Head], bool]
    read: Callable[[Path], LoadSummary]


FORMATS: Final = (
    LoadFormat("locust-json", is_locust_json, read_locust_json),
    LoadFormat("k6-summary", is_k6, read_k6),
    LoadFormat("locust-csv", is_locust_csv, read_locust_csv),
    LoadFormat("jmeter-csv", is_jtl_csv, read_jtl_csv),
    LoadFormat("jmeter-xml", is_jtl_xml, read_jtl_xml),
)
_KNOWN: Final = "Locust's `--json` and `_stats.csv`, summaries of k6, JMeter's CSV and XML"


def holds_load(head: Head) -> bool:
    """Whether a file is a load generator's report that is read."""
    return any(form.holds(head) for form in FORMATS)


def read_load(path: Path) -> LoadSummary:
    """Read a report of any load generator. Raises ReportError, with the name of what it is where that is known."""
    head = head_of(path)
    if head.json and not holds_load(head):
        head = head_of(path, whole=True)
    for form in FORMATS:
        if form.holds(head):
            return form.read(path)
    raise ReportError(str(path), 0, _refusal(head))


def _refusal(head: Head) -> str:
    if head.json and head.json.empty and head.json.kind == "a list":
        return "an empty JSON list: Locust writes it where no request was made, or where the target never answered"
    if foreign := foreign_load(head):
        return foreign
    if head.json or head.root == "html" or head.refusal.startswith("the file "):
        return head.refusal
    return f"this is no report of a load generator that is read; those are {_KNOWN}"


def foreign_load(head: Head) -> str:
    """The message for a load generator's file that is known and not read; empty for anything else."""
    if refusal := bare_jtl(head) or other_locust_csv(head):
        return refusal
    if is_k6_report(head):
        return _not_read("k6's new machine-readable summary", "run it with `--summary-export`, or use handleSummary")
    if is_k6_samples(head):
        return _not_read(
            "k6's stream of samples (`--out json`)", "run it with `--summary-export`, or use handleSummary"
        )
    if head.json:
        for keys, name, advice in _FOREIGN_JSON:
            if head.json.has(*keys):
                return _not_read(name, advice)
    start = as_text(head.start[:8192])
    for pattern, name, advice in _FOREIGN_TEXTS:
        if pattern.search(start):
            return _not_read(name, advice)
    return ""


def _not_read(name: str, advice: str) -> str:
    return f"this is {name}, which Tidegate does not read: {advice}"


_GATLING: Final = "let it write assertions as JUnit (`assertions.xml`), or run the load with Tidegate's own load gate"
_OWN: Final = "run the load with Tidegate's own load gate, or with Locust, k6 or JMeter"
_FOREIGN_JSON: Final = (
    (("stats[].response_times", "user_count"), "what Locust's workers tell their master", "run it with `--json`"),
    (("latencies", "status_codes", "bytes_in"), "Vegeta's report", _OWN),
    (
        ("name", "numberOfRequests", "percentiles1"),
        "Gatling's statistics, which do not name their percentiles",
        _GATLING,
    ),
    (("stats.numberOfRequests",), "Gatling's statistics, which do not name their percentiles", _GATLING),
    (("aggregate", "intermediate"), "Artillery's report", _OWN),
    (("2xx", "non2xx", "latency"), "autocannon's report", _OWN),
    (("summary.successRate", "latencyPercentiles"), "oha's report", _OWN),
)
_FOREIGN_TEXTS: Final = (
    (re.compile(r"\A[\x00-\x1f]{1,8}[0-9]+\.[0-9]+\.[0-9]+"), "Gatling's simulation.log", _GATLING),
    (re.compile(r"\A(?:RUN|ASSERTION)\t"), "Gatling's simulation.log", _GATLING),
    (re.compile(r"\Astarttime\tseconds\tctime\t"), "ApacheBench's `-g`, which does not say what failed", _OWN),
    (re.compile(r"\AThis is ApacheBench"), "ApacheBench's text for people", _OWN),
    (re.compile(r"\A(?:\x1b?\[[0-9;]*m)?\s*[0-9]+,HTTP/1\.[01],[0-9]{3},"), "Siege's verbose output", _OWN),
    (re.compile(r"\A(?:\*\* )?(?:SIEGE|siege)|\"transactions\":"), "Siege's report", _OWN),
    (re.compile(r"\ARunning [0-9.]+\w+ test @ "), "wrk's text for people", _OWN),
    (re.compile(r"\A\s*Summary:\s+Total:\s"), "hey's text for people", _OWN),
    (re.compile(r"\Aresponse-time,DNS\+dialup,"), "hey's CSV", _OWN),
)
