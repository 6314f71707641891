"""Writes environment files into a folder of their own and reads them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gates.environment import LoadedEnvironment, examine
from gates.errors import ConfigurationError

#: An environment that is complete in itself, to which a test adds the one fact that it is about.
GOOD = """\
service: shop
base_url: https://shop.example.com
gates:
  health: {}
"""

Read = Callable[..., LoadedEnvironment]
Broken = Callable[..., ConfigurationError]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with short names in messages."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def read(folder: Path) -> Read:
    """`read(text, environ={...}, files={name: text})`: the environment, which has to be right."""

    def run(
        text: str, environ: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
    ) -> LoadedEnvironment:
        examination = _examine(text, environ or {}, files or {})
        assert examination.loaded is not None, [str(problem) for problem in examination.problems]
        return examination.loaded

    return run


@pytest.fixture
def broken(folder: Path) -> Broken:
    """The same for an environment that has to have exactly one thing wrong with it: the error."""

    def run(
        text: str, environ: Mapping[str, str] | None = None, files: Mapping[str, str] | None = None
    ) -> ConfigurationError:
        examination = _examine(text, environ or {}, files or {})
        assert examination.loaded is None, "it was read without an error"
        assert len(examination.problems) == 1, [str(problem) for problem in examination.problems]
        return examination.problems[0]

    return run


def _examine(text, environ, files):
    for name, content in {"env.yaml": text, **files}.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return examine(Path("env.yaml"), environ)
