"""What is run: a LoadPlan says who asks for what, how often, for how long, from where, and where it has to stop."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from checks.request import Text, parse_url
from checks.secrets import Secret, reveal
from load.mix import Journey, Locustfile
from load.shape import Shape

Arrivals = Literal["constant", "poisson"]
#: Longer runs are measured in longer windows, so that a result has at most this many per request name.
_WINDOWS: Final = 3600
_UNITS: Final = {"users": "users", "seconds": "seconds", "rate": "arrivals per second", "requests": "arrivals"}


@dataclass(frozen=True, slots=True)
class Think:
    """Seconds that a user waits after a request and before its next one: evenly spread from `least` to `most`."""

    least: float = 0.0
    most: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.most < math.inf:
            raise ValueError(f"think time goes from 0 or more up to more, not from {self.least} to {self.most}")


@dataclass(frozen=True, slots=True)
class Closed:
    """So many users, each of whom waits for its answer before it asks again: a slow target is asked less often.

    The shape's level is the number of users. `spawn_rate`: at most so many users begin in a second; 0: no limit.
    """

    spawn_rate: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.spawn_rate < math.inf:
            raise ValueError(f"a spawn rate is 0 (no limit) or more users per second, not {self.spawn_rate}")


@dataclass(frozen=True, slots=True)
class Open:
    """So many arrivals per second, whatever the target does: its slowness makes nobody ask less often.

    The shape's level is the rate. The schedule is fixed before the first request: `constant` distances, or those of a
    `poisson` process. `users`: how many requests can be under way at once; arrivals beyond that wait, and their waiting
    counts. An arrival is the beginning of a journey.
    """

    arrivals: Arrivals = "constant"
    users: int = 200

    def __post_init__(self) -> None:
        if self.arrivals not in ("constant", "poisson"):
            raise ValueError(f"arrivals are 'constant' or 'poisson', not {self.arrivals!r}")
        if self.users < 1:
            raise ValueError(f"an open model needs at least 1 user, not {self.users}")


@dataclass(frozen=True, slots=True)
class Local:
    """Generator processes on this machine, with their own master on loopback where there are two or more."""

    processes: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.processes <= 64:
            raise ValueError(f"there are 1 to 64 generator processes, not {self.processes}")


@dataclass(frozen=True, slots=True)
class External:
    """Workers on other machines (`python -m load.worker`): a master here waits for `count` of them.

    `host` and `port`: where the master listens; 0 takes a free port. `token`: the secret that both sides know: the plan
    goes out, and reports count, only under it. `wait`: seconds until all workers have to be there.
    """

    count: int
    token: Secret
    host: str = "127.0.0.1"
    port: int = 5557
    wait: float = 60.0

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 1000:
            raise ValueError(f"there are 1 to 1000 external workers, not {self.count}")
        if len(self.token.reveal()) < 16:
            raise ValueError("the token of external workers has at least 16 characters")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"a port is a number from 0 to 65535, not {self.port}")
        if not 0 < self.wait <= 3600:
            raise ValueError(f"workers are waited for more than 0 and at most 3600 s, not {self.wait}")


Workers: TypeAlias = Local | External


@dataclass(frozen=True, slots=True)
class Caps:
    """Guard rails. What is known before (users and duration; rate and requests of the open model) raises ValueError in
    the plan; what only shows while it runs (rate and requests of the closed model) ends the run.

    users      at any time, over all processes
    rate       requests per second
    seconds    the whole run, warm-up included
    requests   over the whole run
    """

    users: int = 1000
    rate: float = 1000.0
    seconds: int = 3600
    requests: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Trust:
    """How certificates of the target are checked: as everywhere, against the machine's store or `ca_file` (a path)."""

    verify: bool = True
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class ProcessTarget:
    """A process on this machine whose CPU, memory and disk are watched, with its children."""

    name: str
    pid: int


@dataclass(frozen=True, slots=True)
class ContainerTarget:
    """A container of the local Docker engine (name or id) that is watched."""

    name: str
    container: str


@dataclass(frozen=True, slots=True)
class HostTarget:
    """A machine that is watched by a callable given to `run` under this name."""

    name: str


