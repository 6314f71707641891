"""The page about the engine and the examples for several machines say what the code does."""

import dataclasses
import re
import shlex
from pathlib import Path

import pytest
import yaml

from gates.environment import examine
from load import run
from load.plan import External, LoadPlan, Local, Open
from load.result import Ending
from load.tally import Tally

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "load-engine.md").read_text()
EXAMPLES = ROOT / "examples" / "load"


def first_column(header):
    """The code words in the first column of the table under a header."""
    lines = PAGE[PAGE.index(header) :].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows += re.findall(r"`([^`]+)`", line.split("|")[1])
    return rows


def test_every_count_is_explained():
    """The table has the fields of a Tally, in their order."""
    wanted = [field.name for field in dataclasses.fields(Tally)]
    assert sorted(first_column("| count | |")) == sorted(wanted)


def test_every_ending_is_explained():
    """The table has all endings."""
    assert first_column("| ending | |") == [ending.value for ending in Ending]


def test_the_files_are_those_that_are_written():
    """Their names."""
    assert first_column("| file in `directory` | |") == [run.RESULT, run.LOG, "load-generator/", run.RAW]


def test_the_defaults_are_those_of_the_code():
    """What the page says in passing."""
    defaults = {field.name: field.default for field in dataclasses.fields(LoadPlan)}
    assert (Open().users, defaults["late_after"], defaults["workers"]) == (200, 0.1, Local(1))
    host = next(field.default for field in dataclasses.fields(External) if field.name == "host")
    assert "(`users`, 200 by default)" in PAGE
    assert "`late_after` (100 ms)" in PAGE
    assert f"by default on {host}" in PAGE


def worker_usage():
    """The options of `python -m load.worker`."""
    text = (ROOT / "load" / "worker.py").read_text()
    return set(re.findall(r'"(--[a-z-]+)"', text)) - {"--token-from-stdin"}


def test_the_workers_options_are_explained():
    """Each of them, and its variables."""
    words = first_column("| worker | |")
    assert {word.split()[0] for word in words if word.startswith("--")} == worker_usage()
    source = (ROOT / "load" / "worker.py").read_text()
    assert all(word in source for word in words if word.startswith("TIDEGATE"))


def test_the_kubernetes_example_fits_together(tmp_path):
    """Its environment is valid, as many workers run as the profile waits for, and they find the master."""
    documents = {
        (one["kind"], one["metadata"]["name"]): one
        for one in yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text())
    }
    (tmp_path / "staging.yaml").write_text(documents["ConfigMap", "tidegate-load"]["data"]["staging.yaml"])
    examined = examine(tmp_path / "staging.yaml", {"LOAD_TOKEN": "t" * 20})
    assert [str(problem) for problem in examined.problems] == []
    profile = yaml.safe_load((tmp_path / "staging.yaml").read_text())["load"]["profiles"]["many"]
    deployment = documents["Deployment", "tidegate-load-workers"]["spec"]
    assert deployment["replicas"] == profile["workers"]["count"]
    (worker,) = deployment["template"]["spec"]["containers"]
    assert worker["command"] == ["python", "-m", "load.worker"]
    service = documents["Service", "tidegate-load"]
    assert worker["args"] == ["--master", f"{service['metadata']['name']}:{profile['workers']['port']}"]
    assert service["spec"]["ports"][0]["port"] == profile["workers"]["port"]
    job = documents["Job", "tidegate-load"]["spec"]["template"]
    assert service["spec"]["selector"].items() <= job["metadata"]["labels"].items()
    assert {variable["name"] for variable in worker["env"]} == {"TIDEGATE_LOAD_TOKEN"}


def test_the_compose_example_fits_together():
    """Its worker finds the master by the name of its service, and no port is published."""
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
    assert services["worker"]["command"] == ["--master", "tidegate:5557"]
    assert "tidegate" in services
    assert not [name for name, service in services.items() if "ports" in service]
    assert set(services["worker"]["environment"]) == {"TIDEGATE_LOAD_TOKEN"}


@pytest.mark.parametrize("words", ["TIDEGATE_LOAD_TOKEN=x python -m load.worker --master h:1"])
def test_the_command_on_the_page_is_one(words):
    """What a person copies names the module and the option."""
    assert shlex.split(words)[1:5] == ["python", "-m", "load.worker", "--master"]
    assert "python -m load.worker --master" in PAGE
