"""Where a name is looked for."""

from pathlib import Path

import pytest

from gates.environment import list_environments, load
from gates.environment.find import PACKAGED, find
from gates.errors import ConfigurationError

GOOD = "service: shop\ngates: {health: {}}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of its own, with environments."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "environments"
    folder.mkdir()
    (folder / "staging.yaml").write_text(GOOD)
    (folder / "qa.yml").write_text(GOOD)
    return tmp_path


def test_a_name_is_found_in_the_project(project):
    """`./environments` comes first, with either suffix."""
    assert find("staging") == Path("environments/staging.yaml")
    assert find("qa") == Path("environments/qa.yml")


def test_the_demo_is_found_from_everywhere(project):
    """It comes with Tidegate; a project's own file of that name comes first."""
    assert find("demo") == PACKAGED / "demo.yaml"
    (project / "environments/demo.yaml").write_text(GOOD)
    assert find("demo") == Path("environments/demo.yaml")


def test_a_packaged_example_is_not_taken_for_the_projects_environment(project):
    """Who has environments of their own and mistypes `production` is told so."""
    with pytest.raises(ConfigurationError, match=r"there is no environment 'production'.*known are demo, qa, staging"):
        find("production")


def test_without_environments_of_its_own_the_packaged_ones_are_found(tmp_path, monkeypatch):
    """In an empty folder, `ci` and the examples are there."""
    monkeypatch.chdir(tmp_path)
    assert find("ci") == PACKAGED / "ci.yaml"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("stagin", r"did you mean 'staging'\? known are demo, qa, staging \(in environments and "),
        ("", "no environment is named"),
        ("STAGING", "did you mean 'staging'"),
        ("./stagin.yaml", "there is no such file"),
        ("environments/stagin.yaml", "did you mean 'staging.yaml'"),
        ("stagin.yml", "there is no such file"),
    ],
)
def test_an_unknown_name_lists_the_valid_ones(project, name, words):
    """The nearest first."""
    with pytest.raises(ConfigurationError, match=words):
        load(name)


def test_an_environment_is_found_by_its_path(project):
    """A slash or a suffix makes it a path."""
    (project / "mine.yaml").write_text(GOOD)
    assert load("mine.yaml").name == "mine"
    assert load("environments/qa.yml").name == "qa"
    assert load(str(project / "mine.yaml")).path == project / "mine.yaml"
    with pytest.raises(ConfigurationError, match="is a folder"):
        load("environments/")


def test_env_dir_is_searched_alone(project):
    """Who names a folder means that folder."""
    other = project / "other"
    other.mkdir()
    (other / "x.yaml").write_text(GOOD)
    assert find("x", other) == other / "x.yaml"
    for name in ("staging", "demo"):
        with pytest.raises(ConfigurationError, match="known are x"):
            find(name, other)
    with pytest.raises(ConfigurationError, match="is not a folder"):
        find("x", project / "nowhere")
    (project / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="holds no YAML file"):
        find("x", project / "empty")


def test_one_name_has_one_file(project):
    """`x.yaml` beside `x.yml` is an error, not a guess."""
    (project / "environments/qa.yaml").write_text(GOOD)
    with pytest.raises(ConfigurationError, match=r"both .* are there; keep one"):
        find("qa")


def test_the_list_tells_environments_parts_and_broken_files_apart(project):
    """A file that others extend is a part of them, unless it is complete in itself."""
    folder = project / "environments"
    (folder / "base.yaml").write_text("service: shop\n")
    (folder / "eu.yaml").write_text("extends: staging.yaml\nfloor: floor.yaml\n")
    (folder / "us.yaml").write_text("extends: base.yaml\ngates: {health: {}}\n")
    (folder / "floor.yaml").write_text("gates: {health: {}}\n")
    (folder / "odd.yaml").write_text("service: [\n")
    (folder / "notes.txt").write_text("not an environment")
    listed = {one.name: one for one in list_environments(environ={})}
    assert set(listed) == {"base", "demo", "eu", "floor", "odd", "qa", "staging", "us"}
    assert listed["base"].part_of == ("us.yaml",)
    assert listed["floor"].part_of == ("eu.yaml",)
    assert listed["staging"].examination.loaded is not None
    assert listed["odd"].examination.problems
    assert not listed["odd"].part_of
