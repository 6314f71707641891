"""Which file of a coverage report is which file of the repository: tools write paths from many roots.

`shop/cart.py` may be `backend/shop/cart.py`, and so may `/builds/7/backend/shop/cart.py`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_FOLDERS = frozenset(("test", "tests", "testing", "__tests__", "__mocks__", "spec", "specs"))
_NAMES = frozenset(("conftest.py", "setup.py", "noxfile.py"))
_CAMEL_CASE = re.compile(r"[a-z0-9](Test|Tests|IT)\.(cs|groovy|java|kt|php|scala|swift)\Z")
_TOP = PurePosixPath()


@dataclass(frozen=True, slots=True)
class RepositoryPaths:
    """`names`: path in the repository -> its names in the report; `lost`: last parts of names that can't be told."""

    names: Mapping[str, tuple[str, ...]]
    lost: frozenset[str]

    def ought_to_hold(self, path: str) -> bool:
        """Whether a report with these files should know this one: the same language, in a folder of theirs, no test.

        A new file that no test imports is missing from most reports, and is the least covered of all.
        """
        here = PurePosixPath(path)
        if here.suffix not in {PurePosixPath(known).suffix for known in self.names} or is_left_out(here):
            return False
        folders = {PurePosixPath(known).parent for known in self.names}
        return here.parent in folders or any(above in folders for above in here.parent.parents if above != _TOP)


def place(reported: Iterable[str], tracked: Iterable[str]) -> RepositoryPaths:
    """Find the repository's file of each name in a report.

    A name that fits several files is the one below the root that the other names have; where these don't tell, none.
    """
    by_last: dict[str, list[str]] = {}
    for path in tracked:
        by_last.setdefault(_last(path), []).append(path)
    fitting: dict[str, dict[str, str]] = {}
    for name in reported:
        plain = name.replace("\\", "/").removeprefix("./")
        pairs = ((_root(plain, path), path) for path in by_last.get(_last(plain), ()))
        fitting[name] = {root: path for root, path in pairs if root is not None}
    certain = {root for roots in fitting.values() if len(roots) == 1 for root in roots}
    found = [set(roots) for roots in fitting.values() if roots]
    usual = certain or (set.intersection(*found) if found else set())
    names: dict[str, tuple[str, ...]] = {}
    lost = set()
    for name, roots in fitting.items():
        root = _chosen(roots, usual)
        if root is None:
            lost.add(_last(name.replace("\\", "/")))
        else:
            names[roots[root]] = (*names.get(roots[root], ()), name)
    return RepositoryPaths(names, frozenset(lost))


def is_left_out(path: PurePosixPath) -> bool:
    """Whether a file is a test by the customs of its language, or another that no coverage report holds."""
    if _FOLDERS & {part.lower() for part in path.parts[:-1]} or path.name in _NAMES:
        return True
    stem = path.stem.lower()
    ends = ("_test", "_spec", ".test", ".spec", ".config", ".stories", ".d")
    return stem.startswith("test_") or stem.endswith(ends) or bool(_CAMEL_CASE.search(path.name))


def _chosen(roots: Mapping[str, str], usual: Collection[str]) -> str | None:
    likely = list(roots) if len(roots) == 1 else [root for root in roots if root in usual]
    if len(likely) == 1:
        return likely[0]
    return "" if "" in likely else None


def _root(name: str, path: str) -> str | None:
    """What is missing from a name to be the path, or (with a `-`) what it has too much; None where they don't fit."""
    if name == path:
        return ""
    if path.endswith(f"/{name}"):
        return path.removesuffix(name)
    return f"-{name.removesuffix(path)}" if name.endswith(f"/{path}") else None


def _last(path: str) -> str:
    return path.rpartition("/")[2]
