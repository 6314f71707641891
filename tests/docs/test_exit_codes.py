"""The tables of exit codes say what gates/exit_codes.py says."""

import re

import pytest

from gates.exit_codes import ExitCode
from tests.docs.fences import ROOT


@pytest.mark.parametrize("page", ["README.md", "docs/exit-codes.md"])
def test_every_code_stands_in_the_table_once(page: str) -> None:
    """No code more, no code less."""
    codes = [int(code) for code in re.findall(r"^\| (\d+) \|", (ROOT / page).read_text(), re.MULTILINE)]
    assert sorted(codes) == sorted(ExitCode)


def test_the_names_are_those_of_the_code() -> None:
    """The table's second column."""
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", (ROOT / "docs/exit-codes.md").read_text(), re.MULTILINE)
    assert {int(code): name for code, name in rows} == {code.value: code.name for code in ExitCode}


def test_the_readme_says_what_each_code_means() -> None:
    """The words that the code's own docstring uses."""
    text = (ROOT / "README.md").read_text()
    meanings = dict(re.findall(r"(\d+) ([a-z ]+)", ExitCode.__doc__ or ""))
    assert len(meanings) == len(ExitCode)
    for code, meaning in meanings.items():
        row = re.search(rf"^\| {code} \| (.*) \|$", text, re.MULTILINE)
        assert row is not None
        assert set(meaning.split()) <= set(re.findall(r"\w+", row[1])), (code, meaning)
