"""The inner loop over a JUnit file: what happens at each tag. A passed case costs next to nothing.

Closures over plain local variables, because that is the fastest that Python offers (`benchmarks/junit.py` measures it).
Everything that is not a plain passed case goes to the `Slow` path.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from reports.read.junit_case import OUTCOME_ATTRIBUTES

#: Cases that repeat an earlier one are looked for among the first so many (about 70 bytes each).
REPEATS_AMONG = 100_000
#: A suite is known again by so many of its plain cases and by all others.
_DIGESTED = 100


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
    """The two handlers for expat (with `ordered_attributes`), and the door to what they count."""

    start: Callable[[str, list[str]], None]
    end: Callable[[str], None]
    exchange: Callable[[int, bool], Snapshot]
    """Take the counts and go on with this digest; whether case times are to be summed up."""
    repeated: Callable[[], int]
    """How many cases have the class and name of an earlier one, among the first `REPEATS_AMONG`."""


def inner_loop(  # noqa: PLR0915 - the closures share their variables, which is what makes them fast
    slow: Slow, names: frozenset[str], *, every: bool, digesting: bool
) -> Loop:
    """Build the handlers. Cases called as in `names`, or `every` one, go to the slow path.

    Without `digesting` the digests of suites are not worked out.
    """
    case: list[str] | None = None
    plain, timed = True, True
    inside = tests = digest = 0
    digested = _DIGESTED if digesting else 0
    seconds = 0.0
    keys: set[int] = set()
    remember = keys.add
    slow_names = names | {""}
    # Attributes come as a list of names and values. Nearly all cases of a file have the same names in the same order,
    # so their positions are learnt once and known again by the names: cheaper than a dictionary for each case. expat
    # keeps one string for each name, so that `is` will do, and where it would not, the case takes the longer way.
    length = -1
    first = second = third = ""
    others: list[str] = []
    at_name = at_class = at_time = 0

    def start(tag: str, attributes: list[str]) -> None:
        nonlocal case, inside, plain
        if case is not None:
            inside += 1
            plain = False
            slow.begin_within(tag, pairs(attributes), inside)
        elif tag == "testcase" or slow.begin_outside(tag, pairs(attributes)):
            case = attributes

    def end(tag: str) -> None:
        nonlocal case, inside, plain, tests, digest, seconds
        attributes = case
        if attributes is None:
            slow.end_outside(tag)
        elif inside:
            slow.end_within(inside)
            inside -= 1
        else:
            case = None
            tests += 1
            if (
                plain
                and len(attributes) == length
                and attributes[0] is first
                and attributes[2] is second
                and attributes[4] is third
                and (length == 6 or attributes[6::2] == others)
                and (name := attributes[at_name]) not in slow_names
            ):
                classname, time = attributes[at_class], attributes[at_time]
                if tests <= digested:
                    digest = hash((digest, classname, name, time))
                if tests <= REPEATS_AMONG:
                    remember(hash((classname, name)))
                if timed and time:
                    seconds += slow.seconds(time)
            else:
                end_unusual(attributes)

    def end_unusual(attributes: list[str]) -> None:
        nonlocal plain, digest, seconds, length, first, second, third, others, at_name, at_class, at_time
        found = pairs(attributes)
        classname, name, time = found.get("classname", ""), found.get("name", ""), found.get("time", "")
        if tests <= REPEATS_AMONG:
            remember(hash((classname, name)))
        if timed and time:
            seconds += slow.seconds(time)
        if every or not plain or name in slow_names or not OUTCOME_ATTRIBUTES.isdisjoint(found):
            plain = True
            digest = hash((digest, classname, name, time, slow.end_case(found)))
            return
        digest = hash((digest, classname, name, time))
        if found.keys() >= {"classname", "name", "time"}:
            usual = attributes[::2]
            length, (first, second, third, *others) = len(attributes), usual
            at_class, at_name, at_time = (2 * usual.index(key) + 1 for key in ("classname", "name", "time"))

    def exchange(new_digest: int, sum_times: bool) -> Snapshot:
        nonlocal digest, digested, timed, seconds
        snapshot = Snapshot(tests, digest, seconds)
        digested = tests + _DIGESTED if digesting else 0
        digest, timed, seconds = new_digest, sum_times, 0.0
        return snapshot

    def repeated() -> int:
        return min(tests, REPEATS_AMONG) - len(keys)

    return Loop(start, end, exchange, repeated)


def pairs(attributes: list[str]) -> dict[str, str]:
    """expat's list of names and values as a dictionary."""
    return dict(zip(attributes[::2], attributes[1::2], strict=True))
