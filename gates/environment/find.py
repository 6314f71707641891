"""Where environments lie: `--env-dir`, else `./environments`, else those that come with Tidegate."""

import os
from collections.abc import Iterator
from pathlib import Path

from gates.environment.names import nearest
from gates.errors import ConfigurationError

PACKAGED = Path(__file__).resolve().parents[2] / "environments"
#: The one packaged environment that is also found from a project with environments of its own. The other packaged files
#: are examples, and would be mistaken for the project's `production`.
EVERYWHERE = "demo"
_SUFFIXES = (".yaml", ".yml")


def find(name_or_path: str, env_dir: str | Path | None = None) -> Path:
    """The file of an environment. Raises ConfigurationError, which lists the valid names."""
    text = str(name_or_path)
    if "/" in text or os.sep in text or text.endswith(_SUFFIXES):
        return _by_path(Path(text))
    if not text.strip() or "\0" in text:
        raise ConfigurationError("no environment is named", hint=_known(text, env_dir))
    for folder in folders(env_dir):
        found = [folder / f"{text}{suffix}" for suffix in _SUFFIXES if (folder / f"{text}{suffix}").is_file()]
        if len(found) > 1:
            raise ConfigurationError(f"both {found[0]} and {found[1]} are there; keep one", str(found[1]))
        if found and (folder != PACKAGED or text == EVERYWHERE or len(folders(env_dir)) == 1):
            return found[0]
    raise ConfigurationError(f"there is no environment {text!r}", hint=_known(text, env_dir))


def folders(env_dir: str | Path | None = None) -> tuple[Path, ...]:
    """Where a name is looked for, in order. Raises ConfigurationError where `env_dir` is no folder."""
    if env_dir is not None:
        folder = Path(env_dir)
        if not folder.is_dir():
            raise ConfigurationError(f"--env-dir {folder} is not a folder")
        return (folder,)
    own = Path("environments")
    if own.is_dir() and own.resolve() != PACKAGED:
        return (own, PACKAGED)
    return (own if own.is_dir() else PACKAGED,)


def files(env_dir: str | Path | None = None) -> Iterator[Path]:
    """Every YAML file in which an environment may be found, the first folder's before the next one's, by name."""
    searched = folders(env_dir)
    taken: set[str] = set()
    for folder in searched:
        for path in sorted(p for p in folder.iterdir() if p.suffix in _SUFFIXES and p.is_file()):
            hidden = folder == PACKAGED and len(searched) > 1 and path.stem != EVERYWHERE
            if path.stem not in taken and not hidden:
                yield path
        taken |= {p.stem for p in folder.iterdir()}


def _by_path(path: Path) -> Path:
    if path.exists():
        return path
    beside = [p.name for p in path.parent.iterdir() if p.suffix in _SUFFIXES] if path.parent.is_dir() else []
    raise ConfigurationError("there is no such file", str(path), hint=nearest(path.name, beside))


def _known(name: str, env_dir: str | Path | None) -> str:
    searched = " and ".join(str(folder) for folder in folders(env_dir))
    names = nearest(name, [path.stem for path in files(env_dir)])
    return f"{names} (in {searched})" if names else f"{searched} holds no YAML file"
