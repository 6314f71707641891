"""The page on JUnit: its examples run, and its tables are those of the code."""

import re

from reports.read.foreign import refuse_root
from reports.read.problem import Effect
from tests.docs.fences import ROOT, fences
from tests.docs.story import Story

PAGE = ROOT / "docs" / "junit.md"


def test_the_examples_do_what_the_page_says(tmp_path):
    """Files are written, commands are run, in the order of the page."""
    story = Story(tmp_path / "page")
    examples = fences(PAGE)
    assert len(examples) == 4
    for fence in examples:
        story.tell(fence)


def test_every_effect_has_its_row():
    """The three effects of a problem."""
    rows = re.findall(r"^\| `(\w+)` \| \w", PAGE.read_text(), re.MULTILINE)
    assert [effect.value for effect in Effect] == [row for row in rows if row in {"fail", "inconclusive", "note"}]


def test_the_advice_for_other_formats_is_on_the_page():
    """What a refusal tells a user to type is what the page says."""
    text = PAGE.read_text()
    for root in ("test-run", "TestRun", "assemblies", "robot", "Site"):
        command = re.search(r"`([^`]+)`", refuse_root(root).partition("which Tidegate does not read")[2])
        assert command
        assert command[1].split()[0] in text
