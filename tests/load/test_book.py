"""The book: reports in any number of pages give what one page would have given."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from load.book import KINDS, OTHER, Book
from load.tally import Tally

entries = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from("ab"),
        st.sampled_from(["ok", "500", "lost", "dropped"]),
        st.integers(0, 3000),
    ),
    max_size=40,
)


def write(book, window, name, fate, bucket):
    """One request with its fate."""
    counts = book.cell(window, name)
    counts.intended += 1
    match fate:
        case "ok":
            counts.successes += 1
            counts.service[bucket] += 1
            counts.response[bucket + 1] += 1
        case "500":
            counts.failed("status 500")
        case "lost":
            counts.lost["no port"] = counts.lost.get("no port", 0) + 1
        case _:
            counts.dropped += 1


def sent(book):
    """A page as it arrives: through JSON."""
    return json.loads(json.dumps(book.written()))


@settings(max_examples=60)
@given(st.lists(entries, max_size=5))
def test_pages_add_up(pages):
    """However the counts are spread over reports and generators, and however often it is looked in between."""
    whole, read = Book(1), Book(1)
    for page in pages:
        part = Book(1)
        for entry in page:
            write(whole, *entry)
            write(part, *entry)
        read.absorb(sent(part))
        read.measured()
    assert read.measured() == whole.measured()
    assert read.settled()[1] == 0


def test_nothing_is_settled_while_something_waits():
    """The first window with a request that has no fate yet, and how many there are."""
    book = Book(1)
    assert book.settled() == (0, 0)
    part = Book(1)
    write(part, 0, "a", "ok", 5)
    part.cell(1, "a").intended += 2
    write(part, 2, "a", "ok", 5)
    book.absorb(sent(part))
    assert book.settled() == (1, 2)
    later = Book(1)
    later.cell(1, "a").failed("status 500")
    later.cell(1, "a").failed("status 500")
    book.absorb(sent(later))
    assert book.settled() == (3, 0)


def test_kinds_of_failure_are_bounded():
    """Texts with ids in them do not fill the memory; the number of failures stays right."""
    book = Book(1)
    counts = book.cell(0, "a")
    counts.intended = 1000
    for number in range(1000):
        counts.failed(f"order {number} is unknown")
    failures = book.measured().tally("a").failures
    assert len(failures) == KINDS + 1
    assert failures[OTHER] == 1000 - KINDS
    assert sum(failures.values()) == 1000


def test_vitals_of_generators_come_together():
    """Users add up, the busiest processor and the worst lateness stand, and a second report of a window does not count
    users twice."""
    book = Book(1)
    book.note_vitals(0, [0, 5, 0.25, 0.01, [10, 2]])
    book.note_vitals(1, [0, 7, 0.75, 0.03, [10, 1, 20, 1]])
    book.note_vitals(1, [0, 6, 0.5, 0.02, []])
    measured = book.measured()
    health = measured.health[0]
    assert measured.users == {0: 12}
    assert (health.cpu, health.latest, health.processes) == (0.75, 0.03, 2)
    assert dict(health.lateness.counts) == {10: 3, 20: 1}
    assert measured.tally() == Tally()
