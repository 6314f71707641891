"""Lets a test have the machine for itself beside the other workers of pytest-xdist.

Two files, locked with flock(2): every test passes the turnstile, then holds the machine shared, or alone. Who waits to
have it alone keeps the turnstile, so that nobody overtakes him.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passed(run: str, *, alone: bool) -> Iterator[None]:
    """Hold the machine while the block runs. `run`: the id of the whole test run, the same in each worker."""
    folder = Path(tempfile.gettempdir())
    names = [folder / f"tidegate-tests-{run}.{name}" for name in ("turnstile", "machine")]
    with _opened(names[0]) as turnstile, _opened(names[1]) as machine:
        fcntl.flock(turnstile, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(turnstile, fcntl.LOCK_UN)
        yield


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
