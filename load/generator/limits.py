"""Each user needs a file descriptor or two, and most shells allow 1,024."""

import contextlib
import resource
from typing import Final

_WANTED: Final = 65536


def raise_open_files() -> None:
    """Allow this process as many open files as it may have, up to 65,536."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft < wanted:
        # macOS has a limit of its own below the hard one. A run that needs more counts its requests as lost.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
