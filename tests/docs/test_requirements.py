"""The page on requirements is complete and honest: every id has a row, and what it names is there."""

import re
from dataclasses import dataclass

import pytest

from tests.docs.fences import ROOT

#: Prefix -> the first and the last number. S4 begins at 2.
_RANGES = {"B": (1, 10), "S0": (1, 28), "S1": (1, 26), "S2": (1, 18), "S3": (1, 15), "S4": (2, 26)}
IDS = [f"{prefix}-{n:02}" for prefix, (first, last) in _RANGES.items() for n in range(first, last + 1)]


@dataclass(frozen=True)
class Row:
    """One row of the page."""

    ids: tuple[str, ...]
    state: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    missing: str


def rows() -> list[Row]:
    """Every row of every table."""
    found = []
    for line in (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        ids = re.findall(r"\b[BS]\d?-\d\d\b", cells[0])
        if line.startswith("| ") and ids:
            assert len(cells) == 6, line
            named = [re.findall(r"`([^`]+)`", cell) for cell in cells[3:5]]
            found.append(Row(tuple(ids), cells[2], tuple(named[0]), tuple(named[1]), cells[5]))
    return found


def test_every_requirement_has_one_row() -> None:
    """None is missing, none is there twice, and no other is there."""
    assert [one for row in rows() for one in row.ids] == IDS


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.ids[0])
def test_a_row_says_what_its_state_demands(row: Row) -> None:
    """What works has files and tests; what works partly says what is missing; what does not names nothing."""
    match row.state:
        case "works":
            assert row.files
            assert row.tests
            assert not row.missing
        case "partly":
            assert row.files
            assert row.tests
            assert row.missing
        case state:
            assert state == "not yet"
            assert (row.files, row.tests, row.missing) == ((), (), "")


@pytest.mark.parametrize("file", sorted({file for row in rows() for file in row.files}))
def test_a_file_that_is_named_exists(file: str) -> None:
    """In the repository."""
    assert (ROOT / file).is_file()


@pytest.mark.parametrize("name", sorted({test for row in rows() for test in row.tests}))
def test_a_test_that_is_named_exists(name: str) -> None:
    """Its file, and the function in it."""
    path, _, function = name.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^\s*(?:async )?def {function or 'test_'}", text, re.MULTILINE)
