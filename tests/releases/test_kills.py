"""`tidegate release` is killed without mercy wherever it is, and its resume too: users never notice."""

from urllib.parse import urlsplit

import pytest

from releases.journal.journal import Journal
from tests.releases.client import asking
from tests.releases.killing import prepared, release, to_the_end

GOOD, BAD = 101, 60


def ends(place, fleet, bad_from):
    """How it ended: who serves, and what the journal says."""
    told = fleet.traffic()
    (record, *_) = Journal(str(place.folder / "state.sqlite")).records()
    closed = [entry.name for entry in record.entries if entry.kind.value == "closed"]
    numbers = [entry.number for entry in record.entries]
    assert numbers == list(range(1, len(numbers) + 1))
    return told.versions[told.stable], told.share, closed


WANTED = {GOOD: ("2", 0, ["promoted"]), BAD: ("1", 0, ["rolled back"])}


@pytest.mark.slow
@pytest.mark.parametrize("bad_from", [GOOD, BAD], ids=["good", "bad"])
def test_a_kill_at_points_all_over_the_way(tmp_path, bad_from):
    """Eight points of all, with the resume killed at another; `benchmarks/release_kills.py` takes every one."""
    with prepared(tmp_path / "whole") as (place, fleet):
        whole = release(place, f"--env={place.environment}", "--version=2", bad_from=bad_from)
        assert (whole.code, ends(place, fleet, bad_from)) == (0 if bad_from == GOOD else 1, WANTED[bad_from])
    count = len(whole.points)
    assert count > 50
    for kill in range(3, count, max(1, count // 8)):
        with prepared(tmp_path / f"at-{kill}") as (place, fleet), asking(urlsplit(fleet.url).port) as clients:
            run = to_the_end(place, (kill, kill % 7), bad_from=bad_from)
            where = f"{kill}: {whole.points[kill]}"
            assert (ends(place, fleet, bad_from), run.code) in (
                (WANTED[bad_from], 0 if bad_from == GOOD else 1),
                # Killed when it was at its end already: there is nothing to go on with.
                (WANTED[bad_from], 4),
            ), where
            assert [client.words for client in clients] == [{}, {}], where
            assert all(client.asked for client in clients)
