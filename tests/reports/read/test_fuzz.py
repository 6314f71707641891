"""Whatever the bytes: a JunitFile or a ReportError, in bounded time, and never a pass that the file does not hold."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.read.errors import ReportError
from reports.read.junit import read_junit
from reports.read.junit_file import JunitFile
from reports.read.recognise import read_any

QUICK = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])

VALID = (
    '<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="all" tests="6" failures="1" errors="1" time="1,000.5">\n'
    '<testsuite name="outer" tests="6" failures="1" errors="1" skipped="1" timestamp="2026-01-01T00:00:00Z">\n'
    '<properties><property name="tidegate.run" value="{&quot;complete&quot;: true}"/><property name="p">v</property>'
    '</properties><testcase classname="a.B" name="passes" time="0.1"/>\n<testsuite name="inner">'
    '<testcase classname="a.B" name="fails" time="NaN">'
    '<failure message="1 &lt; 2" type="T"><![CDATA[<trace>]]></failure>'
    '<system-out>out &#27; \x1b</system-out></testcase><testcase name="breaks"><error/></testcase></testsuite>'
    '<testcase name="skipped" status="notrun"><skipped message="später"/></testcase><!-- comment -->'
    '<testcase name="flaky"><flakyFailure><stackTrace>at</stackTrace></flakyFailure></testcase>'
    '<testcase name="judged"><properties><property name="tidegate.gate" value="g"/></properties></testcase>'
    "</testsuite></testsuites>"
).encode()
WORDS = [
    *(b"<testsuites>", b"</testsuites>", b"<testsuite>", b"</testsuite>", b"<testcase>", b"</testcase>", b"<failure/>"),
    *(b"<skipped/>", b"<property name='tidegate.run' value='[[['/>", b"<property name='x'>", b"</property>", b"&#0;"),
    *(b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<!DOCTYPE x [", b"<?xml version='1.0' encoding='utf-16'?>", b"\x00"),
    *(b"tests='99999999999999999999'", b"time='1e999'", b"timestamp='9999-12-31T23:59:59-23:59'", b"\xff", b"&", b"<"),
    *(b" a='", b"'", b">", b"\xef\xbb\xbf", b"\xff\xfe", b"&lt;", b"&#x10FFFF;", b"status='disabled'", b"\xed\xa0\x80"),
]


def outcome(content):
    """What reading comes to; any exception but ReportError fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.xml"
        path.write_bytes(content)
        cases = []
        try:
            file = read_junit(path, cases.append)
        except ReportError as error:
            with contextlib.suppress(ReportError):
                read_any(path)
            return error
        assert isinstance(file, JunitFile)
        assert len(cases) == file.tests >= file.failures + file.errors + file.skipped
        counted = read_junit(path)
        assert (counted.tests, counted.failing, counted.skipped) == (file.tests, file.failing, file.skipped)
        assert read_any(path).facts()["tests"] == file.tests
        return file


def test_the_valid_file_is_valid():
    """What the mutations start from."""
    file = outcome(VALID)
    assert (file.tests, file.failures, file.errors, file.skipped, file.flaky) == (6, 1, 1, 1, 1)


@QUICK
@given(st.binary(max_size=300))
def test_random_bytes(content):
    """Bytes without any sense."""
    outcome(content)


@QUICK
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=4)), max_size=40))
def test_random_words(words):
    """Pieces of XML and JUnit in any order."""
    outcome(b"".join(words))


@QUICK
@given(
    st.lists(
        st.tuples(st.integers(0, len(VALID)), st.integers(0, 12), st.sampled_from([*WORDS, b"", b"x"])), max_size=4
    )
)
def test_mutations_of_a_valid_file(edits):
    """Pieces of a valid file replaced by other pieces."""
    content = VALID
    for start, length, word in edits:
        content = content[:start] + word + content[start + length :]
    outcome(content)


@QUICK
@given(st.integers(0, len(VALID) - 1))
def test_truncation_is_always_an_error(length):
    """A valid file that ends early is never accepted."""
    assert isinstance(outcome(VALID[:length]), ReportError)


@QUICK
@given(st.integers(0, len(VALID) - 1), st.integers(0, 255))
def test_a_changed_byte_hides_no_failure_silently(position, byte):
    """With one byte changed, the file is refused, still fails, or says in a problem that something is wrong."""
    content = VALID[:position] + bytes([byte]) + VALID[position + 1 :]
    found = outcome(content)
    assert isinstance(found, ReportError) or found.failing or found.problems


@QUICK
@given(st.text(max_size=60), st.sampled_from(["time", "timestamp", "tests", "failures", "skipped", "status", "name"]))
def test_any_text_in_any_attribute(text, attribute):
    """Numbers, times and names can be anything that XML can hold."""
    from xml.sax.saxutils import quoteattr

    value = quoteattr(text.encode("utf-8", "replace").decode())
    content = f"<testsuite {attribute}={value}><testcase {attribute}={value}/></testsuite>"
    outcome(content.encode())
