"""The demo's sources as they are tested and scanned: a copy, with the careless changes that faults ask for."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from demo.faults import Faults

_PACKAGE = Path(__file__).resolve().parent

_FAILING = '''"""A test of what the service does not do."""


def test_a_quote_for_nothing():
    """It fails."""
    assert not "a price", "the service has no quote for nothing"
'''
_SLOW = '''"""A test that waits."""

import time


def test_waits():
    """For nothing."""
    time.sleep({seconds})
'''
_INSECURE = '''"""Exports the quotes."""

import subprocess


def export(name: str) -> int:
    """Hand what somebody wrote to a shell."""
    return subprocess.call(f"sqlite3 stocks.db .dump > {name}", shell=True)
'''
#: In two pieces: a scanner that finds it in this file would be right.
_KEY = "AKIA" + "QWERTYUIOPASDFGH"


def _branches(count: int) -> str:
    ways = "".join(f"    if name == {number}:\n        return {number + 1}\n" for number in range(count))
    return f'"""Rates stocks."""\n\n\ndef rating(name):\n{ways}    return 0\n'


def _functions(count: int) -> str:
    return "".join(f"def report_{number}():\n    return {number}\n\n\n" for number in range(count))


def _image_as_root() -> str:
    kept = [line for line in _read("Dockerfile").splitlines() if not line.startswith("USER")]
    return "\n".join(kept).replace("3.13-slim-bookworm", "latest") + "\n"


def _read(name: str) -> str:
    return (_PACKAGE / name).read_text(encoding="utf-8")


#: Fault -> the file in the package that a careless commit writes, and its text.
_CHANGES: Mapping[str, tuple[str, Callable[[Faults], str]]] = {
    "failing_test": ("tests/test_failing.py", lambda _: _FAILING),
    "slow_tests_s": ("tests/test_slow.py", lambda faults: _SLOW.format(seconds=faults.slow_tests_s)),
    "untested_code": ("reports.py", lambda _: _functions(300)),
    "insecure_code": ("export.py", lambda _: _INSECURE),
    "complex_code": ("rating.py", lambda _: _branches(12)),
    "copied_code": ("tests/connection_before.py", lambda _: _read("connection.py")),
    "leaked_secret": ("settings.py", lambda _: f'"""Where quotes are kept."""\n\naws_access_key_id = "{_KEY}"\n'),
    "careless_image": ("Dockerfile", lambda _: _image_as_root()),
}


def copy_sources(folder: Path, faults: Faults) -> bool:
    """Copy the package to `folder/demo`. Returns whether the faults changed it. Raises OSError."""
    package = folder / "demo"
    shutil.copytree(_PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    changes = [change for name, change in _CHANGES.items() if getattr(faults, name)]
    for name, text in changes:
        (package / name).write_text(text(faults), encoding="utf-8")
    return bool(changes)
