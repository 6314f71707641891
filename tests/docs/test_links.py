"""Every link from one page to another leads somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.fences import ROOT, all_pages

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_resolve(page: Path) -> None:
    """The file is there, and so is the heading."""
    assert broken(page) == []


def test_the_index_has_every_page() -> None:
    """Once each, with words on what is there."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"\]\(([\w-]+\.md)\): \S", index)
    assert sorted(listed) == sorted(page.name for page in (ROOT / "docs").glob("*.md") if page.name != "index.md")


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """A missing file and a missing heading; the twins that are there."""
    (tmp_path / "b.md").write_text("# One two\n\n## `three` & four\n")
    page = tmp_path / "a.md"
    page.write_text("[x](b.md) [x](b.md#one-two) [x](b.md#three--four) [x](https://x.example/y) `[x](no.md)`\n")
    assert broken(page) == []
    page.write_text("[x](c.md) [x](b.md#two) [x](#here)\n")
    assert broken(page) == ["c.md", "b.md#two", "#here"]


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere."""
    links = _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    return [link for link in links if "://" not in link and not link.startswith("mailto:") and not _leads(page, link)]


def _leads(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not heading or heading in _anchors(target)


def _anchors(page: Path) -> set[str]:
    """The names that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.*)$", _without_fences(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _without_fences(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
