"""From patterns to report files, in an order that is the same everywhere; a pattern that matches nothing is said."""

import glob
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """The files that patterns named.

    `files`: sorted within each pattern, each file once (also where links or several patterns lead to it);
    `empty`: the patterns that matched no file. A pattern without a wildcard names one file, and matches even where that
    does not exist: reading it then says why.
    """

    files: tuple[Path, ...]
    empty: tuple[str, ...]


def find_files(patterns: Iterable[str], base: Path = Path()) -> Found:
    """Expand patterns (`*`, `?`, `[...]`, `**` for any depth) relative to `base`.

    A path that exists is taken as it is written, wildcard characters or not.
    """
    files: dict[Path, Path] = {}
    empty = []
    for pattern in patterns:
        matches = _matches(pattern, base)
        if not matches:
            empty.append(pattern)
        for path in matches:
            files.setdefault(_real(path), path)
    return Found(tuple(files.values()), tuple(empty))


def _matches(pattern: str, base: Path) -> list[Path]:
    literal = base / pattern
    try:
        exists = literal.exists()
    except (OSError, ValueError):
        exists = False
    if exists or not glob.has_magic(pattern):
        return [literal]
    # Hidden folders count: CI systems like to collect results in them.
    whole = str(Path(glob.escape(str(base))) / pattern)
    found = glob.iglob(whole, recursive=True, include_hidden=True)  # noqa: PTH207 - Path.glob refuses absolute patterns
    return sorted(path for name in found if not (path := Path(name)).is_dir())


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a null character: reading it will say so
        return path
