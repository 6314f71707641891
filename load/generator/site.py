"""One generator process while a run goes on: it begins, reports, ends in time, and leaves no request without a fate."""

import gc
from typing import Any, Protocol

import gevent
from gevent.event import Event

from load.generator.recorder import Recorder, now


class Work(Protocol):
    """What the users of a process do: declared journeys, or a locustfile."""

    def note_due(self, elapsed: float) -> None: ...
    def drop_rest(self, elapsed: float) -> None: ...
    def idle(self) -> bool: ...


class Site:
    """`runner`: Locust's, which has the users. `seconds`: how long the run is; `drain`: what requests have after it."""

    def __init__(self, runner: Any, work: Work, recorder: Recorder, seconds: float, drain: float) -> None:
        self.runner, self.work, self.recorder = runner, work, recorder
        self.finished = Event()
        self._seconds, self._drain = seconds, drain
        self._end = Event()
        self._ending, self._users = False, 0

    @property
    def ending(self) -> bool:
        """Whether nothing more is begun."""
        return self._ending

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return now() - self.recorder.start

    def begin(self) -> None:
        """The run begins now."""
        # What was imported is never garbage; looking through it again and again would make the loop late.
        gc.collect()
        gc.freeze()
        self.recorder.begin(now())
        gevent.spawn(self.recorder.watch_loop)
        gevent.spawn(self._finish)

    def end(self, drain: float) -> None:
        """Begin nothing more from now on, and let what is under way finish for `drain` seconds."""
        self._drain = min(drain, self._drain)
        self._end.set()

    def news(self, asked: float) -> bool:
        """Whether it is time for a report: a second after the last one was `asked` for, and at once beyond a cap."""
        return now() >= asked + 1 or (bool(self.recorder.over) and not self._ending)

    def report(self) -> dict[str, Any]:
        """What was counted since the last report."""
        recorder = self.recorder
        self.work.note_due(min(self.elapsed, recorder.end))
        if recorder.paired:
            # Users of the open model that only wait for an arrival are none.
            return recorder.report(recorder.busiest)
        return recorder.report(self._users if self._ending else int(self.runner.user_count))

    def _finish(self) -> None:
        self._end.wait(max(0.0, self._seconds - self.elapsed))
        self._ending, self._users = True, int(self.runner.user_count)
        recorder = self.recorder
        recorder.end = min(self.elapsed, self._seconds)
        # From the last schedule's entry up to the very end, so that nothing that was due is left out.
        self.work.note_due(recorder.end)
        drained = now() + self._drain
        self.runner.environment.stop_timeout = self._drain
        stopping = gevent.spawn(self._stop)
        while now() < drained and not stopping.ready() and not self.work.idle():
            gevent.sleep(0.01)
        self.runner.user_greenlets.kill(block=True, timeout=5)
        stopping.join(timeout=5)
        self.work.drop_rest(recorder.end)
        self.finished.set()

    def _stop(self) -> None:
        """Let Locust stop its users, and fire its events."""
        self.runner.stop()
