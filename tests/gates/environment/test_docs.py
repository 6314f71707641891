"""The guide to environments: every example is read, every command prints what the page says, every key is there."""

import re
from pathlib import Path

import pytest

from gates.environment import examine
from gates.environment.schema import environment_schema, floor_schema
from tidegate.cli import main

PAGE = (Path(__file__).parents[3] / "docs/environments.md").read_text()
#: The tables of a section stand here or in the page of its gate.
PAGES = "\n".join(path.read_text() for path in sorted((Path(__file__).parents[3] / "docs").glob("*.md")))
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
NAMED = {
    match.group(1): text
    for language, text in BLOCKS
    if language == "yaml" and (match := re.match(r"# (environments/[\w-]+\.yaml)", text))
}
FRAGMENTS = [text for language, text in BLOCKS if language == "yaml" and text not in NAMED.values()]
RUNS = [text for language, text in BLOCKS if language == "console" and "\n" in text.strip() and "tidegate" in text[:12]]

#: What fragments are laid over, so that each is judged for what it shows.
FRAME = """\
service: shop
base_url: https://shop.example.com
endpoints: {database: {tcp: "db.example.com:5432"}}
gates: {health: {}, smoke: {}}
stages: {full: [health, smoke]}
default_stage: full
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The files that the page names, beside what its fragments need."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORDERS_TOKEN", "a-token-of-the-docs")
    for folder in ("environments", "gates"):
        (tmp_path / folder).mkdir()
    for name, text in {**NAMED, "frame.yaml": FRAME, "payments.key": "a-key-of-the-docs", "ca.pem": "x"}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_page_has_examples():
    """Nothing was extracted is not a pass."""
    assert len(NAMED) >= 7
    assert len(FRAGMENTS) >= 7
    assert len(RUNS) >= 3


@pytest.mark.parametrize("name", sorted(set(NAMED) - {"environments/loose.yaml", "environments/odd.yaml"}))
def test_an_example_file_is_right(place, name):
    """As a whole environment, as the part of one (`shop`), or as a floor (`limits`)."""
    problems = examine(Path(name)).problems
    if name == "environments/shop.yaml":
        assert {problem.key for problem in problems} == {
            "endpoints.health.http",
            "endpoints.search.http",
            "release.url",
            "readiness.http",
        }
    elif name == "environments/limits.yaml":
        assert [problem.key for problem in problems] == ["service"]
    else:
        assert problems == ()


@pytest.mark.parametrize("text", FRAGMENTS, ids=lambda text: text.split("\n", 1)[0][:30])
def test_a_fragment_is_right(place, text):
    """Laid over a plain environment, each fragment is read without an error."""
    Path("fragment.yaml").write_text(f"extends: frame.yaml\n{text}")
    assert [str(problem) for problem in examine(Path("fragment.yaml")).problems] == []


@pytest.mark.parametrize("text", RUNS, ids=lambda text: text.split("\n", 1)[0][2:])
def test_a_command_prints_what_the_page_says(place, capsys, text):
    """Word for word."""
    command, expected = text.split("\n", 1)
    assert main(command.removeprefix("$ tidegate ").split()) in (0, 4)
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("section", ["", *environment_schema()["$defs"]])
def test_every_key_has_its_row(section):
    """The tables say what the schema says, which is what editors show."""
    schema = environment_schema() if not section else environment_schema()["$defs"][section]
    for key, described in schema["properties"].items():
        assert f"| `{key}` | {described['description']} |" in PAGES


def test_every_key_of_a_floor_has_its_row():
    """The same for floor files."""
    for section, part in (("gates", "FloorGate"), ("endpoints", "FloorEndpoint")):
        for key, described in floor_schema()["$defs"][part]["properties"].items():
            assert f"| `{section}.NAME.{key}` | {described['description']} |" in PAGE
