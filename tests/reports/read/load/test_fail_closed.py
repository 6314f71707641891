"""What is no report of a load generator, or too large to be one."""

import json

import pytest

from reports.read.errors import ReportError
from reports.read.load.formats import FORMATS, read_load
from reports.read.recognise import read_any
from tests.reports.read.load.conftest import FILES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        (" \n", "nothing but blanks"),
        ("<html><body>log in</body></html>", "HTML"),
        ("<testsuites/>", "no report of a load generator"),
        ("{}", "JSON"),
        ("null", "null"),
        ('{"latencies": {}, "status_codes": {}, "bytes_in": {}}', "Vegeta"),
        ('{"name": "x", "numberOfRequests": {}, "percentiles1": {}}', "Gatling"),
        ("RUN\tbasic\t", "Gatling"),
        ("Running 10s test @ http://127.0.0.1\n", "wrk"),
        ("response-time,DNS+dialup,DNS\n", "hey"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        ("words", "no report of a load generator"),
    ],
)
def test_what_is_no_report_is_refused(refused, content, words):
    """By name where it is known."""
    assert words in refused(content)


def test_a_file_is_recognised_by_one_format_only():
    """Each real file by exactly one."""
    from reports.read.sniff import head_of

    for path in FILES.iterdir():
        found = [form.name for form in FORMATS if form.holds(head_of(path))]
        assert len(found) == (0 if path.name.endswith(("history.csv", "failures.csv", "exceptions.csv")) else 1), path


def test_tidegate_read_says_the_same():
    """`tidegate read --json` has these keys, whatever the tool."""
    for name in ("locust.json", "locust_stats.csv", "k6-handle-summary.json"):
        found = read_any(FILES / name)
        facts = json.loads(json.dumps(found.facts()))
        assert found.kind == "load"
        assert facts.keys() >= {"tool", "requests", "failures", "percentiles"}
        assert facts["requests"] > facts["failures"] > 0
        assert facts["percentiles"]["p95"] > 0


def test_a_large_file_takes_bounded_memory(tmp_path):
    """Two hundred thousand samples, read as a stream."""
    import tracemalloc

    path = tmp_path / "large.jtl"
    with path.open("w") as file:
        file.write("timeStamp,elapsed,label,success\n")
        file.writelines(f"{1700000000000 + number},{number % 997},home,true\n" for number in range(200_000))
    tracemalloc.start()
    summary = read_load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary.total.count == 200_000
    assert peak < 8 << 20


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    """Named as the user wrote them."""
    for path in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(ReportError):
            read_load(path)
