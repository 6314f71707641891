"""Every example on the pages is run or checked, in the order of the page, in a folder of its own."""

from pathlib import Path

import pytest

from tests.docs.fences import ROOT, Fence, fences, owned_pages
from tests.docs.story import Story, unprinted

#: A page with this comment works on a copy of Tidegate's sources.
SOURCES = "<!-- examples: in a copy of the sources -->"
#: Pages whose examples make load: what else runs beside them would make their generator late.
TIMED = {"README.md", "load.md", "load-engine.md"}


def pages() -> list[object]:
    """Every page, those that make load alone on the machine."""
    return [
        pytest.param(page, id=page.name, marks=[pytest.mark.alone] if page.name in TIMED else [])
        for page in owned_pages()
    ]


@pytest.mark.parametrize("page", pages())
def test_the_examples_of_a_page(page: Path, tmp_path: Path) -> None:
    """They do what the page says."""
    story = Story(tmp_path / "page", sources=SOURCES in page.read_text(encoding="utf-8"))
    for fence in fences(page):
        wrong = _wrong(story, fence)
        if wrong:
            pytest.fail(f"{page.relative_to(ROOT)}:{fence.line}: {wrong}", pytrace=False)


def _wrong(story: Story, fence: Fence) -> str:
    try:
        story.tell(fence)
    except AssertionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("fence", "words"),
    [
        (Fence("", {}, "x", 1), "nothing checks"),
        (Fence("yaml", {}, "a: 1", 1), "nothing checks"),
        (Fence("yaml", {"part": ""}, "endpoint: {}\n", 1), "endpoints"),
        (Fence("console", {}, "$ false\n", 1), "ended with 1"),
        (Fence("console", {"exit": "1"}, "$ true\n", 1), "ended with 0"),
        (Fence("console", {}, "$ echo one\ntwo\n", 1), "did not print"),
        (Fence("python", {"run": ""}, "1 / 0\n", 1), "ZeroDivisionError"),
        (Fence("diff", {}, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 1), "x"),
        (Fence("yaml", {"same": "environments/ci.yaml"}, "a: 1\n", 1), "differs"),
    ],
)
def test_an_example_that_is_wrong_fails(fence: Fence, words: str, tmp_path: Path) -> None:
    """The convention catches what it is there for."""
    with pytest.raises((AssertionError, pytest.fail.Exception), match=words):
        Story(tmp_path / "page").tell(fence)


def test_an_example_that_is_right_passes(tmp_path: Path) -> None:
    """The twins of the wrong ones."""
    story = Story(tmp_path / "page")
    for fence in (
        Fence("yaml", {"part": ""}, "endpoints: {}\n", 1),
        Fence("console", {"exit": "1"}, "$ false\n", 1),
        Fence("console", {}, "$ printf 'one 5 ms\\ntwo\\nthree\\n'\none 7 ms\n…\nthree\n", 1),
        Fence("python", {"run": ""}, "1 / 1\n", 1),
        Fence("text", {"file": "x"}, "a\n", 1),
        Fence("diff", {}, "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 1),
        Fence("console", {}, "$ cat x\nb\n", 1),
    ):
        story.tell(fence)


def test_passages_have_to_come_in_their_order() -> None:
    """What is shown in another order was not printed so."""
    assert unprinted("a\n…\nb\n", "a\nx\nb\n") == ""
    assert unprinted("b\n…\na\n", "a\nx\nb\n") == "\na\n"


def test_what_is_left_out_is_marked() -> None:
    """A line more than the page shows is as wrong as one less."""
    assert unprinted("a\n", "a\n") == ""
    assert "write `…`" in unprinted("a\n", "a\nb\n")