Target: TypeAlias = ProcessTarget | ContainerTarget | HostTarget


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """One load run. Raises ValueError for what can't be run or is over a cap, in words for the person who wrote it.

    base_url    put before the paths of steps, and the host of a locustfile
    work        journeys with weights, or a locustfile
    model       Closed or Open; a locustfile is closed
    shape       users or arrivals per second over time
    warm_up     seconds at the beginning that are measured but not judged; the result only repeats it
    think       between two requests of the same user
    drain       seconds that requests under way have after the end; then they are unfinished
    late_after  seconds after which a request that was not begun counts as late
    seed        of everything that is drawn: arrivals, the mix, think times
    caps        guard rails, which the engine keeps whatever asks for more
    targets     what is watched while the run goes on
    keep_raw    whether each response time is written to a file beside the result, for one process (proofs)
    """

    base_url: Text
    work: tuple[Journey, ...] | Locustfile
    model: Closed | Open
    shape: Shape
    warm_up: int = 0
    think: Think = Think()
    drain: float = 5.0
    late_after: float = 0.1
    seed: int = 1
    workers: Workers = Local()
    caps: Caps = Caps()
    trust: Trust = Trust()
    targets: tuple[Target, ...] = ()
    keep_raw: bool = False

    def __post_init__(self) -> None:
        parse_url(self.base_url)
        self._check_work()
        if not 0 <= self.warm_up < self.shape.seconds:
            raise ValueError(f"a warm-up of {self.warm_up} s leaves nothing of {self.shape.seconds} s to be judged")
        if not 0 <= self.drain <= 600:
            raise ValueError(f"a drain is 0 to 600 s, not {self.drain}")
        if not 0 < self.late_after <= 60:
            raise ValueError(f"late_after is more than 0 and at most 60 s, not {self.late_after}")
        doubled = [name for name, count in Counter(target.name for target in self.targets).items() if count > 1]
        if doubled:
            raise ValueError(f"two watched targets have the name {doubled[0]!r}")
        if self.keep_raw and self.workers != Local(1):
            raise ValueError("raw response times are kept by one local process only")
        self._check_caps()

    @property
    def names(self) -> tuple[str, ...]:
        """The request names that are counted, in the order of the mix; empty for a locustfile, which names its own."""
        journeys = () if isinstance(self.work, Locustfile) else self.work
        return tuple(name for journey in journeys for name in journey.names)

    @property
    def seconds(self) -> int:
        """How long the run is planned to last, the drain not included."""
        return self.shape.seconds

    @property
    def interval(self) -> int:
        """Seconds of a window of measurement: 1 in runs of up to an hour."""
        return math.ceil(self.seconds / _WINDOWS)

    @property
    def most_users(self) -> int:
        """The most users at any time."""
        return self.model.users if isinstance(self.model, Open) else math.ceil(self.shape.peak)

    def _check_work(self) -> None:
        if isinstance(self.work, Locustfile):
            if isinstance(self.model, Open):
                raise ValueError("a locustfile decides itself when it asks: only the closed model can run it")
            return
        if not self.work:
            raise ValueError("a plan has at least one request")
        doubled = [name for name, count in Counter(self.names).items() if count > 1]
        if doubled:
            raise ValueError(f"two requests have the name {doubled[0]!r}; they are counted by name")
        for journey in self.work:
            for step in journey.steps:
                _check_url(self.base_url, step.request.url)

    def _steps(self) -> float:
        """How many requests a journey has, on average."""
        journeys = () if isinstance(self.work, Locustfile) else self.work
        steps = sum(journey.weight * len(journey.steps) for journey in journeys)
        return steps / sum(journey.weight for journey in journeys) if journeys else 1.0

    def _check_caps(self) -> None:
        caps = {name: float(getattr(self.caps, name)) for name in ("users", "rate", "seconds", "requests")}
        for name, cap in caps.items():
            if not 0 < cap < math.inf:
                raise ValueError(f"the cap on {name} is more than 0, not {cap}")
        wanted = {"users": float(self.most_users), "seconds": float(self.seconds)}
        if isinstance(self.model, Open):
            steps = self._steps()
            wanted |= {"rate": self.shape.peak * steps, "requests": self.shape.area * steps}
        for name, amount in wanted.items():
            if amount > caps[name]:
                words = _UNITS[name] if self._steps() == 1 else _UNITS[name].replace("arrivals", "requests")
                raise ValueError(f"the plan has {amount:,.6g} {words}, and the cap is {caps[name]:,.6g}")


def _check_url(base: Text, url: Text) -> None:
    text = reveal(url)
    place = text.split("?", 1)[0]
    if "{{" in place:
        return  # where it leads is only known when a capture has been filled in
    if "://" in place:
        parse_url(url)
    elif not place.startswith("/"):
        shown = repr(text) if isinstance(url, str) else "what this one has"
        raise ValueError(f"the path of a step begins with /, not {shown}")
    else:
        parse_url(base)
