"""The examples for CI systems: they parse, they call what there is, and a job run by hand does what the page says."""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import demo.release
from gates.environment import examine
from gates.plugin import _FLAGS, _OPTIONS
from tests.docs.fences import ROOT
from tidegate.commands import report

EXAMPLES = ROOT / "examples"
_FILES = ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile", "kubernetes-job.yaml")


def steps(name: str) -> list[str]:
    """The commands of a CI file, in their order."""
    text = (EXAMPLES / name).read_text()
    match name:
        case "github-actions.yml":
            return [step["run"] for step in yaml.safe_load(text)["jobs"]["staging"]["steps"] if "run" in step]
        case "gitlab-ci.yml":
            jobs = yaml.safe_load(text)
            return [line for job in ("judge", "promote") for line in jobs[job]["script"]]
        case "Jenkinsfile":
            return re.findall(r"sh '([^']*)'", text)
        case _:
            container = job()["spec"]["template"]["spec"]["containers"][0]
            return [shlex.join(["pytest", *container["args"]])]


def job() -> dict:
    """The Job of the Kubernetes example."""
    return list(yaml.safe_load_all((EXAMPLES / "kubernetes-job.yaml").read_text()))[1]


def report_options() -> list[argparse.Action]:
    """The options of `tidegate report`, in their order."""
    parser = argparse.ArgumentParser(add_help=False)
    report.add_arguments(parser)
    return [action for action in parser._actions if action.option_strings]


@pytest.mark.parametrize("name", _FILES)
def test_a_ci_file_uses_options_that_there_are(name: str) -> None:
    """Each `pytest --env` names nothing that the plugin does not know."""
    commands = [command for command in steps(name) if "pytest --env" in command]
    assert len(commands) == 1
    flags = re.findall(r"(--[a-z-]+)", commands[0])
    assert flags[0] == "--env"
    assert set(flags) <= set(_OPTIONS) | set(_FLAGS)


@pytest.mark.parametrize("name", [name for name in _FILES if not name.startswith("kubernetes")])
@pytest.mark.parametrize(("faults", "promoted"), [("", True), ("health_lies", False)])
def test_a_job_promotes_a_good_release_only(name: str, faults: str, promoted: bool, tmp_path: Path) -> None:
    """The job's own command lines, with pip and promote.sh replaced, against the demo target."""
    done = run_job(steps(name), tmp_path, faults=faults)
    assert (tmp_path / "promoted").exists() is promoted, done.stdout
    assert done.returncode == (0 if promoted else 1), done.stdout


def test_a_swallowed_exit_code_promotes_nothing(tmp_path: Path) -> None:
    """Where somebody wrote `|| true` behind pytest, decide.py still refuses."""
    commands = [f"{c} || true" if "pytest" in c else c for c in steps("github-actions.yml")]
    done = run_job(commands, tmp_path, faults="health_lies")
    assert done.returncode == 1, done.stdout
    assert "not promoted: do not promote stock-quotes" in done.stdout
    assert not (tmp_path / "promoted").exists()


def run_job(commands: list[str], folder: Path, faults: str) -> "subprocess.CompletedProcess[str]":
    """Run the commands in one shell, as the CI system would."""
    bin_ = folder / "bin"
    bin_.mkdir()
    for name, text in {"bin/pip": "exit 0", "promote.sh": 'echo "$1" > promoted'}.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    (folder / "ci").symlink_to(EXAMPLES)
    (folder / ".venv").symlink_to(sys.prefix)
    script = "\n".join(c for c in commands if "-m venv" not in c).replace("--env=staging", "--env=demo")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "TIDEGATE_", "GITHUB_", "CI"))}
    environ = {
        **kept,
        "PATH": f"{bin_}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "ENVIRONMENT": "demo",
        "RELEASE": demo.release.current_release().id,
        "TIDEGATE_DEMO_FAULTS": faults,
        "TIDEGATE_STATE": str(folder / "state.sqlite"),
        "PYTEST_ADDOPTS": "--stage=quick",  # the command lines stay those of the file
    }
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_environment_of_the_kubernetes_job_is_valid(tmp_path: Path) -> None:
    """The ConfigMap holds an environment, and the job mounts and names it."""
    config = next(yaml.safe_load_all((EXAMPLES / "kubernetes-job.yaml").read_text()))
    (name, text), pod = next(iter(config["data"].items())), job()["spec"]["template"]["spec"]
    (tmp_path / name).write_text(text)
    assert examine(tmp_path / name, {}).problems == ()
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    assert f"--env={mounts['environment']}/{name}" in pod["containers"][0]["args"]
    assert f"--report-dir={mounts['report']}" in pod["containers"][0]["args"]
    assert {volume["name"] for volume in pod["volumes"]} == set(mounts)


def test_the_kubernetes_job_runs_as_the_user_of_the_image() -> None:
    """Its user id is the Dockerfile's, and it is tried once."""
    user = job()["spec"]["template"]["spec"]["securityContext"]["runAsUser"]
    assert f"USER {user}\n" in (ROOT / "Dockerfile").read_text()
    assert job()["spec"]["backoffLimit"] == 0


def test_the_options_of_report_are_on_the_page() -> None:
    """Names, order and words of `tidegate report --help`."""
    table = (ROOT / "docs" / "ci.md").read_text().partition("<!-- options:")[2]
    shown = re.findall(r"^\| `(--[\w-]+)(?:=([\w:]+))?` \| (.*) \|$", table, re.MULTILINE)
    wanted = [
        (o.option_strings[0], "" if o.nargs == 0 else (o.metavar or o.dest.upper()), o.help) for o in report_options()
    ]
    assert shown == wanted


GOOD = {
    "schema": "tidegate/gate-report@1",
    "decision": "promote",
    "complete": True,
    "observed": False,
    "headline": "promote shop 1.4.2",
    "release": {"id": "1.4.2"},
}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "FileNotFoundError"),
        ("", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError"),
        (json.dumps(GOOD)[:-1], "JSONDecodeError"),
        (json.dumps(GOOD | {"schema": "tidegate/gate-report@2"}), "@2"),
        (json.dumps(GOOD | {"decision": "hold", "headline": "hold shop: x"}), "hold shop: x"),
        (json.dumps(GOOD | {"decision": "reject"}), "not promoted"),
        (json.dumps(GOOD | {"complete": False}), "incomplete"),
        (json.dumps(GOOD | {"observed": True}), "only observing"),
        (json.dumps(GOOD | {"release": {"id": "1.4.1"}}), "1.4.1 was judged, not 1.4.2"),
        (json.dumps(GOOD | {"release": {"id": ""}}), "an unknown release was judged"),
        (json.dumps(GOOD), ""),
    ],
)
def test_decide(text: str | None, words: str, tmp_path: Path) -> None:
    """Only a whole report that says promote for this very release ends with 0."""
    path = tmp_path / "gate-report.json"
    if text is not None:
        path.write_text(text)
    command = [sys.executable, EXAMPLES / "decide.py", "1.4.2", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if words else 0)
    assert words in done.stderr


def test_decide_without_a_release_refuses(tmp_path: Path) -> None:
    """An empty variable is not a release, whatever the report says."""
    path = tmp_path / "gate-report.json"
    path.write_text(json.dumps(GOOD | {"release": {"id": ""}}))
    done = subprocess.run([sys.executable, EXAMPLES / "decide.py", "", path], capture_output=True, check=False)
    assert done.returncode == 1
