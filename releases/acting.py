"""Does acts under the journal: the intent is written before an act, and that it is done after it was looked at."""

from collections.abc import Sequence
from typing import Protocol

from releases.deployers.interface import Act, DeployerError
from releases.journal.record import Kind


class Writes(Protocol):
    """Writes an entry of the release that is under way."""

    def __call__(self, kind: Kind, name: str = "", data: dict[str, object] | None = None) -> None:
        """When it returns, the entry is kept. Raises StoreError; then nothing may be done."""


def perform(acts: Sequence[Act], write: Writes) -> None:
    """Do what is not done yet, in order. Raises DeployerError where an act fails or leaves the world as it was."""
    for act in acts:
        if act.done():
            continue
        write(Kind.INTENT, act.name)
        act.do()
        if not act.done():
            raise DeployerError(f"{act.name}: it said that it was done, and it is not")
        write(Kind.DONE, act.name)
