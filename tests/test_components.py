"""What a test needs: found, skipped without it, and never skipped in CI."""

import shutil
import sys

import pytest

from tests import conftest


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program, path=None: None)
    monkeypatch.delenv("CI", raising=False)


def test_a_missing_component_skips_here_and_fails_in_ci(nothing_installed, monkeypatch):
    """Without Chromium a test is skipped by that name; under CI=true it fails."""
    with pytest.raises(pytest.skip.Exception, match="chromium is not installed"):
        conftest.locate("chromium")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="nothing is skipped"):
        conftest.locate("chromium")
    with pytest.raises(pytest.fail.Exception, match="no_such_module"):
        conftest.load("no_such_module")


def test_what_ci_cannot_install_is_named_by_it(nothing_installed, monkeypatch):
    """CI may excuse one component by its name, and then only that one."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("TIDEGATE_CI_WITHOUT", "trivy")
    with pytest.raises(pytest.skip.Exception, match="trivy is not installed"):
        conftest.locate("trivy")
    with pytest.raises(pytest.fail.Exception, match="nothing is skipped"):
        conftest.locate("chromium")


def test_a_component_that_is_there_is_named(monkeypatch):
    """The path of the program is what a test gets."""
    places = {"chromium-browser": "/opt/chromium-browser"}
    monkeypatch.setattr(shutil, "which", lambda program, path=None: places.get(program))
    assert str(conftest.locate("chromium")) == "/opt/chromium-browser"


def test_an_unknown_component_is_an_error():
    """A misspelt component does not become a skip."""
    with pytest.raises(pytest.fail.Exception, match=r"known are .*chromium"):
        conftest.locate("chromum")


def test_a_component_that_pip_installed_is_found_without_activation(monkeypatch, tmp_path):
    """`.venv/bin/pytest` finds what lies beside its own Python, though that folder is not on PATH."""
    python, program = tmp_path / "python", tmp_path / "jq"
    for path in (python, program):
        path.touch(mode=0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    assert conftest.locate("jq") == program
