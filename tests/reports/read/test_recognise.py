"""Which reader a file needs."""

import pytest

from reports.read.errors import ReportError
from reports.read.recognise import KINDS, read_any


@pytest.mark.parametrize(
    "content",
    [
        "<testsuites/>",
        "\ufeff<?xml version='1.0'?><!-- <html> -->\n<testsuite/>",
        "<testsuites/>".encode("utf-16"),
        "<?xml version='1.0' encoding='utf-16'?><testsuites/>",
        "<x:testsuite xmlns:x='urn:x'/>",
        "<!DOCTYPE testsuites>\n<testsuites/>",
        "<testcase name='a'/>",
    ],
)
def test_junit_is_told_from_its_root(write, content):
    """Whatever the file is called and however it is encoded."""
    assert read_any(write(content, "anything.dat")).kind == "junit"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("words", "not XML"),
        ("<!-- nothing but a comment -->", "no element begins"),
        ("<html>", "HTML"),
        ("<TestRun/>", "TRX"),
        ("<unknown/>", "<unknown>"),
        ("{}", "JSON"),
    ],
)
def test_what_no_reader_takes_is_refused_by_name(write, content, words):
    """The message names what it is."""
    with pytest.raises(ReportError, match=words):
        read_any(write(content))


def test_every_kind_has_its_own_name():
    """The table holds each kind once."""
    assert len({kind.name for kind in KINDS}) == len(KINDS)
