"""The fenced examples of a Markdown page, and the convention by which they say how they are checked.

The words behind the language in a fence's first line are options:

    ```console              commands behind `$ ` are run in the page's own folder; what is shown has to be printed
    ```console exit=10      the last command has to end with this code (0 otherwise)
    ```yaml file=env.yaml   is written to the page's folder, where later commands use it; so with any language
    ```yaml part            a part of an environment file: has to be valid beside what an environment needs
    ```yaml same=PATH       is, word for word, a file of this repository; so with any language
    ```python run           is run in the page's folder
    ```diff                 is applied to the page's folder (of a page that works on a copy of Tidegate's sources)
    ```sh                   a command line of the README that tests/docs/test_readme.py runs
    ```text                 is read by people only
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Pages whose examples other tests run.
_OTHERS = {"demo.md", "junit.md", "environments.md", "checks.md", "reports.md", "benchmarks.md"}
_FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fence:
    """One example: its language, its options, its text and the line of the page where it begins."""

    language: str
    options: Mapping[str, str]
    text: str
    line: int


def owned_pages() -> list[Path]:
    """The README and the guides whose examples are checked by this convention."""
    pages = (page for page in (ROOT / "docs").glob("*.md") if page.name not in _OTHERS)
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(pages)]


def all_pages() -> list[Path]:
    """Every Markdown page of the repository."""
    folders = ("docs", "examples", "load", "benchmarks", "tests", ".ci")
    return sorted({*ROOT.glob("*.md"), *(page for name in folders for page in (ROOT / name).rglob("*.md"))})


def fences(page: Path) -> list[Fence]:
    """The examples of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    return [
        Fence(match[1], _options(match[2]), match[3], text.count("\n", 0, match.start()) + 1)
        for match in _FENCE.finditer(text)
    ]


def _options(words: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in words.split())
    return {key: value for key, _, value in pairs}
