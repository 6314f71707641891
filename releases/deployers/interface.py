"""What a deployer is: it says what serves now, finds problems before anything moves, and names its acts.

An act sets a state, so that doing it twice is doing it once, and it can be looked at whether it is done. So whoever
resumes after a kill looks, and does what is not done yet.

DeployerError           an act failed, or what serves could not be seen
└── UnknownStateError   nobody can tell what serves users: page somebody
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class DeployerError(Exception):
    """An act failed; the message says what to do by hand."""


class UnknownStateError(DeployerError):
    """What serves users could not be seen."""


@dataclass(frozen=True, slots=True)
class Version:
    """A release as a deployer knows it. `id`: the image's digest or id where there is one, else the version."""

    id: str
    version: str = ""

    @property
    def label(self) -> str:
        """For people."""
        return self.version or self.id[:19]


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves users now.

    `stable`: the release that most of them get, None where nothing runs; `candidate`: another one that runs beside;
    `share`: percent of users on the candidate.
    """

    stable: Version | None
    candidate: Version | None = None
    share: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """One change of the world.

    `name`: what it does, in a few words, the same at every attempt; `do`: does it, raises DeployerError; `done`: looks
    whether the world is as it should be afterwards, raises DeployerError where that can't be seen.
    """

    name: str
    do: Callable[[], None]
    done: Callable[[], bool]


class Deployer(Protocol):
    """A way to bring a release out. Nothing but the acts changes anything."""

    @property
    def interrupts(self) -> bool:
        """Whether users notice: the plan says so."""

    @property
    def shares(self) -> bool:
        """Whether a part of the users can be on the candidate; without, it is all or none."""

    def current(self) -> Serving:
        """What serves now. Raises UnknownStateError where that can't be seen: not knowing is not "nothing"."""

    def problems(self, candidate: Version, back_to: Version | None) -> Sequence[str]:
        """Why this can't be done, as far as it can be told before anything moves: an image that is missing, a release
        to go back to that does not exist any more."""

    def deploy(self, candidate: Version) -> Sequence[Act]:
        """Start the candidate; where `shares`, without a user on it."""

    def shift(self, candidate: Version, share: int) -> Sequence[Act]:
        """Put so many percent of the users on the candidate."""

    def promote(self, candidate: Version) -> Sequence[Act]:
        """Make the candidate the release that serves; the old one stays ready to go back to."""

    def rollback(self, back_to: Version) -> Sequence[Act]:
        """Bring all users back to a release, and take the candidate away."""

    def clean(self, keep: Sequence[Version]) -> Sequence[Act]:
        """Remove what is neither of these releases."""
