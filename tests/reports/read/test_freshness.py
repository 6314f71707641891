"""How old a report may be."""

import time
from datetime import UTC, datetime

import pytest

from reports.read.freshness import stale
from reports.read.junit_file import JunitFile
from reports.read.problem import Effect

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0


def problems(newest=None, modified=NOW, **limits):
    moment = datetime.fromisoformat(newest) if newest else None
    file = JunitFile("f.xml", "", 1, 0, 0, 0, newest=moment)
    return list(stale(file, modified, NOW, **{"max_age": None, "not_before": None} | limits))


def effects(found):
    return [problem.effect for problem in found]


def test_nobody_asked():
    """Without a limit nothing is said, however old the file is."""
    assert problems("2001-01-01T00:00:00Z") == []


def test_older_than_the_limit_is_stale_and_younger_is_not():
    """The suite's time counts, not that of the file; the message says got and wanted."""
    old = problems("2026-05-01T09:00:00Z", max_age=2 * HOUR)
    assert effects(old) == [Effect.INCONCLUSIVE]
    assert "3 h old (2026-05-01 09:00:00Z), wanted <= 2 h" in old[0].message
    assert old[0].file == "f.xml"
    assert problems("2026-05-01T11:00:00Z", modified=0, max_age=2 * HOUR) == []


def test_without_a_time_in_the_file_its_own_counts():
    """And a note says that copying renews it."""
    assert effects(problems(modified=NOW - HOUR, max_age=2 * HOUR)) == [Effect.NOTE]
    assert effects(problems(modified=NOW - 3 * HOUR, max_age=2 * HOUR)) == [Effect.NOTE, Effect.INCONCLUSIVE]


def test_written_before_the_commit_is_stale():
    """A report of before the commit tested something else; five minutes are left to differing clocks."""
    commit = NOW - HOUR
    assert effects(problems("2026-05-01T10:50:00Z", not_before=commit)) == [Effect.INCONCLUSIVE]
    assert problems("2026-05-01T10:56:00Z", not_before=commit) == []
    assert problems("2026-05-01T11:30:00Z", not_before=commit) == []


def test_a_time_in_the_future_is_no_time():
    """More than five minutes ahead can't be believed."""
    assert effects(problems("2026-05-01T12:10:00Z", max_age=HOUR)) == [Effect.INCONCLUSIVE]
    assert problems("2026-05-01T12:04:00Z", max_age=HOUR) == []


@pytest.fixture
def zone(monkeypatch):
    """Set the local time zone."""

    def _zone(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield _zone
    monkeypatch.undo()
    time.tzset()


def test_times_without_a_zone_are_utc_unless_that_is_in_the_future(zone):
    """Ant writes UTC, others local time: what is ahead of UTC now was the local time of a zone to the east."""
    zone("UTC-3")  # POSIX: three hours east
    assert problems("2026-05-01T11:30:00", max_age=HOUR) == []
    assert problems("2026-05-01T14:30:00", max_age=HOUR) == []
    assert effects(problems("2026-05-01T13:30:00", max_age=HOUR)) == [Effect.INCONCLUSIVE]
    assert effects(problems("2026-05-01T18:30:00", max_age=HOUR)) == [Effect.INCONCLUSIVE]
