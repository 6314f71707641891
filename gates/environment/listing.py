"""What environments there are: complete ones, broken ones, and the parts that others are made of."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gates.environment.find import files
from gates.environment.loading import Examination, examine
from gates.environment.parse import parse_file
from gates.environment.tree import Leaf, Written
from gates.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of the folder. `part_of`: the files that extend it or use it as their floor, where it is a part only."""

    name: str
    path: Path
    examination: Examination
    part_of: tuple[str, ...] = ()


def list_environments(
    env_dir: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> tuple[Listed, ...]:
    """Every file in which an environment may be found, by name. Raises ConfigurationError for a wrong `env_dir`."""
    paths = tuple(files(env_dir))
    users: dict[Path, list[str]] = {}
    for path in paths:
        for part in _parts_of(path):
            users.setdefault(part, []).append(path.name)
    listed = []
    for path in paths:
        examination = examine(path, os.environ if environ is None else environ)
        # A file that others extend and that is complete in itself is an environment as well.
        part_of = tuple(users.get(path.resolve(), ())) if examination.loaded is None else ()
        listed.append(Listed(path.stem, path, examination, part_of))
    return tuple(listed)


def _parts_of(path: Path) -> list[Path]:
    try:
        table = parse_file(path)
    except ConfigurationError:
        return []  # it is listed as broken with this very error
    nodes = [table.entries[key].node for key in ("extends", "floor") if key in table.entries]
    names = [node.value for node in nodes if isinstance(node, Leaf) and isinstance(node.value, Written)]
    return [(name.folder / name).resolve() for name in names]
