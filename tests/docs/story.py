"""Runs the examples of a page in their order, in a folder of the page's own, as a reader would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gates.environment import examine
from tests.docs.fences import ROOT, Fence

#: What every part of an environment file is read beside: `part` fences extend it.
FRAME = """\
service: shop
base_url: https://shop.example.com
endpoints:
  health: {http: /health}
  database: {tcp: "db.example.com:5432"}
journeys:
  browse: {steps: [{name: open, request: {url: /}}]}
gates:
  health: {}
  smoke: {}
stages: {quick: [health], full: [health, smoke]}
default_stage: full
"""
_SOURCES = ("checks", "demo", "environments", "gates", "load", "releases", "reports", "tidegate")
#: Variables that the environment files of the pages read.
_VARIABLES = {"DEMO_PASSWORD": "demo", "TOKEN": "a-token-of-the-docs", "MARKER": "a-marker-of-the-docs"}
#: What differs from run to run -> what it is compared as.
_VARYING = (
    (re.compile(r"\b[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)? (?:µs|ms|s|min)\b"), "TIME"),
    (re.compile(r"\bin [0-9.]+s\b"), "in TIME"),
    (re.compile(r"(127\.0\.0\.1):[0-9]+"), r"\1:PORT"),
    (re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+Z?"), "WHEN"),
    (re.compile(r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{6,64}\b"), "HEX"),
    (re.compile(r"={3,}"), "==="),
)


class Story:
    """The folder in which a page's examples run, one after the other."""

    def __init__(self, folder: Path, *, sources: bool = False) -> None:
        self.folder = folder
        self._environ = {
            **{
                key: value
                for key, value in os.environ.items()
                if not key.startswith(("PYTEST_", "TIDEGATE_", "GITHUB_"))
            },
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "TIDEGATE_STATE": str(folder.parent / "state.sqlite"),
            "COLUMNS": "80",
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_COLOR": "1",
        }
        self._environ.pop("PYTHONPATH", None)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".venv").symlink_to(sys.prefix)
        shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        if sources:
            for name in _SOURCES:
                shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
            self._environ["PYTHONPATH"] = str(folder)

    def tell(self, fence: Fence) -> None:
        """Run, write or check one example. Fails the test where it does not do what the page says."""
        if "same" in fence.options:
            kept = (ROOT / fence.options["same"]).read_text(encoding="utf-8")
            assert fence.text == kept, f"the example differs from {fence.options['same']}"
        elif "file" in fence.options:
            path = self.folder / fence.options["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fence.text, encoding="utf-8")
        else:
            self._tell(fence)

    def _tell(self, fence: Fence) -> None:
        match fence.language:
            case "console":
                self._console(fence)
            case "yaml" if "part" in fence.options:
                self._part(fence)
            case "python" if "run" in fence.options:
                done = self._run([sys.executable, "-c", fence.text])
                assert done.returncode == 0, done.stdout
            case "diff":
                done = self._run(["git", "apply", "-C1", "--recount", "-"], fence.text)
                assert done.returncode == 0, done.stdout
            case "text" | "sh":
                pass
            case _:
                pytest.fail(f"line {fence.line}: a {fence.language or 'nameless'} example that nothing checks")

    def _console(self, fence: Fence) -> None:
        turns = re.split(r"^\$ ", fence.text, flags=re.MULTILINE)
        assert turns[0] == "", "a console example begins with `$ `"
        for number, turn in enumerate(turns[1:], 1):
            command, _, shown = turn.partition("\n")
            done = self._run(["bash", "-c", command])
            wanted = int(fence.options.get("exit", 0)) if number == len(turns) - 1 else 0
            assert done.returncode == wanted, f"`{command}` ended with {done.returncode}:\n{done.stdout}"
            missing = unprinted(shown, done.stdout)
            assert not missing, f"`{command}` did not print\n{missing}\nbut\n{done.stdout}"

    def _part(self, fence: Fence) -> None:
        frame, part = self.folder / "frame.yaml", self.folder / "part.yaml"
        frame.write_text(FRAME, encoding="utf-8")
        part.write_text(f"extends: frame.yaml\n{fence.text}", encoding="utf-8")
        problems = examine(part, {**self._environ, **_VARIABLES}).problems
        assert not problems, "\n".join(map(str, problems))

    def _run(self, command: list[str], given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self._environ,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )


def unprinted(shown: str, printed: str) -> str:
    """The first passage of what a page shows that was not printed, or nothing. Nothing shown is nothing claimed.

    A line that is only `…` stands for anything; times, ports, digests and the wrapping of lines don't count.
    """
    passages = re.split(r"^\s*…\s*$", shown, flags=re.MULTILINE)
    plain, rest = [_plain(passage) for passage in passages], _plain(printed)
    if not any(plain) or re.fullmatch(".*".join(map(re.escape, plain)), rest, re.DOTALL):
        return ""
    for passage, wanted in zip(passages, plain, strict=True):
        position = rest.find(wanted)
        if position < 0:
            return passage
        rest = rest[position + len(wanted) :]
    return f"{shown}(all of it was, and more before or after it: write `…` there)"


def _plain(text: str) -> str:
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return " ".join(text.split())
