"""The guide `docs/reports.md`: its examples run, its tables are those of the schema."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import reports
from reports.render import terminal
from reports.render.json import render
from reports.store import open_store
from reports.writing import write_reports
from tests.reports import samples
from tidegate.cli import main

ROOT = Path(reports.__file__).parents[1]
GUIDE = (ROOT / "docs/reports.md").read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "reports/schema/gate-report.schema.json").read_text())


def blocks(language, words=""):
    found = [block for block in re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL) if words in block]
    assert found, f"no {language} example with {words!r} in the guide"
    return found


def written(folder, report):
    write_reports(folder / "tidegate-report", report, samples.decided(report))


def ran(script, folder, need, release=samples.DIGEST):
    need("jq")
    return subprocess.run(
        ["sh", "-c", script],
        check=False,
        cwd=folder,
        env={"RELEASE": release, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    ).stdout.strip()


CASES = {
    "no file": (None, "hold"),
    "an empty file": ("", "hold"),
    "half a file": (render(samples.passing(), samples.decided(samples.passing()))[:200], "hold"),
    "another schema": ('{"schema": "tidegate/gate-report@9", "decision": "promote"}', "hold"),
    "observed": (samples.observed(), "hold"),
    "another release": (replace(samples.passing(), release=replace(samples.RELEASE, id="sha256:other")), "hold"),
    "rejected": (samples.failing(), "reject"),
    "held": (samples.inconclusive(), "hold"),
    "promoted": (samples.passing(), "promote"),
}


@pytest.mark.parametrize(("content", "decision"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("language", ["sh", "python"])
def test_the_examples_for_automation_decide_right(tmp_path, need, language, content, decision):
    """Only a whole, known report of this very release promotes; everything else is hold or reject."""
    if isinstance(content, str):
        (tmp_path / "tidegate-report").mkdir()
        (tmp_path / "tidegate-report" / "gate-report.json").write_text(content)
    elif content is not None:
        written(tmp_path, content)
    (example,) = blocks(language, "hold")
    if language == "sh":
        assert ran(example, tmp_path, need) == decision
        return
    script = tmp_path / "decide.py"
    script.write_text(example)
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env={"RELEASE": samples.DIGEST},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == decision


def test_the_example_of_failures_lists_them(tmp_path, need):
    """Each failure comes with reason and remedy."""
    written(tmp_path, samples.failing())
    out = ran(blocks("sh", "select(.required)")[0], tmp_path, need)
    assert out.splitlines()[0].startswith("load: GET /api/v1/stocks.p95: 812 ms, wanted <= 500 ms -> compare the slow")
    assert len(out.splitlines()) == 2


def test_the_example_of_slow_measurements_lists_three(tmp_path, need):
    """The slowest measurement comes first."""
    written(tmp_path, samples.failing())
    out = ran(blocks("sh", "sort_by")[0], tmp_path, need)
    assert out.startswith("6.2 s  trivy image")
    assert len(out.splitlines()) == 3


def test_the_terminal_example_is_what_is_printed():
    """The guide shows the real output."""
    report = samples.failing()
    decision = replace(samples.decided(report), headline="do not promote stock-quotes 1.4.2")
    assert terminal.render(report, decision, html="tidegate-report/gate-report.html") in GUIDE


def test_the_tables_name_every_field():
    """No field of the schema is missing in the guide, and the guide invents none."""
    for title, properties in (
        ("## The fields of", SCHEMA["properties"]),
        ("\nA gate:\n", SCHEMA["$defs"]["gate"]["properties"]),
        ("\nA judgement:\n", SCHEMA["$defs"]["judgement"]["properties"]),
    ):
        table = GUIDE.split(title)[1].split("|---|---|\n")[1].split("\n\n")[0]
        named = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])]
        assert sorted(named) == sorted(properties)


def test_the_commands_of_the_store_run(tmp_path, monkeypatch, capsys):
    """Every `tidegate` line of the guide is understood."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))
    report = samples.failing()
    run = open_store().save(render(report, samples.decided(report)), report, samples.decided(report))
    lines = blocks("sh", "tidegate history")[0].splitlines()
    for line in lines:
        assert main(line.replace("3fa9c1", run[:6]).split()[1:]) == 0, line
    assert "REJECT" in capsys.readouterr().out


def test_the_example_of_the_store_runs(tmp_path, monkeypatch, capsys):
    """The Python example finds what passed today, and forgets what is old."""
    import time

    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))
    store = open_store()
    for started in (1.0, round(time.time(), 3)):
        report = replace(samples.passing(), started=started, release=replace(samples.RELEASE, id="sha256:9f2c1e5a"))
        store.save(render(report, samples.decided(report)), report, samples.decided(report))
    exec(compile(blocks("python", "store.passes")[0], "docs/reports.md", "exec"), {})
    assert capsys.readouterr().out.count("['health', 'smoke', 'coverage']") == 1
    assert len(store.history()) == 1


def test_the_example_of_a_format_renders():
    """The seam for a new format is as small as the guide says."""
    names = {}
    exec(compile(blocks("python", "def render")[0], "docs/reports.md", "exec"), names)
    text = names["render"](samples.failing(), samples.decided(samples.failing()))
    assert text.startswith("reject\tdo not promote")
    assert "load\tFAIL\t3 of 4\n" in text
