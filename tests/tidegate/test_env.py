"""`tidegate env`: lists, checks and shows environments, and writes their schema."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tidegate.cli import main

GOOD = """\
service: shop
description: mine
base_url: https://h.example.com
endpoints: {a: {http: /}}
gates: {health: {}}
"""
BROKEN = "service: shop\ngates: {health: {requird: true}}\nstage: full\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with environments of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments/good.yaml").write_text(GOOD)
    return tmp_path / "environments"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["env"], "required: ACTION"),
        (["env", "lst"], "invalid choice: 'lst'"),
        (["env", "check"], "required: NAME"),
        (["env", "show"], "required: NAME"),
        (["env", "show", "goood"], "there is no environment 'goood'; did you mean 'good'?"),
        (["env", "check", "nowhere/x.yaml"], "nowhere/x.yaml: there is no such file"),
        (["env", "list", "--env-dir", "nowhere"], "--env-dir nowhere is not a folder"),
        (["env", "schema", "--write", "nowhere/x.json"], "nowhere/x.json: can't be written: No such file"),
    ],
)
def test_wrong_usage_is_exit_code_4(project, capsys, arguments, words):
    """With one line that says what is wrong."""
    assert main(arguments) == 4
    printed = capsys.readouterr()
    assert words in printed.err
    assert "Traceback" not in printed.err


def test_list_names_every_environment(project, capsys):
    """With its default stage and description; broken ones say why and make the exit code 4."""
    assert main(["env", "list"]) == 0
    out = capsys.readouterr().out
    assert "good  stage full  mine\n" in out
    assert "demo  stage full" in out
    (project / "base.yaml").write_text("service: shop\n")
    (project / "eu.yaml").write_text("extends: base.yaml\ngates: {health: {}}\n")
    assert main(["env", "list"]) == 0
    assert "base  part of eu.yaml\n" in capsys.readouterr().out
    (project / "bad.yaml").write_text(BROKEN)
    assert main(["env", "list"]) == 4
    out = capsys.readouterr().out
    assert (
        "bad   BROKEN  environments/bad.yaml:2:18: gates.health.requird: unknown key; did you mean 'required'?" in out
    )
    assert "(and 1 more)" in out


def test_list_of_an_empty_folder_is_not_a_success(project, capsys, tmp_path):
    """Nothing was found, so nothing was checked."""
    (tmp_path / "empty").mkdir()
    assert main(["env", "list", "--env-dir", "empty"]) == 4
    assert "no environments" in capsys.readouterr().out


def test_check_counts_what_there_is(project, capsys):
    """A good environment is one line and exit code 0."""
    assert main(["env", "check", "good"]) == 0
    assert capsys.readouterr().out == "environments/good.yaml: ok: 1 endpoint, 1 gate; stages full (default)\n"


def test_check_prints_every_problem(project, capsys):
    """Of every environment that is named; one bad one makes the exit code 4."""
    (project / "bad.yaml").write_text(BROKEN)
    assert main(["env", "check", "bad", "good"]) == 4
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("environments/bad.yaml:2:18: gates.health.requird: unknown key")
    assert lines[1].startswith("environments/bad.yaml:3:1: stage: unknown key; did you mean 'stages'?")
    assert lines[2] == "environments/bad.yaml: 2 problems"
    assert lines[3] == "environments/good.yaml: ok: 1 endpoint, 1 gate; stages full (default)"


def test_show_prints_values_with_their_places_and_no_secret(project, capsys, monkeypatch):
    """As YAML, and as JSON with --json."""
    monkeypatch.setenv("SHOP_TOKEN", "hunter22")
    (project / "eu.yaml").write_text(
        "extends: good.yaml\nendpoints: {a: {headers: {Authorization: 'Bearer ${SHOP_TOKEN}'}}}\n"
    )
    assert main(["env", "show", "eu"]) == 0
    out = capsys.readouterr().out
    assert "environments/good.yaml:4" in out
    assert '"***"' in out
    assert main(["env", "show", "eu", "--json"]) == 0
    text = capsys.readouterr().out
    assert json.loads(text)["merged"]["endpoints"]["a"] == {"http": "/", "headers": {"Authorization": "***"}}
    assert "hunter22" not in out + text


def test_show_keeps_the_demo_targets_addresses_open(project, capsys):
    """They are known only when it runs."""
    assert main(["env", "show", "demo"]) == 0
    assert 'base_url: "${demo.url}"' in capsys.readouterr().out


def test_schema_is_printed_or_written(project, capsys, tmp_path):
    """The same text either way; there is one of environments and one of floors."""
    assert main(["env", "schema"]) == 0
    printed = capsys.readouterr().out
    assert main(["env", "schema", "--write", "x.json"]) == 0
    assert (tmp_path / "x.json").read_text() == printed
    assert "endpoints" in json.loads(printed)["properties"]
    capsys.readouterr()
    assert main(["env", "schema", "--floor"]) == 0
    assert set(json.loads(capsys.readouterr().out)["properties"]) == {"gates", "endpoints"}


def test_the_command_runs_as_a_process(project):
    """From a foreign directory, with nothing but its exit code and its output."""
    command = [
        sys.executable,
        "-c",
        "import sys; from tidegate.cli import main; sys.exit(main())",
        "env",
        "check",
        "good",
    ]
    done = subprocess.run(
        command,
        cwd=project.parent,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok" in done.stdout
