"""Lines come out the same however the bytes are cut into pieces, and never longer than they may be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.logs.lines import Line, Splitter


def split(pieces, longest=1 << 20):
    splitter = Splitter(longest)
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.end()


def test_nothing_has_no_lines():
    """Neither no bytes nor no pieces."""
    assert split([]) == split([b""]) == []


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"\n", [b""]),
        (b"a\r\nb\r", [b"a", b"b"]),
        (b"a\n\nb", [b"a", b"", b"b"]),
        (b"\x00\xff\n", [b"\x00\xff"]),
    ],
)
def test_ends_of_lines(data, lines):
    """Both kinds of ends, and a last line without one; binary bytes are bytes."""
    assert split([data]) == [(line, False) for line in lines]


def test_a_long_line_is_cut_and_said_to_be():
    """In one piece or in many; the line after it is whole again."""
    for pieces in (
        [b"x" * 50 + b"\nshort\n"],
        [b"x" * 30, b"x" * 20, b"\nsho", b"rt\n"],
        [b"a\n" + b"x" * 50 + b"\nshort"],
    ):
        assert split(pieces, 10)[-2:] == [(b"x" * 10, True), (b"short", False)]


def test_a_line_as_long_as_may_be_is_whole():
    """The bound itself cuts nothing."""
    assert split([b"x" * 10 + b"\n"], 10) == [(b"x" * 10, False)]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("ab\n\r", max_size=6).map(str.encode)))
def test_pieces_make_no_difference(pieces):
    """All at once, or as they come."""
    assert split(pieces) == split([b"".join(pieces)])


def test_a_line_has_a_place():
    """As editors and compilers write it."""
    assert Line("app.log", 17, b"").place == "app.log:17"
