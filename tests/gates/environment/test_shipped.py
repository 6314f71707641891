"""The shipped environments and their schema: they validate, and hold no version."""

import json
import re

import jsonschema
import pytest

from gates.criteria import AtMost
from gates.environment import load
from gates.environment.find import PACKAGED
from gates.environment.parse import parse_file
from gates.environment.plain import plain
from gates.environment.schema import as_text, environment_schema, floor_schema

ENVIRONMENTS = ("demo", "ci", "dev", "staging", "production")
FILES = sorted(PACKAGED.glob("*.yaml"))


def valid(name: str):
    """The validator of a file's schema."""
    schema = floor_schema() if name == "floor.yaml" else environment_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_a_shipped_environment_is_right(name):
    """Without any variable set, so that everyone who looks at it sees it work."""
    assert load(str(PACKAGED / f"{name}.yaml"), environ={}).model.service == "stock-quotes"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_shipped_file_begins_with_the_modeline_of_its_schema(path):
    """Editors complete it, and the schema it names accepts it."""
    first = path.read_text().splitlines()[0]
    match = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
    assert match is not None
    schema = json.loads((PACKAGED / match.group(1)).read_text())
    lists = json.loads(json.dumps(plain(parse_file(path))))
    jsonschema.validate(lists, schema, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_shipped_file_names_a_version(path):
    """A release comes from the command line, from CI or from the target, never from a committed file."""
    assert not re.search(r"\b\d+\.\d+\.\d+\b(?!\.)", path.read_text())


@pytest.mark.parametrize(
    ("name", "make"), [("environment.schema.json", environment_schema), ("floor.schema.json", floor_schema)]
)
def test_the_shipped_schema_is_the_one_that_is_written(name, make):
    """`tidegate env schema --write` was run after the last change of the models."""
    assert (PACKAGED / name).read_text() == as_text(make())


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ({"servce": "x"}, {"service": "x"}),
        ({"service": "a b"}, {"service": "a-b"}),
        ({"endpoints": {"a": {"http": "health"}}}, {"endpoints": {"a": {"http": "/health"}}}),
        ({"endpoints": {"a": {"timeout": 10}}}, {"endpoints": {"a": {"timeout": "10s"}}}),
        ({"endpoints": {"a": {"timeout": "10"}}}, {"endpoints": {"a": {"timeout": "${T}"}}}),
        ({"endpoints": {"a": {"attempts": "3"}}}, {"endpoints": {"a": {"attempts": 3}}}),
        ({"endpoints": {"a": {"expect": {"status": 99}}}}, {"endpoints": {"a": {"expect": {"status": [200, 204]}}}}),
        ({"endpoints": {"a": {"tls": {"verfy": True}}}}, {"endpoints": {"a": {"tls": {"verify": True}}}}),
        ({"gates": {"a": {"required": "yes"}}}, {"gates": {"a": {"required": False}}}),
        ({"gates": {"a": {"limits": {"x": "500ms"}}}}, {"gates": {"a": {"limits": {"x": "<= 500ms"}}}}),
        ({"policy": {"rollback": "auto"}}, {"policy": {"rollback": "automatic"}}),
        ({"extends": []}, {"extends": "base.yaml", "endpoints": {"a": None}}),
    ],
)
def test_the_schema_tells_right_from_wrong(bad, good):
    """What an editor underlines is what the loader refuses; parts of an environment and removals are fine."""
    validator = valid("environment")
    assert not validator.is_valid(bad)
    validator.validate(good)


def test_every_key_is_explained_in_the_editor():
    """Each key of each section has a description."""
    schema = environment_schema()
    sections = {"Environment": schema, **schema["$defs"]}
    for section, content in sections.items():
        assert content.get("description"), section
        for key, described in content.get("properties", {}).items():
            assert described.get("description"), f"{section}.{key}"


def test_the_demo_has_what_the_readme_promises():
    """Four stages, the fullest one by default, with a journey that has auth and state and a group of two replicas."""
    model = load(str(PACKAGED / "demo.yaml"), environ={}).model
    assert set(model.stages) == {"quick", "sources", "live", "full"}
    assert model.stage == "full"
    assert model.groups["replicas"].at_least == 2
    assert "token" in model.journeys["watchlist"].steps[0].capture
    assert not model.demo.faults
    assert {"health", "ready", "version", "quote", "metrics", "secure", "proxy"} <= set(model.endpoints)


@pytest.mark.parametrize(
    ("name", "branch", "approvals", "strategy", "rollback"),
    [
        ("dev", None, (), "rolling", "automatic"),
        ("staging", "develop", ("team lead",), "blue-green", "approval"),
        ("production", "main", ("CTO", "DevOps lead"), "canary", "immediate"),
    ],
)
def test_the_examples_carry_their_policy(name, branch, approvals, strategy, rollback):
    """Who approves, how it is brought out and how it is taken back differ from environment to environment."""
    policy = load(str(PACKAGED / f"{name}.yaml"), environ={}).model.policy
    assert (policy.branch, policy.approvals, policy.strategy, policy.rollback) == (
        branch,
        approvals,
        strategy,
        rollback,
    )


@pytest.mark.parametrize("name", ["staging", "production"])
def test_staging_and_production_stand_on_the_floor(name):
    """Both name the shipped floor, and every limit of it is there."""
    loaded = load(str(PACKAGED / f"{name}.yaml"), environ={})
    assert PACKAGED / "floor.yaml" in loaded.files
    assert loaded.model.gates["health"].limits["response_time"].at_least_as_strict_as(AtMost(1.0, "s"))
    assert "certificate.expires_in" in loaded.model.gates["health"].limits
