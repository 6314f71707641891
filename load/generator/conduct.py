"""A run from its beginning to its end, whoever generates the load: the one place that decides how it ended."""

import json
import os
import platform
import time
from pathlib import Path
from typing import Any, Final

import gevent
import locust

from checks.secrets import mask
from load.book import Book
from load.generator.channel import Channel
from load.generator.crew import Crew, Trouble, heed
from load.generator.recorder import now
from load.generator.sites import spawn_rate
from load.measured_json import measured_to_dict
from load.plan import LoadPlan, Open
from load.result import Ending

#: Seconds between two looks at everything.
_TICK: Final = 0.02
#: Seconds beyond the drain until all generators have to have reported.
_GRACE: Final = 10.0
#: Seconds until all users of the open model have to be there.
_SPAWNED: Final = 60.0


def conduct(plan: LoadPlan, crew: Crew, channel: Channel, final: Path) -> None:
    """Run a plan, tell the channel as it goes on, and write the final document: the only thing that is judged."""
    book = Book(plan.interval)
    began = time.time()
    elapsed, reported = 0.0, 0
    try:
        channel.send({"kind": "gathering", "size": crew.size})
        crew.gather()
        if isinstance(plan.model, Open):
            _spawn(crew, channel, plan.most_users)
        began, start = time.time(), now()
        crew.begin()
        channel.send({"kind": "began", "began": began, "monotonic": time.monotonic(), "size": crew.size})
        ending, why, drain = _until_over(plan, crew, channel, book, start)
        elapsed = min(now() - start, plan.seconds)
        if ending is Ending.FINISHED:
            elapsed = float(plan.seconds)  # generators end by their own clocks, at the very end
        else:
            crew.end(drain)
        _until_reported(crew, channel, book, drain)
        reported = crew.finished()
        words = crew.close()
        if words and ending is Ending.FINISHED:
            ending, why = Ending.ABORTED, words
        measured = measured_to_dict(book.measured())
    except Trouble as trouble:
        ending, why = Ending.BROKEN, str(trouble)
        if not crew.begun and channel.command is not None:
            ending = Ending(channel.command["ending"])
        reported = min(reported, crew.size)
        measured = _as_far_as_known(book)
    document = {
        "ending": ending.value,
        "why": mask(why),
        "began": began,
        "elapsed": elapsed,
        "generators": crew.size,
        "reported": reported,
        "tools": {"locust": locust.__version__, "python": platform.python_version()},
        "measured": measured,
    }
    _write(final, document)
    channel.send({"kind": "final"})
    channel.flush(2.0)


def _spawn(crew: Crew, channel: Channel, users: int) -> None:
    """Have all users of the open model waiting before the first arrival is due. Raises Trouble."""
    crew.level(users, float(users))
    deadline = now() + _SPAWNED
    while crew.users() < users:
        heed(channel)
        if now() > deadline:
            raise Trouble(f"{crew.users()} of {users} users could be started within {_SPAWNED:g} s")
        crew.reports()
        gevent.sleep(_TICK)


def _until_over(plan: LoadPlan, crew: Crew, channel: Channel, book: Book, start: float) -> tuple[Ending, str, float]:
    """Until the run has to end: how, why in words, and the seconds that requests under way still have."""
    rate = spawn_rate(plan)
    users = plan.most_users if isinstance(plan.model, Open) else -1
    changed = -1.0
    while True:
        elapsed = now() - start
        wanted = plan.most_users if isinstance(plan.model, Open) else _users(plan, elapsed)
        # Users follow a ramp second by second: each change makes Locust think about all of them.
        if wanted != users and (int(elapsed) != int(changed) or changed < 0):
            users, changed = wanted, elapsed
            crew.level(users, rate)
        over = _pass_on(crew, channel, book)
        if channel.command is not None:
            command = channel.command
            return Ending(command["ending"]), str(command["why"]), float(command["drain"])
        if over:
            return Ending.CAPPED, over, plan.drain
        if elapsed >= plan.seconds:
            return Ending.FINISHED, "", plan.drain
        if words := crew.stopped():
            return Ending.ABORTED, words, plan.drain
        gevent.sleep(_TICK)


def _users(plan: LoadPlan, elapsed: float) -> int:
    level = plan.shape.level(elapsed)
    # A ramp that begins at 0 begins with its first user; the small part is the rounding of floats.
    return max(0, int(level + 0.999999))


def _until_reported(crew: Crew, channel: Channel, book: Book, drain: float) -> None:
    """Until every generator has reported to its end. Raises Trouble where one does not."""
    deadline = now() + drain + _GRACE
    while crew.finished() < crew.size:
        if now() > deadline:
            raise Trouble(f"{crew.finished()} of {crew.size} generators reported to their end")
        _pass_on(crew, channel, book)
        gevent.sleep(_TICK)


def _pass_on(crew: Crew, channel: Channel, book: Book) -> str:
    """Take what was reported; the words where a cap was reached."""
    over = ""
    for report in crew.reports():
        book.absorb(report["page"])
        book.note_vitals(report["worker"], report["vitals"])
        over = over or report["over"]
        channel.send({"kind": "report", **report})
    return over


def _as_far_as_known(book: Book) -> dict[str, Any]:
    """What a broken run has measured: everything outstanding is taken out, for nobody knows its fate."""
    for counts in book.cells.values():
        counts.intended -= max(0, counts.outstanding)
        counts.late = min(counts.late, counts.intended - counts.dropped)
    return measured_to_dict(book.measured())


def _write(path: Path, document: dict[str, Any]) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(document, file, separators=(",", ":"), allow_nan=False)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
