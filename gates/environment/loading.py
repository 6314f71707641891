"""Reads an environment: file → chain → variables → model → cross-checks → floor. Every error is one clear message."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from checks.secrets import Secret
from gates.environment.chain import Chain, read_chain
from gates.environment.crosscheck import crosscheck
from gates.environment.explain import explain, problem
from gates.environment.find import find
from gates.environment.floor import apply_floors
from gates.environment.interpolate import Interpolation
from gates.environment.late import is_late, substitute
from gates.environment.model import Environment
from gates.environment.plain import nothings, plain
from gates.environment.tree import KeyPath, Leaf, Listing, Node, Origin, Table, Written, child, origin_of
from gates.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class LoadedEnvironment:
    """An environment that may be used.

    `name`: the file's name without its suffix; `files`: that file, then what it extends, then its floors; `model`: the
    values; `tree`: the same, each with the place where it is written.
    """

    name: str
    path: Path
    files: tuple[Path, ...]
    model: Environment
    tree: Table

    def origin(self, *path: str | int) -> Origin | None:
        """Where the value of a key is written: `origin("endpoints", "health", "http")`; None for a default."""
        node: Node | None = self.tree
        for step in path:
            node = child(node, step)
        return origin_of(self.tree, path) if node is not None else None

    def resolve_demo(self, addresses: Mapping[str, str]) -> "LoadedEnvironment":
        """The same environment with the demo target's addresses filled in. Raises ConfigurationError."""
        tree = _fill_late(self.tree, addresses)
        if not isinstance(tree, Table):
            raise AssertionError("a table stays a table")
        model, problems = _validate(tree, ())
        if model is None:
            raise _first(problems, str(self.path))
        return replace(self, model=model, tree=tree)


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found when an environment was read: the environment, or what is wrong with it in the files' order."""

    name: str
    loaded: LoadedEnvironment | None
    problems: tuple[ConfigurationError, ...]


def load(
    name_or_path: str | Path, env_dir: str | Path | None = None, environ: Mapping[str, str] | None = None
) -> LoadedEnvironment:
    """Read an environment by name or path. Raises one ConfigurationError, which says how many more there are."""
    examination = examine(find(str(name_or_path), env_dir), environ)
    if examination.loaded is None:
        raise _first(examination.problems, str(name_or_path))
    return examination.loaded


def examine(path: Path, environ: Mapping[str, str] | None = None) -> Examination:
    """Read an environment's file and collect everything that is wrong. Raises nothing for whatever it holds."""
    try:
        chain = read_chain(path)
    except ConfigurationError as error:
        return Examination(path.stem, None, (error,))
    interpolation = Interpolation(os.environ if environ is None else environ, demo="demo" in chain.tree.entries)
    tree = interpolation.fill(chain.tree)
    if not isinstance(tree, Table):
        raise AssertionError("a table stays a table")
    model, problems = _validate(tree, interpolation.problems)
    problems = [*(problem(tree, path, words) for path, words in interpolation.problems.items()), *problems]
    files = chain.files
    if not problems and model is not None and chain.floors:
        tree, floor_files, problems = apply_floors(chain.floors, tree, model)
        files = (*files, *floor_files)
        if not problems:
            model, problems = _validate(tree, ())
    if problems or model is None:
        return Examination(path.stem, None, tuple(_in_order(problems, chain)))
    return Examination(path.stem, LoadedEnvironment(path.stem, path, files, model, tree), ())


def _validate(tree: Table, broken: Collection[KeyPath]) -> tuple[Environment | None, list[ConfigurationError]]:
    from pydantic import ValidationError

    empty = set(nothings(tree))
    problems = [
        problem(tree, path, "has no value", "remove the key, or give it one; null removes what is inherited")
        for path in empty
    ]
    try:
        model = Environment.model_validate(plain(tree))
    except ValidationError as error:
        return None, [*problems, *explain(error, tree, Environment, empty | set(broken))]
    if problems:
        return None, problems
    problems = [problem(tree, path, message, hint) for path, message, hint in crosscheck(model)]
    return (None if problems else model), problems


def _in_order(problems: list[ConfigurationError], chain: Chain) -> list[ConfigurationError]:
    order = {str(file): index for index, file in enumerate(chain.files)}
    return sorted(problems, key=lambda e: (order.get(e.file, len(order)), e.file, e.line, e.column, e.key))


def _first(problems: Sequence[ConfigurationError], name: str) -> ConfigurationError:
    first = problems[0]
    if len(problems) == 1:
        return first
    more = f"{len(problems) - 1} more: tidegate env check {name}"
    return replace(first, hint=f"{first.hint} ({more})" if first.hint else f"and {more}")


def _fill_late(node: Node, addresses: Mapping[str, str]) -> Node:
    match node:
        case Leaf(value=Written() as text) if is_late(text):
            return replace(node, value=Written.at(substitute(text, addresses), node.origin, from_variable=True))
        case Leaf(value=Secret() as secret) if is_late(secret.reveal()):
            filled = Secret(substitute(secret.reveal(), addresses), secret.name, searched=secret.searched)
            return replace(node, value=filled)
        case Leaf():
            return node
        case Listing(items=items):
            return replace(node, items=tuple(_fill_late(item, addresses) for item in items))
        case Table(entries=entries):
            filled_entries = {k: replace(e, node=_fill_late(e.node, addresses)) for k, e in entries.items()}
            return replace(node, entries=filled_entries)
