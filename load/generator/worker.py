"""One worker of a Locust master: it fetches the plan, runs its share of it, and reports each second."""

from dataclasses import replace
from typing import Any, Final

import gevent
import locust
from locust.env import Environment

from load.generator.local import quitting_words
from load.generator.master import PROTOCOL
from load.generator.own import Unusable
from load.generator.recorder import now
from load.generator.seal import Seal
from load.generator.site import Site
from load.generator.sites import build
from load.mix import Locustfile
from load.plan import LoadPlan
from load.plan_read import plan_from_dict

_TICK: Final = 0.02
#: Seconds that a master has for its answer.
_ANSWER: Final = 30.0
#: Seconds without any message of the master after which a worker gives up.
_SILENCE: Final = 15.0


class Worker:
    """`runner` is made before the plan is known: the plan comes through it."""

    def __init__(self, host: str, port: int, token: str, locustfile: str) -> None:
        self._seal = Seal(token)
        self._locustfile = locustfile
        self._plan: dict[str, Any] | None = None
        self._begun = self._quit = False
        self._site: Site | None = None
        self._sequence = 0
        self._asked = 0.0
        self._environment = Environment(user_classes=[], events=locust.events)
        self._heard = now()
        self._refused = ""
        events: Any = self._environment.events
        quitting = list(events.quitting._handlers)  # noqa: SLF001 - Locust has no other way to its listeners
        self.runner: Any = self._environment.create_worker_runner(host, port)
        # Locust's own says goodbye to the master, which would spread this worker's users over the others at once: at
        # the end of a run that is new load. A locustfile's listeners stay.
        for listener in [known for known in events.quitting._handlers if known not in quitting]:  # noqa: SLF001
            events.quitting.remove_listener(listener)
        events.heartbeat_received.add_listener(self._hear)
        for kind, listener in (
            ("tidegate_plan", self._receive),
            ("tidegate_begin", self._begin),
            ("tidegate_end", self._end),
            ("tidegate_quit", self._leave),
            ("tidegate_refused", self._be_refused),
        ):
            self.runner.register_message(kind, listener)

    def work(self) -> str:
        """From the first word to the last. Returns what went wrong, empty where nothing did."""
        self.runner.send_message("tidegate_hello", {"sealed": self._seal.closed({"protocol": PROTOCOL})})
        deadline = now() + _ANSWER
        while self._plan is None:
            if self._refused:
                return self._refused
            if now() > deadline:
                return "the master sent no plan that this token opens"
            gevent.sleep(_TICK)
        try:
            self._prepare(self._plan)
        except (Unusable, ValueError, OSError) as error:
            self.runner.send_message("tidegate_trouble", {"words": f"a worker can't begin: {error}"})
            gevent.sleep(1)  # until the message has gone out
            return str(error)
        return self._stay()

    def _prepare(self, document: dict[str, Any]) -> None:
        if document["protocol"] != PROTOCOL:
            raise ValueError(f"the master speaks protocol {document['protocol']}, this worker {PROTOCOL}")
        plan: LoadPlan = plan_from_dict(document["plan"])
        if isinstance(plan.work, Locustfile) and self._locustfile:
            plan = replace(plan, work=replace(plan.work, path=self._locustfile))
        environment, work, recorder = build(plan, document["worker"])
        # The runner stays, with its connection; what it runs is what the plan says.
        ours: Any = self._environment
        ours.user_classes = environment.user_classes
        ours.host, ours.stop_timeout = environment.host, environment.stop_timeout
        ours.parsed_options = environment.parsed_options
        self._site = Site(self.runner, work, recorder, plan.seconds, plan.drain)
        ours.events.init.fire(environment=ours, runner=self.runner, web_ui=None)
        answer = {"worker": document["worker"], "locust": locust.__version__}
        self.runner.send_message("tidegate_ready", {"sealed": self._seal.closed(answer)})

    def _stay(self) -> str:
        """Report until the master has the last word."""
        last = False
        while not self._quit:
            gevent.sleep(_TICK)
            if now() - self._heard > _SILENCE:
                return "the master has gone silent"
            site = self._site
            if site is None or not self._begun or last:
                continue
            last = site.finished.is_set()
            if not (last or site.news(self._asked)):
                continue
            self._asked = max(self._asked + 1, now() - 0.5)
            self._report(site, last=last)
        return ""

    def _report(self, site: Site, *, last: bool) -> None:
        words = ""
        if last:
            words = quitting_words(site.runner.environment)
        elif site.runner.state in ("cleanup", "stopped") and not site.ending:
            words = "the locustfile ended the run"
        data = {"sequence": self._sequence, "last": last, "words": words, "report": site.report()}
        self._sequence += 1
        self.runner.send_message("tidegate_report", data)

    def _be_refused(self, msg: Any, **_: Any) -> None:
        self._refused = str(msg.data["words"])

    def _receive(self, msg: Any, **_: Any) -> None:
        document = self._seal.opened(msg.data.get("sealed"))
        if document is None:
            self._refused = "this worker and its master have different tokens"
        elif self._plan is None:
            self._plan = document

    def _begin(self, **_: Any) -> None:
        if self._site is not None and not self._begun:
            self._site.begin()
            self._begun, self._asked = True, now()

    def _end(self, msg: Any, **_: Any) -> None:
        if self._site is not None:
            self._site.end(float(msg.data["drain"]))

    def _leave(self, **_: Any) -> None:
        self._quit = True

    def _hear(self, **_: Any) -> None:
        self._heard = now()
