"""From a declared profile to the plan that is run: the mix as journeys, the shape, the guard rails, what is watched."""

import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from checks.evidence import Reading
from checks.secrets import Secret, reveal
from checks.step import Capture, StepRequest
from gates.criteria import Criterion
from gates.environment.late import is_late
from gates.probing import body_of, headers_of, trust_of
from load.mix import Journey, LoadStep, Locustfile
from load.plan import Caps, Closed, External, LoadPlan, Local, Open, Target, Think, Trust
from load.shape import Phase, Shape

if TYPE_CHECKING:
    from gates.environment.endpoints import Endpoint
    from gates.environment.journeys import Capture as DeclaredCapture
    from gates.environment.journeys import Step
    from gates.environment.load_section import LoadProfile, LoadShape
    from gates.environment.model import Environment

#: Stands for an address that is known when the demo target runs, while the file is checked.
_PLACEHOLDER: Final = "http://127.0.0.1:1"
_JOURNEY: Final = "journey "
_ENDPOINT: Final = "endpoint "


class MixError(ValueError):
    """An entry of a mix that can't be run. `name`: the entry as it is written."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def plan_of(environment: "Environment", profile: "LoadProfile", targets: Sequence[Target] = ()) -> LoadPlan:
    """The plan of a profile. Raises MixError for its mix, and ValueError for what the engine refuses."""
    caps, tls = environment.load.caps, trust_of(environment.tls_for())
    return LoadPlan(
        base_url=_base(environment),
        work=_work(environment, profile),
        model=_model(profile),
        shape=shape_of(profile.shape, profile.rate or float(profile.users or 0), profile.duration),
        warm_up=profile.warm_up,
        think=Think(*profile.think_time),
        drain=profile.drain,
        late_after=profile.late_after,
        seed=profile.seed,
        workers=_workers(profile),
        caps=Caps(caps.users, caps.rate, caps.duration, caps.requests),
        trust=Trust(tls["verify"], tls["ca_file"]),
        targets=tuple(targets),
    )


def shape_of(declared: "LoadShape | None", level: float, seconds: int) -> Shape:
    """The phases of a shape that reaches `level` and takes `seconds`. Raises ValueError where it does not fit."""
    if declared is None:
        return Shape.constant(level, seconds)
    if rise := declared.ramp or declared.soak:
        if rise >= seconds:
            raise ValueError(f"rising for {rise} s leaves nothing of {seconds} s at the full load")
        name = "ramp" if declared.ramp else "soak"
        return Shape(name, (Phase(rise, 0, level), Phase(seconds - rise, level, level)))
    if count := declared.steps:
        if count > seconds:
            raise ValueError(f"{count} steps don't fit into {seconds} s: each takes a second at least")
        ends = [round(seconds * number / count) for number in range(count + 1)]
        levels = [level * number / count for number in range(1, count + 1)]
        lengths = [end - start for start, end in itertools.pairwise(ends)]
        return Shape("steps", tuple(Phase(length, at, at) for length, at in zip(lengths, levels, strict=True)))
    if (spike := declared.spike) is not None:
        rest = seconds - spike.after - spike.during
        if rest < 1:
            raise ValueError(f"a spike that ends after {spike.after + spike.during} s leaves nothing of {seconds} s")
        return Shape.spike(spike.base * level, level, before=spike.after, during=spike.during, after=rest)
    return Shape.constant(level, seconds)


def selectors_of(environment: "Environment", profile: "LoadProfile") -> dict[str, tuple[str, ...]]:
    """What objectives of a profile may name, each with the request names that are meant.

    A request's own name; a journey's, for all of its steps; and `GET /path`, for all that ask for it.
    """
    found: dict[str, list[str]] = {}
    for journey in journeys_of(environment, profile):
        if len(journey.steps) > 1:
            found.setdefault(journey.name, []).extend(journey.names)
        for name, step in zip(journey.names, journey.steps, strict=True):
            found.setdefault(name, []).append(name)
            asked = f"{step.request.method} {reveal(step.request.url)}"
            if not isinstance(step.request.url, Secret) and asked not in (journey.name, name):
                found.setdefault(asked, []).append(name)
    return {selector: tuple(dict.fromkeys(names)) for selector, names in found.items()}


def journeys_of(environment: "Environment", profile: "LoadProfile") -> tuple[Journey, ...]:
    """The mix as journeys, in its order. Raises MixError; empty for a locustfile."""
    return tuple(_journey(environment, entry, weight) for entry, weight in profile.mix.items())


def mixable(environment: "Environment") -> Iterator[str]:
    """What a mix may name: endpoints that are asked over HTTP, and journeys, with their kind where a name is both."""
    endpoints = [name for name, endpoint in environment.endpoints.items() if endpoint.kind == "http"]
    for name in endpoints:
        yield f"{_ENDPOINT}{name}" if name in environment.journeys else name
    for name in environment.journeys:
        yield f"{_JOURNEY}{name}" if name in endpoints else name


def _base(environment: "Environment") -> str | Secret:
    base = environment.base_url
    if base is None:
        raise ValueError("the environment has no base_url: load needs a target that is declared")
    return _PLACEHOLDER if is_late(reveal(base)) else base


def _work(environment: "Environment", profile: "LoadProfile") -> tuple[Journey, ...] | Locustfile:
    if profile.locustfile is not None:
        return Locustfile(str(profile.locustfile), profile.user_classes)
    return journeys_of(environment, profile)


def _model(profile: "LoadProfile") -> Open | Closed:
    if profile.rate is not None:
        return Open("poisson" if profile.arrivals == "poisson" else "constant", profile.max_in_flight)
    return Closed(profile.spawn_rate or 0.0)


def _workers(profile: "LoadProfile") -> Local | External:
    declared = profile.workers
    if declared is None:
        return Local(profile.processes)
    token = declared.token if isinstance(declared.token, Secret) else Secret(declared.token, "load.workers.token")
    return External(declared.count, token, declared.host, declared.port, declared.wait)


def _journey(environment: "Environment", entry: str, weight: float) -> Journey:
    name = entry.removeprefix(_JOURNEY).removeprefix(_ENDPOINT).strip()
    endpoint = environment.endpoints.get(name) if not entry.startswith(_JOURNEY) else None
    journey = environment.journeys.get(name) if not entry.startswith(_ENDPOINT) else None
    if endpoint is not None and endpoint.kind != "http":
        raise MixError(entry, f"the endpoint {name!r} is asked over {endpoint.kind}, and load is HTTP")
    if endpoint is not None and journey is not None:
        raise MixError(entry, f"{name!r} is an endpoint and a journey; write `{_ENDPOINT}{name}` or `{_JOURNEY}{name}`")
    if endpoint is not None:
        return Journey(name, (_of_endpoint(environment, entry, name, endpoint),), weight)
    if journey is not None:
        steps = tuple(_of_step(entry, step, journey.timeout) for step in journey.steps)
        if len(steps) == 1:
            name = f"{name}: {steps[0].request.name}"
        return Journey(name, steps, weight)
    raise MixError(entry, f"there is no endpoint over HTTP and no journey {name!r}")


def _of_endpoint(environment: "Environment", entry: str, name: str, endpoint: "Endpoint") -> LoadStep:
    if endpoint.follow_redirects:
        raise MixError(entry, f"the endpoint {name!r} follows redirects, which load does not: name where they lead")
    if endpoint.tls_options is not None and endpoint.tls_options != environment.tls:
        raise MixError(entry, f"the endpoint {name!r} has `tls:` of its own; load checks the environment's only")
    url = endpoint.http or ""
    request = StepRequest(
        name=name,
        url=f"{_PLACEHOLDER}/" if is_late(reveal(url)) else url,
        method=endpoint.method,
        headers=tuple(headers_of(endpoint.headers, endpoint.json_body).items()),
        body=body_of(endpoint.body, endpoint.json_body),
        timeout=endpoint.timeout,
    )
    return LoadStep(request, _statuses(entry, endpoint.expect.status))


def _of_step(entry: str, step: "Step", timeout: float) -> LoadStep:
    request = step.request
    asked = StepRequest(
        name=step.name,
        url=f"{_PLACEHOLDER}/" if is_late(reveal(request.url)) else request.url,
        method=request.method,
        headers=tuple(request.headers.items()),
        params=tuple(request.params.items()),
        json=request.json_body,
        body=request.body,
        timeout=timeout,
        captures=tuple(_captured(name, capture) for name, capture in step.capture.items()),
    )
    return LoadStep(asked, _statuses(entry, step.expect.status))


def _captured(name: str, capture: "DeclaredCapture") -> Capture:
    if capture.json_path is not None:
        return Capture(name, "json", capture.json_path)
    if capture.header is not None:
        return Capture(name, "header", capture.header)
    return Capture(name, "body", capture.body) if capture.body else Capture(name, "cookie", capture.cookie or "")


def _statuses(entry: str, wanted: Criterion) -> tuple[int, ...]:
    """The statuses that are successes."""
    found = _met(wanted)
    if not found:
        raise MixError(entry, f"no status of an answer is '{wanted.wanted}'")
    return found


@cache
def _met(wanted: Criterion) -> tuple[int, ...]:
    """Most steps want the same, and there are 400 statuses to try."""
    return tuple(status for status in range(200, 600) if wanted.met(Reading("status", status))[0])
