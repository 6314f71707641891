"""What the processes of a fleet keep in its folder: who runs, where each listens, and which users go where.

lease                  touched by whoever uses the fleet; when it gets old, every process ends by itself
traffic.json           what the proxy does; replaced in one step
members/NAME.lock      locked by the process NAME as long as it lives, whatever its pid; holds its pid
members/NAME.json      written by NAME when it serves
"""

import contextlib
import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

#: Seconds without a touch after which a fleet that somebody left behind ends.
LEASE_S: Final = 900.0

SlotName = Literal["a", "b"]
SLOTS: Final[tuple[SlotName, SlotName]] = ("a", "b")


def other(slot: SlotName) -> SlotName:
    """The other one of the two."""
    return "b" if slot == "a" else "a"


@dataclass(frozen=True, slots=True)
class Member:
    """A process that serves. `version`: empty for the proxy; `ports`: by what is served there (`plain`, `tls`, ...)."""

    name: str
    pid: int
    version: str
    ports: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the proxy does: so many percent of requests to the slot that is not the stable one.

    `canary`: whether who asks for the other slot gets it; `versions`: version by slot; `replicas`: slot -> name ->
    port. A slot that is not in them has nothing that runs.
    """

    stable: SlotName
    share: int = 0
    canary: bool = False
    versions: Mapping[str, str] = field(default_factory=dict)
    replicas: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """The same for the same traffic: the proxy shows it, which proves that it does this and nothing else."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


class FleetFiles:
    """The folder of a fleet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Make the folder, for us only. Doing it twice is doing it once. Raises OSError."""
        (self.folder / "members").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.touch()

    def touch(self) -> None:
        """Say that somebody still uses the fleet."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "lease").touch()

    def abandoned(self, now: float) -> bool:
        """Whether the folder is gone, or nobody has touched it for long. `now`: seconds since the epoch."""
        try:
            return now - (self.folder / "lease").stat().st_mtime > LEASE_S
        except OSError:
            return True

    # --- members ----------------------------------------------------------------------------------------------

    def lock_path(self, name: str) -> Path:
        """The file that the process of this name keeps locked."""
        return self.folder / "members" / f"{name}.lock"

    def alive(self, name: str) -> int | None:
        """The pid of the process of this name, 0 where it has not said it yet; None where it does not run."""
        try:
            with self.lock_path(name).open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(file.read() or b"0")
        except (FileNotFoundError, ValueError):
            return None
        return None

    def member(self, name: str) -> Member | None:
        """The process of this name where it runs and serves."""
        pid = self.alive(name)
        found = self._read(self.folder / "members" / f"{name}.json")
        # A file of a process that has ended, and of which another one has taken the name, is not this one's.
        if not pid or found is None or found.get("pid") != pid:
            return None
        return Member(name, pid, found["version"], found["ports"])

    def names(self) -> list[str]:
        """Every name that a process has had."""
        return sorted(path.stem for path in (self.folder / "members").glob("*.lock"))

    def announce(self, member: Member) -> None:
        """By the process itself: it serves."""
        self._write(self.folder / "members" / f"{member.name}.json", asdict(member))

    # --- traffic ----------------------------------------------------------------------------------------------

    @property
    def traffic_path(self) -> Path:
        """Where the traffic stands."""
        return self.folder / "traffic.json"

    def traffic(self) -> Traffic | None:
        """What the proxy is to do; None where it was never said."""
        found = self._read(self.traffic_path)
        return None if found is None else Traffic(**found)

    def direct(self, traffic: Traffic) -> None:
        """Say what the proxy is to do from its next request on. Raises OSError; then it stays as it was."""
        self._write(self.traffic_path, asdict(traffic))

    def _read(self, path: Path) -> dict[str, Any] | None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found if isinstance(found, dict) else None

    def _write(self, path: Path, data: Mapping[str, object]) -> None:
        scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
        try:
            with scratch.open("w", encoding="utf-8") as file:
                json.dump(data, file)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
