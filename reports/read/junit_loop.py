"""The inner loop over a JUnit file: what happens at each tag. A passed case costs next to nothing.

Closures over plain local variables, because that is the fastest that Python offers (`benchmarks/junit.py` measures it).
Everything that is not a plain passed case goes to the `Slow` path.
"""

from array import array
from collections.abc import Callable
from typing import NamedTuple, Protocol

from reports.read.junit_case import OUTCOME_ATTRIBUTES

#: Cases that repeat an earlier one are looked for among the first so many (eight bytes each).
REPEATS_AMONG = 200_000


class Slow(Protocol):
    """What the loop hands on. Depths are counted inside of the case: 1 is a child of it."""

    def begin_outside(self, tag: str, attributes: dict[str, str]) -> bool:
        """A tag outside of cases; True where it is a case after all (`<ns:testcase>`)."""

    def end_outside(self, tag: str) -> None:
        """The end of a tag outside of cases."""

    def begin_within(self, tag: str, attributes: dict[str, str], depth: int) -> None:
        """A tag inside of a case."""

    def end_within(self, depth: int) -> None:
        """The end of a tag inside of a case."""

    def end_case(self, attributes: dict[str, str]) -> str:
        """The end of a case that is not plain. Returns its outcome, which joins the digest."""

    def seconds(self, time: str) -> float:
        """A case's time, 0.0 where it is no duration."""


class Snapshot(NamedTuple):
    """What the loop counted: cases so far in the file; digest and seconds of cases since the last exchange."""

    tests: int
    digest: int
    seconds: float


class Loop(NamedTuple):
    """The two handlers for expat, and the door to what they count."""

    start: Callable[[str, dict[str, str]], None]
    end: Callable[[str], None]
    exchange: Callable[[int, bool], Snapshot]
    """Take the counts and go on with this digest; whether case times are to be summed up."""
    keys: "array[int]"
    """One key per case, made of class and name."""


def inner_loop(slow: Slow, names: frozenset[str], *, every: bool) -> Loop:
    """Build the handlers. Cases called as in `names`, or `every` one, go to the slow path."""
    case: dict[str, str] | None = None
    plain, timed = True, True
    inside = tests = digest = 0
    seconds = 0.0
    keys = array("q")
    remember = keys.append

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal case, inside, plain
        if case is not None:
            inside += 1
            plain = False
            slow.begin_within(tag, attributes, inside)
        elif tag == "testcase" or slow.begin_outside(tag, attributes):
            case = attributes

    def end(tag: str) -> None:
        nonlocal case, inside, plain, tests, digest, seconds
        attributes = case
        if attributes is None:
            slow.end_outside(tag)
            return
        if inside:
            slow.end_within(inside)
            inside -= 1
            return
        case = None
        tests += 1
        name, time = attributes.get("name"), attributes.get("time")
        key = hash((attributes.get("classname"), name))
        if tests <= REPEATS_AMONG:
            remember(key)
        if timed and time:
            seconds += slow.seconds(time)
        if plain and name and not every and name not in names and OUTCOME_ATTRIBUTES.isdisjoint(attributes):
            digest = hash((digest, key, time))
        else:
            plain = True
            digest = hash((digest, key, time, slow.end_case(attributes)))

    def exchange(new_digest: int, sum_times: bool) -> Snapshot:
        nonlocal digest, timed, seconds
        snapshot = Snapshot(tests, digest, seconds)
        digest, timed, seconds = new_digest, sum_times, 0.0
        return snapshot

    return Loop(start, end, exchange, keys)


def repeated(keys: "array[int]") -> int:
    """How many keys are not the first of their value."""
    return len(keys) - len(set(keys))
