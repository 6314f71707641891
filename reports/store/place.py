"""Where the state store is: `TIDEGATE_STATE`, or a file in the user's state folder (XDG Base Directory 0.8)."""

import os
from collections.abc import Mapping
from pathlib import Path

from reports.store.interface import Store, StoreError


def default_path(environ: Mapping[str, str] | None = None) -> Path:
    """`$TIDEGATE_STATE`, `$XDG_STATE_HOME/tidegate/state.sqlite3` or `~/.local/state/tidegate/state.sqlite3`.

    Raises StoreError where none of them can be told.
    """
    environ = os.environ if environ is None else environ
    try:
        if named := environ.get("TIDEGATE_STATE"):
            if "://" in named:
                raise StoreError(f"TIDEGATE_STATE={named!r}: this version keeps runs in an SQLite file; name a path")
            return Path(named).expanduser()
        base = environ.get("XDG_STATE_HOME", "")
        # The specification says to ignore a relative path.
        folder = Path(base) if base.startswith("/") else Path("~/.local/state").expanduser()
    except RuntimeError as error:
        raise StoreError("there is no home folder to keep runs in; name a file with TIDEGATE_STATE") from error
    return folder / "tidegate" / "state.sqlite3"


def open_store(path: Path | None = None) -> Store:
    """The store at `path`, or at the default place. A missing file is an empty store. Raises StoreError."""
    from reports.store.sqlite import SqliteStore

    return SqliteStore(default_path() if path is None else path)
