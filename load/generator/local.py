"""A crew of one: the load comes from this process."""

import json
from pathlib import Path
from typing import Any

import gevent
from locust.runners import STATE_CLEANUP, STATE_STOPPED

from load.generator.crew import Trouble
from load.generator.own import Unusable
from load.generator.recorder import now
from load.generator.site import Site
from load.generator.sites import build
from load.plan import LoadPlan

#: Seconds that a locustfile's own last hooks may take.
_HOOKS = 5.0


class LocalCrew:
    """Locust's LocalRunner and the site around it."""

    size = 1

    def __init__(self, plan: LoadPlan, raw: Path) -> None:
        self._plan, self._raw = plan, raw
        self.begun = self._done = False
        self._asked = 0.0

    def gather(self) -> None:
        """Build everything that the run needs."""
        try:
            environment, work, self.recorder = build(self._plan)
        except (Unusable, ValueError, OSError) as error:
            raise Trouble(str(error)) from None
        self.environment = environment
        self.runner = environment.create_local_runner()
        self.site = Site(self.runner, work, self.recorder, self._plan.seconds, self._plan.drain)
        events: Any = environment.events
        events.init.fire(environment=environment, runner=self.runner, web_ui=None)

    def begin(self) -> None:
        """The run begins."""
        self.site.begin()
        self.begun = True
        self._asked = now()

    def level(self, users: int, rate: float) -> None:
        """Let Locust begin or end users."""
        self.runner.start(users, spawn_rate=rate)

    def users(self) -> int:
        """How many users there are."""
        return int(self.runner.user_count)

    def reports(self) -> list[dict[str, Any]]:
        """One report a second, and a last one."""
        last = self.site.finished.is_set()
        if not self.begun or self._done or not (last or self.site.news(self._asked)):
            return []
        self._asked = max(self._asked + 1, now() - 0.5)
        self._done = last
        return [{"worker": 0, **self.site.report()}]

    def stopped(self) -> str:
        """Whether a locustfile has called `runner.quit()` or `stop()`."""
        if self.runner.state in (STATE_CLEANUP, STATE_STOPPED) and not self.site.ending:
            return "the locustfile ended the run"
        return ""

    def end(self, drain: float) -> None:
        """Begin nothing more."""
        self.site.end(drain)

    def finished(self) -> int:
        """1 once the last report has been fetched."""
        return int(self._done)

    def close(self) -> str:
        """Write the raw times where they are wanted; fire the last events, which may set an exit code."""
        if self.recorder.raw is not None:
            with self._raw.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in self.recorder.raw)
        return quitting_words(self.environment)


def quitting_words(environment: Any) -> str:
    """Fire Locust's `quitting`, in which locustfiles decide on the exit code of the process; the words for one."""
    with gevent.Timeout(_HOOKS, exception=False):
        environment.events.quitting.fire(environment=environment, reverse=True)
    code = environment.process_exit_code
    return f"the locustfile set the exit code {code}" if code else ""
