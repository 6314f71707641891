"""What nginx does with users: which share of them goes to slot b, and which slot the canary header asks for."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Slot: TypeAlias = Literal["a", "b"]
SLOTS: Final[tuple[Slot, ...]] = ("a", "b")
#: Shares are whole percents: so many buckets users are divided into.
BUCKETS: Final = 100


@dataclass(frozen=True, slots=True)
class Traffic:
    """One state of the switch.

    `stable`: the slot of the release that serves; `candidate`: percent of users on the other slot, 0 to 100;
    `canary`: the header `canary: true` leads to the other slot. Raises ValueError for a share that is none.
    """

    stable: Slot
    candidate: int = 0
    canary: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if not 0 <= self.candidate <= BUCKETS:
            raise ValueError(f"{self.candidate} is no share: it is from 0 to {BUCKETS} percent")

    @property
    def idle(self) -> Slot:
        """The other slot."""
        return "b" if self.stable == "a" else "a"

    @property
    def on_b(self) -> int:
        """Percent of users on slot b."""
        return self.candidate if self.stable == "a" else BUCKETS - self.candidate

    @property
    def name(self) -> str:
        """A word for it, which nginx shows: `a-20-canary`."""
        return f"{self.stable}-{self.candidate}{'-canary' if self.canary else ''}"
