"""Looks at several services at the same time, and always ends in evidence: nothing can hold a look beyond its time.

Each look has a thread of its own. When its time is over, its connections are shut down, which lets most clients end
with an error; one that does not is left behind, and its evidence is what it had found.
"""

import time as clock
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, NoReturn

from checks.evidence import Evidence
from checks.failures import AttemptError, Down, Unmeasured
from checks.services.kinds import KINDS, Look
from checks.services.seam import ServiceProbe, Visit

#: Looks at the same time.
_CONCURRENCY: Final = 16
#: Seconds that a look has to end by itself after its connections were shut down.
_GRACE: Final = 1.0
#: Seconds between two looks at the clock, and how late one may be before it was this machine that stood still.
_TICK: Final = 0.25
_LATE: Final = 1.0


def look_at_services(probes: Sequence[ServiceProbe]) -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of every probe, by its name. `NAME.up` is always there: True after the smallest real operation.

    Where the service failed in the middle, `NAME.up` is False, and what was read before stays. Where our own side
    could not go on, the Gap `NAME.rest` says why.
    Raises ValueError for a name that two probes have.
    """
    doubled = [name for name, count in Counter(probe.name for probe in probes).items() if count > 1]
    if doubled:
        raise ValueError(f"two services have the name {doubled[0]!r}; evidence is kept by name")
    # Clients are imported before anybody's time begins.
    checkers = {kind: _checker(kind) for kind in dict.fromkeys(probe.KIND for probe in probes)}
    waiting, running = deque(probes), list[_Running]()
    ended: SimpleQueue[None] = SimpleQueue()
    found: dict[str, tuple[Evidence, ...]] = {}
    due = clock.monotonic() + _TICK
    try:
        while waiting or running:
            while waiting and len(running) < _CONCURRENCY:
                probe = waiting.popleft()
                running.append(_Running.start(probe, checkers[probe.KIND], ended))
            with suppress(Empty):
                ended.get(timeout=max(0.0, due - clock.monotonic()))
            now = clock.monotonic()
            stood_still = now - due > _LATE
            due = now + _TICK
            for look in running:
                look.held_up |= stood_still
                look.watch(now)
            found |= {look.visit.probe.name: look.evidence() for look in running if look.is_done}
            running = [look for look in running if not look.is_done]
    finally:
        for look in running:
            look.visit.cut()
    return {probe.name: found[probe.name] for probe in probes}


@dataclass(slots=True)
class _Running:
    """A look in its thread. `ending`: why it broke off; `finished`: its thread has nothing more to say; `held_up`: this
    machine stood still meanwhile, so that no silence can be held against anybody; `left_behind`: it did not end."""

    visit: Visit
    thread: Thread = field(init=False)
    seen: list[Evidence] = field(default_factory=list)
    ending: AttemptError | None = None
    finished: bool = False
    held_up: bool = False
    left_behind: bool = False

    @classmethod
    def start(cls, probe: ServiceProbe, checker: Look, ended: "SimpleQueue[None]") -> "_Running":
        running = cls(Visit(probe))
        # A daemon: a client that never returns must not keep the program from ending.
        running.thread = Thread(target=running._run, args=(checker, ended), name=f"look-{probe.name}", daemon=True)
        running.thread.start()
        return running

    @property
    def is_done(self) -> bool:
        return self.left_behind or self.finished

    def watch(self, now: float) -> None:
        """End what is over its time."""
        if now >= self.visit.ends and not self.visit.is_over:
            self.visit.cut()
        self.left_behind = now >= self.visit.ends + _GRACE and not self.finished

    def _run(self, checker: Look, ended: "SimpleQueue[None]") -> None:
        try:
            for evidence in checker(self.visit.probe, self.visit):
                if self.left_behind:
                    return
                self.seen.append(evidence)
        except AttemptError as error:
            self.ending = error
        except Exception as error:  # noqa: BLE001 - clients raise what they like, and people get no traceback
            words = (str(error).strip() or "no words").splitlines()[0][:300]
            self.ending = Unmeasured(f"the look broke off: {type(error).__name__}: {words}")
        finally:
            self.finished = True
            ended.put(None)

    def evidence(self) -> tuple[Evidence, ...]:
        """What was seen, and how it ended."""
        visit, seen, ending = self.visit, list(self.seen), self.ending
        if self.left_behind or (visit.is_over and ending is not None):
            # What a client says of a connection that we shut down is no news of the service.
            ending = visit.timed_out()
        if isinstance(ending, Down) and self.held_up:
            ending = Unmeasured(f"this machine stood still during the look, so this says nothing: {ending.words}")
        up = f"{visit.probe.name}.up"
        was_up = any(evidence.subject == up for evidence in seen)
        match ending:
            case None if was_up:
                return tuple(seen)
            case None:
                return (visit.gap("up", "the look said nothing of it"), *seen)
            case Down():
                words = f"it answered at first; then: {ending.words}" if was_up else ending.words
                rest = (evidence for evidence in seen if evidence.subject != up)
                return (visit.failed(Down(words)), *rest)
            case _ if was_up:
                return (*seen, visit.failed(ending, "rest"))
            case _:
                return (visit.failed(ending), *seen)


def _checker(kind: str) -> Look:
    """The function that looks at services of this kind; where there is none, one that says why."""
    if kind not in KINDS:
        return _refusal(Unmeasured(f"no checker is known for the kind {kind!r}"))
    try:
        return KINDS[kind].checker()
    except AttemptError as error:
        return _refusal(error)


def _refusal(error: AttemptError) -> Look:
    def look(_: ServiceProbe, __: Visit) -> NoReturn:
        raise error

    return look
