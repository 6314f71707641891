"""The page on data services: its tables are the program's."""

import re
from pathlib import Path

import pytest

from gates.environment.services import KINDS

PAGE = (Path(__file__).parents[3] / "docs" / "services.md").read_text(encoding="utf-8")
_HEADINGS = {"postgresql": "PostgreSQL and TimescaleDB", "mysql": "MySQL and MariaDB", "redis": "Redis and Valkey"}


@pytest.mark.parametrize("kind", _HEADINGS)
def test_the_table_of_a_kind_has_its_subjects_units_and_defaults(kind):
    """In the order of the program; what is measured only at times says when."""
    section = re.search(rf"^## {_HEADINGS[kind]}\n(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)[1]
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| (none|`[^`]+`) \|(.*)\|$", section, re.MULTILINE)
    shown = [(subject, unit, default.strip("`").replace("none", "")) for subject, unit, default, _ in rows]
    table = KINDS[kind].SUBJECTS
    assert shown == [(subject, described.unit, described.default) for subject, described in table.items()]
    for subject, _, _, words in rows:
        assert table[subject].where.split(",")[0].replace("allow_writes", "`allow_writes`") in words
