"""Files that load generators really wrote: totals that their sources state, or a refusal that names what it is."""

import pytest

from reports.read.errors import ReportError
from reports.read.recognise import read_any

#: File -> requests and failures: from the source's own tests where it states them, else counted in the file by hand.
TOTALS = {
    "jenkins-performance/JMeterResults.jtl": (8, 0),
    "jenkins-performance/JMeterResultsMultiLevel.jtl": (10, 0),
    "jenkins-performance/JMeterResultsOneSample.jtl": (1, 0),
    "jmeter/taurus/error-mix.jtl": (1, 1),
    # One line of the CSV twin of this run is a transaction, whose two samples are inside of it here.
    "jmeter/taurus/error-pair1.jtl": (8, 7),
    "jmeter/taurus/kpi-pair1.jtl": (6, 5),
    "jmeter/taurus/error-parsing.jtl": (32, 32),
    "jmeter/taurus/error1.jtl": (9, 9),
    "jmeter/taurus/many-errors-unique-responses.jtl": (189, 189),
    "jmeter/taurus/non-http/error.jtl": (8, 8),
    "jmeter/taurus/simple.kpi.jtl": (6, 3),
    "jmeter/taurus/trace.jtl": (1, 1),
    "jmeter/taurus/tranctl.jtl": (0, 0),
    "jmeter/taurus/unicode.jtl": (13, 13),
    "locust/locust-kpi.jtl": (1, 1),
}
REFUSED = {
    "gatling/taurus/gatling-8-314/simulation.log": "Gatling's simulation.log",
    "jenkins-performance/JENKINS-16627_CSV_instead_of_XML.jtl": "without the names of the columns",
    "locust/2.47.0/fail_failures.csv": "Locust's list of failures",
    "locust/2.47.0/zero_failures.csv": "Locust's list of failures",
    "locust/locust-workers.ldjson": "what Locust's workers tell their master",
    "locust/locust-workers2.ldjson": "what Locust's workers tell their master",
    "other/ab.tsv": "ApacheBench",
    "other/siege.out": "Siege",
}
OTHER_KINDS = {"jenkins-performance/TEST-JUnitResults-success-failure-error.xml": "junit"}


def test_each_file_is_read_or_refused_by_name(corpus):
    """None is left out, and none is a surprise."""
    seen = {}
    for path in sorted(corpus.rglob("*")):
        name = str(path.relative_to(corpus))
        if not path.is_file() or name == "expected.json":
            continue
        try:
            found = read_any(path)
        except ReportError as error:
            seen[name] = next((words for words in REFUSED.values() if words in error.message), error.message)
            continue
        seen[name] = found.kind if found.kind != "load" else (found.total.count, found.total.failures)
    assert seen == TOTALS | REFUSED | OTHER_KINDS


@pytest.mark.parametrize("name", ["jmeter/taurus/simple.kpi.jtl"])
def test_response_times_are_those_of_the_successes(corpus, name):
    """6479, 272 and 54 ms succeeded; three more failed in between."""
    summary = read_any(corpus / name)
    assert sorted(summary.total.times.counts) == sorted(
        int(row.split(",")[1]) / 1000 for row in (corpus / name).read_text().splitlines() if ",true," in row
    )
