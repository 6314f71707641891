"""From a source to its lines."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from checks.logs.account import Account
from checks.logs.lines import Line
from checks.logs.probes import Containers, Files, Search, Source

#: Seconds that an engine or a server may be silent.
SILENT = 30.0


def read(
    source: Source, since: float | None, account: Account, *, start: bool = False, after: Sequence[object] = ()
) -> Iterator[Line]:
    """Every line of a source since `since` (seconds since the epoch), or since each container's start.

    `after`: what `here` returned: only what was written since then is read, where that can be told.
    """
    match source:
        case Files():
            from checks.logs.files import Position, read_files

            known = [position for position in after if isinstance(position, Position)]
            return read_files(source.patterns, since, account, known)
        case Containers():
            from checks.logs.containers import read_containers

            return read_containers(source, since, start, account, SILENT)
        case Search():
            from checks.logs.search import read_search

            return read_search(source, since, account, SILENT)
        case unreachable:
            assert_never(unreachable)


def here(source: Source) -> Sequence[object]:
    """Where a source ends now."""
    if isinstance(source, Files):
        from checks.logs.files import positions

        return positions(source.patterns)
    return ()
