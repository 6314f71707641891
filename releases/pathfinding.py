"""Where things of a release are kept on this machine: the reports of its stages, and the demo's fleet."""

import hashlib
from pathlib import Path

from reports.store import default_place, place_of
from reports.store.sqlite_file import SqliteFile


def demo_folder(service: str, environment: str) -> Path:
    """The folder of the demo's fleet, always the same, so that who resumes finds it. Raises StoreError."""
    place = place_of(default_place())
    beside = place.path.parent if isinstance(place, SqliteFile) else Path("~/.local/state/tidegate").expanduser()
    name = hashlib.sha256(f"{service}\0{environment}\0{place.label}".encode()).hexdigest()[:12]
    return beside.resolve() / f"demo-fleet-{name}"
