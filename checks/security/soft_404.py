"""The page that a service shows for unknown paths, where it has a good status: learned, and recognised again."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: Pages for unknown paths that are less alike than this are too different to compare anything with.
_LEAST_ALIKE: Final = 0.7


@dataclass(frozen=True, slots=True)
class Page:
    """An answer. `body` holds its first bytes; `location`: the redirect to a log-in, or to another host, that it ended
    with; `path`: what was asked for."""

    path: str
    status: int
    body: bytes
    location: str = ""

    @property
    def shown(self) -> bool:
        """Whether there is a page at all."""
        return 200 <= self.status < 300

    @property
    def pathless(self) -> bytes:
        """The body without the path that was asked for, which a page for unknown paths may repeat."""
        words = [part.encode() for part in (self.path, self.path.strip("/")) if len(part) > 1]
        body = self.body
        for word in words:
            body = body.replace(word, b"")
        return body


@dataclass(frozen=True, slots=True)
class Soft404:
    """What is shown for paths that don't exist, where that is a page with a good status.

    `same`: bodies that are exactly it; `samples`: pages that it may look like; `alike`: how much alike two of them are.
    """

    same: frozenset[bytes]
    samples: tuple[bytes, ...]
    alike: float

    @classmethod
    def learn(cls, unknown: Sequence[Page], home: Page) -> "Soft404":
        """From the answers to random paths. A home page counts only where it is shown again exactly as it is."""
        samples = tuple(page.pathless for page in unknown if page.shown)
        exact = frozenset((*samples, home.pathless) if home.shown else samples)
        pairs = itertools.combinations(samples, 2)
        return cls(exact, samples, min((_alike(one, other) for one, other in pairs), default=0.0))

    def looks_like(self, body: bytes) -> bool:
        """Whether a page differs from it by no more than it differs from itself (a time, the id of a request)."""
        if self.alike < _LEAST_ALIKE:
            return False
        # Twice its own difference, and none at all where it is always the very same.
        least = 1 - 2 * (1 - self.alike)
        return any(_alike(body, sample) >= least for sample in self.samples)


def _alike(one: bytes, other: bytes) -> float:
    """How much of two pages is the same, from 0 to 1: their words, wherever they stand."""
    words, others = Counter(re.split(rb"(\W+)", one)), Counter(re.split(rb"(\W+)", other))
    return 2 * (words & others).total() / (words.total() + others.total())
