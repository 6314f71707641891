"""Releases the demo service: two slots of processes behind a proxy, on this machine and with nothing but Python."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from demo.fleet import Fleet, FleetError
from demo.fleet_files import SLOTS, SlotName, other
from demo.fleet_versions import VERSIONS, release_of
from gates.demo_target import FLEET_VARIABLE, SLOT_VARIABLE
from releases.deployers.interface import Act, DeployerError, Serving, UnknownStateError, Version

#: What a fleet begins with where none runs.
FIRST: Final = "1"


def version_of(name: str) -> Version:
    """A version of the demo service. Raises KeyError for one that there is not."""
    return Version(release_of(name).id, name)


class ProcessDeployer:
    """The demo's fleet in a folder; it has to run."""

    interrupts = False
    shares = True

    def __init__(self, folder: Path) -> None:
        self._fleet = Fleet(folder)

    def current(self) -> Serving:
        """What the proxy shows. Raises UnknownStateError."""
        try:
            self._fleet.files.touch()
            told = self._fleet.traffic()
        except FleetError as error:
            raise UnknownStateError(str(error)) from error
        stable, beside = told.versions.get(told.stable), told.versions.get(other(told.stable))
        return Serving(version_of(stable) if stable else None, version_of(beside) if beside else None, told.share)

    def problems(self, candidate: Version, back_to: Version | None) -> Sequence[str]:
        """A version that there is not, and a release to go back to that does not answer."""
        found = [
            f"there is no version {version.version!r} of the demo service; there are {', '.join(VERSIONS)}"
            for version in (candidate, back_to)
            if version is not None and version.version not in VERSIONS
        ]
        if back_to is not None and not found:
            slot = self._fleet.slot_of(back_to.version)
            why = "it does not run" if slot is None else self._fleet.unready(slot, back_to.version)
            if why:
                found.append(f"{back_to.label}, to go back to, is not ready: {why}")
        if candidate == back_to:
            found.append(f"{candidate.label} serves already")
        return found

    def judged_as(self, release: Version) -> Mapping[str, str]:
        """Variables for `pytest --env`, so that it judges this release and no other one. Raises DeployerError."""
        slot = self._fleet.slot_of(release.version)
        # Before it is deployed there is nothing of its own to look at: what serves now is.
        slot = slot or self._stable()
        return {FLEET_VARIABLE: str(self._fleet.files.folder), SLOT_VARIABLE: slot}

    def deploy(self, candidate: Version) -> Sequence[Act]:
        """Start it in the slot that serves nobody, ready as this version in every replica."""
        slot = other(self._stable())
        name = candidate.version

        def do() -> None:
            self._fleet.start(slot, name)
            self._fleet.shift(self._stable(), 0, canary=True)

        def done() -> bool:
            running = self._fleet.running(slot) == name and not self._fleet.unready(slot, name)
            return running and self._fleet.slot_of(name) == slot

        # Resumed with users on it already: starting it again would take it from them.
        if self._fleet.slot_of(name) == self._stable():
            return ()
        return (_act(f"start {name} in slot {slot}", do, done),)

    def shift(self, candidate: Version, share: int) -> Sequence[Act]:
        """So many percent of the requests, and all that ask for it."""
        stable = other(self._slot(candidate))
        return (self._directed(f"put {share} % of the users on {candidate.label}", stable, share, canary=True),)

    def promote(self, candidate: Version) -> Sequence[Act]:
        """It is the stable one; the old one runs on."""
        return (
            self._directed(f"make {candidate.label} the release that serves", self._slot(candidate), 0, canary=False),
        )

    def rollback(self, back_to: Version) -> Sequence[Act]:
        """All users at once, then end the other one. An old release that has ended is started again first."""
        found = self._fleet.slot_of(back_to.version)
        slot = found or other(self._stable())
        name = back_to.version
        ready = _act(
            f"have {name} ready in slot {slot}",
            lambda: self._fleet.start(slot, name),
            lambda: not self._fleet.unready(slot, name),
        )
        users = self._directed(f"put all users on {name}", slot, 0, canary=False)
        return (ready, users, self._ended(other(slot)))

    def clean(self, keep: Sequence[Version]) -> Sequence[Act]:
        """End what is neither of these."""
        kept = {version.version for version in keep}
        return tuple(
            self._ended(slot)
            for slot in SLOTS
            if self._fleet.occupied(slot) and self._fleet.running(slot) not in kept and slot != self._stable()
        )

    def _directed(self, words: str, stable: SlotName, share: int, *, canary: bool) -> Act:
        return _act(
            words,
            lambda: self._fleet.shift(stable, share, canary=canary),
            lambda: self._fleet.directed(stable, share, canary=canary),
        )

    def _ended(self, slot: SlotName) -> Act:
        told = self._fleet.files.traffic()
        what = told.versions.get(slot, "what runs") if told is not None else "what runs"

        def done() -> bool:
            return not self._fleet.occupied(slot) and slot not in self._fleet.traffic().replicas

        return _act(f"end {what} in slot {slot}", lambda: self._fleet.stop(slot), done)

    def _stable(self) -> SlotName:
        try:
            return self._fleet.traffic().stable
        except FleetError as error:
            raise UnknownStateError(str(error)) from error

    def _slot(self, version: Version) -> SlotName:
        slot = self._fleet.slot_of(version.version)
        if slot is None:
            raise DeployerError(f"{version.label} does not run: deploy it first")
        return slot


def _act(name: str, do: Callable[[], None], done: Callable[[], bool]) -> Act:
    """An act whose errors are a deployer's."""

    def doing() -> None:
        try:
            do()
        except (FleetError, OSError) as error:
            raise DeployerError(f"{name}: {error}") from error

    def looked() -> bool:
        try:
            return done()
        except (FleetError, OSError) as error:
            raise DeployerError(f"{name}: {error}") from error

    return Act(name, doing, looked)
