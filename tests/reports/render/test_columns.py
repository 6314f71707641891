"""Wrapping by terminal columns."""

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.render.columns import columns, fit, wrap


def test_wide_and_combining_characters_are_counted():
    """A Chinese character takes two columns and an accent of its own none."""
    assert columns("漢字") == 4
    assert columns("e\u0301") == 1


def test_lines_hang_and_long_words_are_broken():
    """Further lines are indented; a word that fits nowhere is broken rather than run over the edge."""
    assert wrap("one two three", 9, "- ", "    ") == ["- one two", "    three"]
    assert wrap("abcdefghij", 6, "- ", "  ") == ["- abcd", "  efgh", "  ij"]
    assert wrap("", 9, "- ") == ["- "]


@given(st.text(max_size=300), st.integers(20, 100), st.integers(0, 10))
@settings(max_examples=200, deadline=None)
def test_no_line_is_too_wide_and_no_character_is_lost(text, width, indent):
    """Whatever the text, every line fits and the words are all there."""
    lines = wrap(text, width, " " * indent, " " * indent)
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(max_size=40), st.integers(2, 30))
@settings(max_examples=200, deadline=None)
def test_fit_is_exact(text, width):
    """A cell is as wide as its column, whether it was padded or cut."""
    assert columns(fit(text, width)) == width
