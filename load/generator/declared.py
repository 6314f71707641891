"""Locust users for what an environment declares: journeys of steps, asked with the lean client."""

import random
import ssl
from collections.abc import Callable, Iterator
from typing import Any, Final

import gevent
from gevent import GreenletExit
from locust import User, task
from locust.exception import StopUser

from checks.failures import Down, Unmeasured
from load.generator.captures import NotCaptured, remember_cookies, take
from load.generator.http import Client, now
from load.generator.prepared import PreparedStep
from load.generator.recorder import Recorder
from load.mix import Journey
from load.plan import LoadPlan, Open
from load.schedule import Arrival, arrivals, journeys

#: Seconds that a user of the closed model waits after a request that failed without waiting for an answer: without
#: it, a dead port would be asked as often as the processor can.
AFTER_REFUSAL: Final = 0.1
#: What took less than this was such a failure.
_AT_ONCE: Final = 0.005

_NAME: Final = "DeclaredUser"

PreparedJourney = tuple[PreparedStep, ...]


class Declared:
    """The share of one process in a plan's journeys: what its users ask, and when."""

    def __init__(self, plan: LoadPlan, mix: tuple[Journey, ...], recorder: Recorder, worker: int, workers: int) -> None:
        self.recorder = recorder
        self.think = plan.think
        self.draw = random.Random(f"think {plan.seed} {worker}").uniform  # noqa: S311 - can be repeated
        self.context = _context(plan)
        self.journeys = [_prepared(journey, plan) for journey in mix]
        self.keeps = any(len(journey) > 1 or journey[0].captures for journey in self.journeys)
        self.open = isinstance(plan.model, Open)
        self.arrivals: Iterator[Arrival] = iter(())
        self._intended: Iterator[Arrival] = iter(())
        if isinstance(plan.model, Open):
            # One iterator hands the arrivals out, the other counts what is due, whether or not a user was free for it.
            poisson = plan.model.arrivals == "poisson"
            self.arrivals, self._intended = (
                arrivals(plan.shape.phases, mix, plan.seed, poisson=poisson, worker=worker, workers=workers)
                for _ in range(2)
            )
        self._next: Arrival | None = next(self._intended, None)
        self.chosen = journeys(mix, plan.seed * 1000 + worker)
        self.user_class: type[User] = type(_NAME, (_DeclaredUser,), {"abstract": False, "work": self})

    def note_due(self, elapsed: float) -> None:
        """Count the arrivals that are due by now as intended."""
        while self._next is not None and self._next.due <= elapsed:
            self.recorder.intend(self.journeys[self._next.journey][0].name, self._next.due)
            self._next = next(self._intended, None)

    def drop_rest(self, elapsed: float) -> None:
        """Count the arrivals that were due and that no user has begun as dropped."""
        for arrival in self.arrivals:
            if arrival.due > elapsed:
                break
            self.recorder.dropped(self.journeys[arrival.journey][0].name, arrival.due)

    def idle(self) -> bool:
        """Whether everything that was due has its fate."""
        return self.recorder.waiting == 0


class _DeclaredUser(User):
    """One user. It takes arrivals from the common schedule (open), or begins anew when it has its answer (closed)."""

    abstract = True
    work: Declared

    def on_start(self) -> None:
        self.client = Client(self.work.context, keeps=self.work.keeps)

    def on_stop(self) -> None:
        self.client.close()

    def wait_time(self) -> float:
        """Seconds to think. Locust sleeps them, and may end the user while it does."""
        return self.work.draw(self.work.think.least, self.work.think.most)

    @task
    def live(self) -> None:
        """All that a user does, in one task: Locust's own loop would cost as much as a request."""
        # Users of the open model are there before the first arrival is due.
        self.work.recorder.started.wait()
        if self.work.open:
            self._take_arrivals()
        else:
            self._ask_again_and_again()
        raise StopUser

    def _take_arrivals(self) -> None:
        work, recorder = self.work, self.work.recorder
        for arrival in work.arrivals:
            early = recorder.start + arrival.due - now()
            if early > 0:
                gevent.sleep(early)
                recorder.late_by(now() - recorder.start - arrival.due)
            if arrival.due > recorder.end:
                return
            self._walk(work.journeys[arrival.journey], arrival.due)

    def _ask_again_and_again(self) -> None:
        work, recorder = self.work, self.work.recorder
        while self._state == "running" and now() - recorder.start < recorder.end and not recorder.over:
            began = now()
            if not self._walk(work.journeys[next(work.chosen)], None) and now() - began < _AT_ONCE:
                gevent.sleep(AFTER_REFUSAL)
            if work.think.most:
                self._think()

    def _walk(self, journey: PreparedJourney, due: float | None) -> bool:
        """Take the steps of a journey until one fails. `due`: when its first step was due, in the open model."""
        values: dict[str, object] = {}
        cookies: dict[str, str] = {}
        recorder = self.work.recorder
        for number, step in enumerate(journey):
            if number and self.work.think.most:
                self._think()
            began = now() - recorder.start
            intended = began if due is None else due
            if due is None and began >= recorder.end:
                return False
            if not recorder.begun(step.name, intended, began):
                if due is not None:
                    recorder.dropped(step.name, due)
                return False
            if due is None:
                recorder.intend(step.name, began)
            if not self._take_step(step, intended, began, values, cookies):
                return False
            due = None
        return True

    def _think(self) -> None:
        """Wait as Locust's own users do: where their number falls, those who wait are ended first."""
        wait: Callable[[], None] = self.wait
        wait()

    def _take_step(
        self, step: PreparedStep, due: float, began: float, values: dict[str, object], cookies: dict[str, str]
    ) -> bool:
        recorder = self.work.recorder
        try:
            ready = step.ready(values, cookies)
        except ValueError:  # what is fixed was tried before the run
            recorder.failed(step.name, due, "a captured value can't be sent")
            return False
        try:
            answer = self.client.exchange(ready.target, ready.data, step.timeout, head=step.head)
            ended = now() - recorder.start
            if answer.status not in step.expect:
                recorder.failed(step.name, due, f"status {answer.status}")
                return False
            if answer.headers:
                take(step.captures, answer, values)
                remember_cookies(answer, cookies)
        except (Down, NotCaptured) as error:
            recorder.failed(step.name, due, str(error))
        except Unmeasured as error:
            recorder.lost(step.name, due, error.words)
        except GreenletExit:
            recorder.unfinished(step.name, due)
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, this request has to have a fate
            recorder.lost(step.name, due, f"the generator failed: {type(error).__name__}")
        else:
            recorder.succeeded(step.name, due, began, ended)
            return True
        return False


def placeholder() -> type[User]:
    """What stands for the users of all journeys in a master, which has none itself."""
    return type(_NAME, (_DeclaredUser,), {"abstract": False})


def _prepared(journey: Journey, plan: LoadPlan) -> PreparedJourney:
    names = zip(journey.names, journey.steps, strict=True)
    return tuple(PreparedStep(name, step, plan.base_url) for name, step in names)


def _context(plan: LoadPlan) -> Any:
    context = ssl.create_default_context(cafile=plan.trust.ca_file or None)
    if not plan.trust.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
