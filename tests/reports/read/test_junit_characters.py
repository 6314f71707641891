"""Encodings and characters: what is legal is read exactly, what is not is replaced and noted, and hides nothing."""

import pytest

from reports.read.errors import ReportError
from reports.read.junit import read_junit
from reports.read.problem import Effect

TEXT = (
    '<?xml version="1.0"{}?><testsuite name="Дратути äöü">'
    '<testcase name="naïve – 試験"><failure/></testcase></testsuite>'
)
LATIN = '<?xml version="1.0" encoding="{}"?><testsuite><testcase name="naïve"/></testsuite>'

LEGAL = {
    "utf-8": TEXT.format("").encode(),
    "utf-8, declared": TEXT.format(' encoding="UTF-8"').encode(),
    "utf-8 with a mark": b"\xef\xbb\xbf" + TEXT.format("").encode(),
    "utf-16 little endian": TEXT.format(' encoding="utf-16"').encode("utf-16"),
    "utf-16 big endian": b"\xfe\xff" + TEXT.format("").encode("utf-16-be"),
}


@pytest.mark.parametrize("encoding", LEGAL)
def test_legal_encodings_are_read_exactly(write, encoding):
    """UTF-8 and UTF-16, with and without a mark and a declaration."""
    cases = []
    file = read_junit(write(LEGAL[encoding]), cases.append)
    assert (file.failures, cases[0].name, cases[0].suite) == (1, "naïve – 試験", ("Дратути äöü",))
    assert file.problems == ()


@pytest.mark.parametrize("encoding", ["iso-8859-1", "latin-1", "windows-1252", "ISO-8859-15", "cp1250"])
def test_declared_single_byte_encodings_are_read_exactly(write, encoding):
    """An encoding of one byte that the file declares is honoured."""
    cases = []
    file = read_junit(write(LATIN.format(encoding).replace("ï", "é").encode(encoding)), cases.append)
    assert (cases[0].name, file.problems) == ("naéve", ())


@pytest.mark.parametrize("encoding", ["Shift_JIS", "gbk", "big5", "EUC-JP"])
def test_wide_encodings_are_read_with_a_note(write, encoding):
    """Encodings that expat does not know are read all the same."""
    cases = []
    file = read_junit(write(LATIN.format(encoding).replace("naïve", "中").encode(encoding)), cases.append)
    assert [case.name for case in cases] == ["中"]
    assert [problem.effect for problem in file.problems] == [Effect.NOTE]


WRONG = {
    "latin-1 that says utf-8": LATIN.format("utf-8").encode("latin-1"),
    "utf-8 that says utf-16 (.NET)": LATIN.format("utf-16").encode(),
    "utf-8 that says an unknown name": LATIN.format("x-unknown").encode(),
    "utf-8 that says a codec that is no encoding": LATIN.format("rot13").encode(),
    "utf-8 that says utf-7": LATIN.format("utf-7").encode(),
    "utf-8 that says utf8": LATIN.format("utf8").encode(),
    "utf-16 that says unicode": LATIN.format("unicode").encode("utf-16"),
    "utf-16 that says utf-8": LATIN.format("utf-8").encode("utf-16"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_encodings_are_read_with_a_note(write, kind):
    """A declaration that is wrong costs at most a character, and is noted with its line."""
    cases = []
    file = read_junit(write(WRONG[kind]), cases.append)
    assert cases[0].name in ("na\N{REPLACEMENT CHARACTER}ve", "naïve")
    assert [(problem.effect, problem.line) for problem in file.problems] == [(Effect.NOTE, 1)]


FORBIDDEN = {
    "an escape": b"\x1b[31mred\x1b[0m",
    "a reference to an escape": b"&#27;[31m&#x1b;",
    "a reference to a null": b"&#0;",
    "a reference to a surrogate": b"&#xD800;",
    "a reference beyond Unicode": b"&#x110000;",
    "invalid bytes": b"\xff\xfe\x80",
    "half a character": b"\xe2\x82",
}


@pytest.mark.parametrize("where", ["name", "text", "output"])
@pytest.mark.parametrize("kind", FORBIDDEN)
def test_characters_that_xml_forbids_are_replaced(write, kind, where):
    """Colours of a terminal, broken bytes: replaced and noted; cases, failures and what follows are still counted."""
    piece = {place: FORBIDDEN[kind] if place == where else b"" for place in ("name", "text", "output")}
    content = (
        b'<testsuite tests="3"><testcase name="first"/><testcase name="second%(name)s"><failure>%(text)s</failure>'
        b'<system-out>%(output)s</system-out></testcase><testcase name="third"/></testsuite>'
    ) % {key.encode(): value for key, value in piece.items()}
    cases = []
    file = read_junit(write(content), cases.append)
    assert (file.tests, file.failures) == (3, 1)
    assert [case.name[:5] for case in cases] == ["first", "secon", "third"]
    assert [problem.effect for problem in file.problems] == [Effect.NOTE]


def test_forbidden_characters_far_apart_and_across_blocks(write):
    """The second reading mends every place, also a reference that two blocks of the file share, and repeats no case."""
    body = "".join(f'<testcase name="n{number}">&#x1b;{"y" * 97}</testcase>' for number in range(5_000))
    cases, suites = [], []
    file = read_junit(write(f"<testsuite>{body}</testsuite>"), cases.append, on_suite=suites.append)
    assert [case.name for case in cases] == [f"n{number}" for number in range(5_000)]
    assert (file.tests, len(suites), suites[0].tests) == (5_000, 1, 5_000)


@pytest.mark.parametrize(
    "content",
    [
        b"<testsuite><test\x01case name='n'/></testsuite>",
        b"<testsuite><testcase name='n'><fail\xffure/></testcase></testsuite>",
        b"<testsuite><testcase name='n'/>" + b"\0" * 100 + b"</testsuite>",
        b"<testsuite><testcase name='n'/></testsuite>" + b"\0" * 100,
        b"<testsuite><testcase name='n'/>\x1b",
    ],
)
def test_what_may_have_been_a_tag_is_not_mended(write, content):
    """A broken tag name, null bytes (what a crash leaves), truncation after a mended character stay errors."""
    with pytest.raises(ReportError):
        read_junit(write(content))
