"""Where the state store is: `TIDEGATE_STATE`, or a file in the user's state folder (XDG Base Directory 0.8)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reports.store.interface import Store, StoreError

if TYPE_CHECKING:
    from reports.store.database import Place


def default_place(environ: Mapping[str, str] | None = None) -> str:
    """`$TIDEGATE_STATE` (a path or a URL), `$XDG_STATE_HOME/tidegate/state.sqlite3`, or the same in ~/.local/state.

    Raises StoreError where none of them can be told.
    """
    environ = os.environ if environ is None else environ
    if named := environ.get("TIDEGATE_STATE"):
        return named
    base = environ.get("XDG_STATE_HOME", "")
    # The specification says to ignore a relative path.
    folder = base if base.startswith("/") else "~/.local/state"
    return f"{folder}/tidegate/state.sqlite3"


def place_of(named: str) -> "Place":
    """The place that a path or a URL names. Raises StoreError for a URL of something else, and an unknown `~user`."""
    if "://" in named:
        from reports.store.postgresql import PostgreSql

        return PostgreSql(named)
    from reports.store.sqlite_file import SqliteFile

    try:
        return SqliteFile(Path(named).expanduser())
    except RuntimeError as error:
        raise StoreError("there is no home folder to keep runs in; name a file with TIDEGATE_STATE") from error


def open_store(named: str = "") -> Store:
    """The store at a path or URL, or at the default place. A missing file is an empty store. Raises StoreError."""
    from reports.store.runs import Runs

    return Runs(place_of(named or default_place()))
