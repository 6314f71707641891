"""Which release of the demo service this is: its version, and an id computed from its sources."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class DemoRelease:
    """`id` is `sha256:` and 64 hex digits, `commit` 40 hex digits."""

    version: str
    id: str
    commit: str


def current_release(folder: Path = Path(__file__).parent) -> DemoRelease:
    """The release that the sources in `folder` make: the same sources give the same id.

    The demo has no repository of its own, so its commit, too, is taken from the digest of the sources.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return _release(VERSION, digest.hexdigest())


def another_release() -> DemoRelease:
    """What the service says it is under the fault `wrong_version`: an older one that was never started here."""
    return _release("0.9.0", hashlib.sha256(b"the release before this one").hexdigest())


def _release(version: str, digest: str) -> DemoRelease:
    return DemoRelease(version, f"sha256:{digest}", digest[:40])
