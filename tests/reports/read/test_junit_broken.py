"""Files that are no readable JUnit: each is a ReportError that says where and what to do, never zero tests."""

import os
import tempfile
from pathlib import Path

import pytest

from reports.read.errors import ReportError
from reports.read.junit import read_junit

GOOD = (
    '<?xml version="1.0"?>\n<testsuites><testsuite name="s" tests="1"><testcase name="n"/></testsuite></testsuites>\n'
)


def refusal(path):
    with pytest.raises(ReportError) as caught:
        read_junit(path)
    assert caught.value.file == str(path)
    return caught.value


def test_the_passing_twin(read):
    """The file that the broken ones below differ from is read."""
    file, _ = read(GOOD)
    assert (file.tests, file.problems) == (1, ())


BROKEN = {
    "": "is empty",
    " \n\t ": "nothing but blanks",
    "\ufeff": "nothing but blanks",
    "all tests passed": "not XML",
    "OK (12 tests)\n": "not XML",
    "{}": "JSON",
    '[{"tests": 1}]': "JSON",
    '{"protocolVersion":"0.1.1","runnerVersion":"1.25"}\n{"type":"start"}': "Dart",
    "<html><body/></html>": "HTML",
    "<!DOCTYPE html>\n<html lang='en'></html>": "HTML",
    "<test-run id='2' total='1'/>": "NUnit 3",
    "<test-results name='x'/>": "NUnit 2",
    "<TestRun xmlns='http://microsoft.com/schemas/VisualStudio/TeamTest/2010'/>": "TRX",
    "<assemblies><assembly/></assemblies>": "xUnit.net",
    "<assembly/>": "xUnit.net",
    "<testng-results/>": "TestNG",
    "<coverage line-rate='1'/>": "coverage",
    "<something/>": "<something>",
    "<testsuite>text instead of elements</testsuite>": "holds text",
    "<testsuites>": "ends in the middle",
    "<testsuites><testsuite></testsuites>": "mismatched tag",
    "<testsuite/><testsuite/>": "junk after document",
    "<testsuite/>trailing words": "junk after document",
    "<testsuite a='1' a='2'/>": "duplicate attribute",
    "<testsuite a=1/>": "not well-formed",
    "<testsuite>&nbsp;</testsuite>": "undefined entity",
    "<testsuite name='x>": "ends in the middle",
    "<testsuite><![CDATA[": "ends in the middle",
    "<?xml version='1.0' encoding='no-such-encoding'?><x/>": "<x>",
    b"\x1f\x8b\x08\x00": "gzip",
    b"PK\x03\x04": "ZIP",
    b"\x00" * 64: "nothing but blanks",
    b"\xff\xfe": "nothing but blanks",
}


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_not_junit_is_refused_by_name(write, content):
    """Empty, plain text, foreign formats, broken XML: an error in the words of the one who has to mend it."""
    assert BROKEN[content] in refusal(write(content)).message


def test_an_error_names_its_line(write):
    """The line is where the file is broken."""
    error = refusal(write("<testsuites>\n<testsuite>\n</testsuites>"))
    assert error.line == 3
    assert str(error).startswith(f"{error.file}:3: ")


@pytest.mark.parametrize("length", range(0, len(GOOD) - 1, 3))
def test_a_truncated_file_is_never_accepted(write, length):
    """Cut anywhere before its last tag is closed, a valid file is an error."""
    refusal(write(GOOD[:length]))


def test_nothing_at_the_path(tmp_path):
    """A missing file, a directory, a name that can't exist."""
    assert "no such file" in refusal(tmp_path / "missing.xml").message
    assert "directory" in refusal(tmp_path).message
    assert "no such file" in refusal(tmp_path / "missing" / "deeper.xml").message
    with pytest.raises(ReportError, match="null character"):
        read_junit(tmp_path / "a\0b")
    assert refusal(tmp_path / ("n" * 5000)).message


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    """A named pipe that nobody writes to does not hang the run."""
    os.mkfifo(tmp_path / "pipe")
    assert "regular file" in refusal(tmp_path / "pipe").message


def test_an_unreadable_file():
    """A file without permission says so; with it, it is read. Root, who may read everything, becomes nobody for it."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "results.xml"
        path.write_text(GOOD)
        path.chmod(0)
        try:
            if root:
                os.seteuid(65534)
            assert "Permission denied" in refusal(path).message
        finally:
            if root:
                os.seteuid(0)
        path.chmod(0o644)
        assert read_junit(path).tests > 0


def test_a_loop_of_links(tmp_path):
    """A symbolic link to itself is an error."""
    (tmp_path / "loop").symlink_to("loop")
    assert refusal(tmp_path / "loop").message


def test_an_exception_of_the_callback_passes_through(write):
    """What the caller's own code raises is not taken for a defect of the file."""

    def fail(case):
        raise ValueError(case.name)

    with pytest.raises(ValueError, match="n"):
        read_junit(write(GOOD), fail)
