"""The page on releases says what the program does."""

import re

from demo.fleet_versions import VERSIONS
from releases.exit_codes import code_of
from releases.way import Outcome
from tests.docs.fences import ROOT

PAGE = (ROOT / "docs" / "releases.md").read_text()


def test_every_version_of_the_demo_has_its_row():
    """No row more, no row less."""
    part = PAGE.partition("## The demo's versions")[2].partition("\n## ")[0]
    assert dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", part, re.MULTILINE)) == {
        name: version.does for name, version in VERSIONS.items()
    }


def test_every_end_stands_beside_its_exit_code():
    """As the last line of the command calls it."""
    rows = dict(re.findall(r"^\| (\d+) \| ([^|]+) \|", PAGE, re.MULTILINE))
    for outcome in Outcome:
        assert outcome.value.upper() in rows[str(int(code_of(outcome)))]
