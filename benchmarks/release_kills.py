"""Kills `tidegate release` at every point of its way, and its resume at others, under clients that never stop asking.

    python -m benchmarks.release_kills [--second N]

Every journal write, every act, and everything that an act does to the world, before and after it: each is a run of its
own, which is resumed to its end. `--second N`: each with the resume killed at every Nth point, too.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.releases.client import asking
from tests.releases.killing import prepared, release, to_the_end

#: Share from which on the candidate is bad -> who serves in the end.
_STORIES = {101: "2", 60: "1"}


def main() -> int:
    """Run all of them. Returns 1 where one ended otherwise than the whole release."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--second", type=int, default=0, metavar="N", help="kill the resume at every Nth point, too")
    second = parser.parse_args().second
    runs = wrong = asked = failed = 0
    began = time.monotonic()
    for bad_from, served in _STORIES.items():
        with tempfile.TemporaryDirectory() as folder, prepared(Path(folder) / "whole") as (place, _):
            points = release(place, f"--env={place.environment}", "--version=2", bad_from=bad_from).points
        for kill, point in enumerate(points):
            for again in (None, *(range(0, len(points), second) if second else ())):
                kills = (kill,) if again is None else (kill, again)
                with tempfile.TemporaryDirectory() as folder, prepared(Path(folder) / "at") as (place, fleet):
                    with asking(urlsplit(fleet.url).port or 0) as clients:
                        to_the_end(place, kills, bad_from=bad_from)
                        told = fleet.traffic()
                    runs += 1
                    asked += sum(client.asked for client in clients)
                    failed += sum(client.failed for client in clients)
                    if (told.versions[told.stable], told.share) != (served, 0):
                        wrong += 1
                        sys.stdout.write(f"killed at {kills} ({point}): {told}\n")
    took = time.monotonic() - began
    sys.stdout.write(f"{runs} runs in {took:.0f} s: {wrong} ended otherwise; {failed} of {asked:,} requests failed\n")
    return 1 if wrong or failed else 0


if __name__ == "__main__":
    sys.exit(main())
