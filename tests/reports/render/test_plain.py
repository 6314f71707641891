"""Foreign text made safe to show."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from reports.render.plain import middle_cut, one_line, visible

TEXTS = st.text(max_size=200) | st.text(st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp")), max_size=50)


def test_escape_sequences_and_direction_marks_are_written_out():
    """What a terminal would obey, or what reorders a line, is visible; ordinary text of any script stays."""
    assert visible("\x1b[31mred\x07 \u202egnp.exe") == "\\x1b[31mred\\x07 \\u202egnp.exe"
    assert visible("naïve 漢字 עברית 👍\n\tx") == "naïve 漢字 עברית 👍\n\tx"


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_nothing_unseen_is_left(text):
    """After `visible` only newlines and tabs are control characters, and everything can be written as UTF-8."""
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in "\n\t"]
    shown.encode("utf-8")


def test_one_line_says_what_it_cut():
    """A long text becomes one short line that names its length; a short one is left alone."""
    assert one_line("a\r\n b\tc") == "a b c"
    assert one_line("x" * 100, 10) == "x" * 10 + "… (100 characters)"
    assert one_line("x" * 10, 10) == "x" * 10


def test_middle_cut_keeps_both_ends():
    """The beginning and the end of a huge text stay, and the middle is counted."""
    cut = middle_cut("begin" + "x" * 1_000_000 + "end", 1000)
    assert cut.startswith("begin")
    assert cut.endswith("end")
    assert "999,008 of 1,000,008 characters are left out" in cut
    assert len(cut) < 1100
    assert middle_cut("short", 1000) == "short"
    assert middle_cut("", 1000) == ""
