"""Programs that a test writes onto PATH, in place of a scanner that behaves as no real one can be made to."""

import os
import sys
from pathlib import Path

import pytest

from checks.scanners.scanner import Scan, Tool


def any_json(_document):
    """Every report proves something."""
    return ""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """`program("name", source)` puts a Python program onto PATH; returns its path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    def _program(name: str, source: str) -> Path:
        path = folder / name
        path.write_text(
            f"#!{sys.executable} -S\nimport os, sys, time, signal, subprocess\n{source}\n", encoding="utf-8"
        )
        path.chmod(0o755)
        return path

    return _program


@pytest.fixture
def fake(program, tmp_path):
    """`fake(source)` is a Scan of a program that runs this source; it finds the report's path in sys.argv[1]."""

    def _fake(source: str, **changes) -> Scan:
        program("scanner", "if sys.argv[1] == '--version': print('scanner 1.2.3'); sys.exit()\n" + source)
        tool = changes.pop("tool", Tool("scanner", "install it", frozenset({0, 1}), any_json))
        output = tmp_path / "out" / "report.json"
        given = {"deadline": 30.0, "root": tmp_path} | changes
        return Scan(tool, "code", (str(output),), output, **given)

    return _fake
