"""The page about the demo target says what is there."""

import re
import subprocess
import sys
from pathlib import Path

import demo.target
from demo.faults import SWITCHES
from demo.target import ADDRESS_NAMES

ROOT = Path(demo.target.__file__).parent.parent
PAGE = (ROOT / "docs" / "demo.md").read_text()


def test_the_table_has_every_switch_once_and_in_order():
    """No more and no fewer."""
    table = PAGE.partition("| switch | value |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(SWITCHES)


def test_every_address_is_named():
    """As an environment file writes it."""
    assert re.findall(r"`\$\{demo\.(\w+)\}`", PAGE) == list(ADDRESS_NAMES)


def test_every_path_that_is_served_is_named(healthy, fetch):
    """And the documented paths exist."""
    served = set(fetch(healthy.addresses["url"], "/").json["routes"]) - {"/"}
    table = PAGE.partition("| path | answer |")[2].partition("\n\n")[0]
    assert {path.replace("{symbol}", "ACME") for path in served} <= set(re.findall(r"(/[\w/]+)", table))


def test_the_python_example_runs():
    """It prints what the text around it makes one expect."""
    example = PAGE.partition("```python\n")[2].partition("```")[0]
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "200\n", "")
