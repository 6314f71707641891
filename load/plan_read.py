"""A plan from JSON, as a generator gets it: the inverse of `load.plan_file`."""

import base64
from typing import cast

from checks.request import Headers, Text
from checks.secrets import Secret
from checks.step import Capture, CaptureKind, StepRequest
from load.mix import Journey, LoadStep, Locustfile
from load.plan import (
    Arrivals,
    Caps,
    Closed,
    ContainerTarget,
    External,
    HostTarget,
    LoadPlan,
    Local,
    Open,
    ProcessTarget,
    Target,
    Think,
    Trust,
    Workers,
)
from load.shape import Phase, Shape
from load.strict import Misplaced, Place


def plan_from_dict(value: object, what: str = "plan") -> LoadPlan:
    """The inverse of `plan_to_dict(..., secrets=True)`. Raises ValueError that names the place."""
    top = Place(value, what)
    base, work, model, shape, warm, think, drain, late, seed, workers, caps, trust, targets, raw = top.fields(
        *("base_url", "work", "model", "shape", "warm_up", "think", "drain", "late_after", "seed"),
        *("workers", "caps", "trust", "targets", "keep_raw"),
    )
    return top.built(
        lambda: LoadPlan(
            base_url=_read_text(base),
            work=_read_work(work),
            model=_read_model(model),
            shape=_read_shape(shape),
            warm_up=warm.count(),
            think=_read_think(think),
            drain=drain.amount(),
            late_after=late.amount(),
            seed=seed.count(),
            workers=_read_workers(workers),
            caps=_read_caps(caps),
            trust=_read_trust(trust),
            targets=tuple(_read_target(target) for target in targets.each()),
            keep_raw=raw.flag(),
        )
    )


def _read_text(place: Place) -> Text:
    if isinstance(place.value, str):
        return place.value
    secret, searched = place.fields("secret", "searched")
    return Secret(secret.text(), searched=searched.flag())


def _read_work(place: Place) -> tuple[Journey, ...] | Locustfile:
    match place.kind():
        case "locustfile":
            _, path, users = place.fields("kind", "path", "users")
            return place.built(lambda: Locustfile(path.text(), tuple(user.text() for user in users.each())))
        case "mix":
            _, journeys = place.fields("kind", "journeys")
            return tuple(_read_journey(journey) for journey in journeys.each())
    raise place.wrong("the kind 'mix' or 'locustfile'")


def _read_journey(place: Place) -> Journey:
    name, weight, steps = place.fields("name", "weight", "steps")
    return place.built(lambda: Journey(name.text(), tuple(_read_step(step) for step in steps.each()), weight.amount()))


def _read_step(place: Place) -> LoadStep:
    expect, request = place.fields("expect", "request")
    statuses = tuple(status.count() for status in expect.each())
    return place.built(lambda: LoadStep(_read_request(request), statuses))


def _read_request(place: Place) -> StepRequest:
    name, url, method, headers, params, json_value, body, timeout, captures = place.fields(
        "name", "url", "method", "headers", "params", "json", "body", "timeout", "captures"
    )
    return place.built(
        lambda: StepRequest(
            name=name.text(),
            url=_read_text(url),
            method=method.text(),
            headers=_read_pairs(headers),
            params=_read_pairs(params),
            json=_json_in(json_value),
            body=body.maybe(_read_body),
            timeout=timeout.number(),
            captures=tuple(_read_capture(capture) for capture in captures.each()),
        )
    )


def _read_pairs(place: Place) -> Headers:
    found = []
    for pair in place.each():
        parts = tuple(pair.each())
        if len(parts) != 2:
            raise pair.wrong("a name and a value")
        found.append((parts[0].text(), _read_text(parts[1])))
    return tuple(found)


def _read_body(place: Place) -> Text | bytes:
    if isinstance(place.value, dict) and "base64" in place.value:
        (data,) = place.fields("base64")
        return place.built(lambda: base64.b64decode(data.text(), validate=True))
    return _read_text(place)


def _json_in(place: Place) -> object:
    match place.value:
        case {"text": _}:
            (text,) = place.fields("text")
            return _read_text(text)
        case dict():
            (pairs,) = place.fields("object")
            found: dict[str, object] = {}
            for pair in pairs.each():
                parts = tuple(pair.each())
                if len(parts) != 2:
                    raise pair.wrong("a key and a value")
                found[parts[0].text()] = _json_in(parts[1])
            return found
        case list():
            return [_json_in(inner) for inner in place.each()]
        case _:
            return place.value


def _read_capture(place: Place) -> Capture:
    name, kind, where = place.fields("name", "kind", "where")
    # Capture itself refuses kinds that it does not know.
    return place.built(lambda: Capture(name.text(), cast("CaptureKind", kind.text()), where.text()))


def _read_model(place: Place) -> Closed | Open:
    match place.kind():
        case "closed":
            _, rate = place.fields("kind", "spawn_rate")
            return place.built(lambda: Closed(rate.amount()))
        case "open":
            _, arrivals, users = place.fields("kind", "arrivals", "users")
            return place.built(lambda: Open(cast("Arrivals", arrivals.text()), users.count()))
    raise place.wrong("the kind 'closed' or 'open'")


def _read_shape(place: Place) -> Shape:
    name, phases = place.fields("name", "phases")
    return place.built(lambda: Shape(name.text(), tuple(_read_phase(phase) for phase in phases.each())))


def _read_phase(place: Place) -> Phase:
    seconds, start, end = place.fields("seconds", "start", "end")
    return place.built(lambda: Phase(seconds.count(), start.amount(), end.amount()))


def _read_think(place: Place) -> Think:
    least, most = place.fields("least", "most")
    return place.built(lambda: Think(least.amount(), most.amount()))


def _read_workers(place: Place) -> Workers:
    match place.kind():
        case "local":
            _, processes = place.fields("kind", "processes")
            return place.built(lambda: Local(processes.count()))
        case "external":
            _, count, token, host, port, wait = place.fields("kind", "count", "token", "host", "port", "wait")
            secret = _read_text(token)
            if not isinstance(secret, Secret):
                raise Misplaced(f"{token.path}: wanted a secret")
            return place.built(lambda: External(count.count(), secret, host.text(), port.count(), wait.amount()))
    raise place.wrong("the kind 'local' or 'external'")


def _read_caps(place: Place) -> Caps:
    users, rate, seconds, requests = place.fields("users", "rate", "seconds", "requests")
    return Caps(users.count(), rate.amount(), seconds.count(), requests.count())


def _read_trust(place: Place) -> Trust:
    verify, ca_file = place.fields("verify", "ca_file")
    return Trust(verify.flag(), ca_file.text())


def _read_target(place: Place) -> Target:
    match place.kind():
        case "process":
            _, name, pid = place.fields("kind", "name", "pid")
            return ProcessTarget(name.text(), pid.count())
        case "container":
            _, name, container = place.fields("kind", "name", "container")
            return ContainerTarget(name.text(), container.text())
        case "host":
            _, name = place.fields("kind", "name")
            return HostTarget(name.text())
    raise place.wrong("the kind 'process', 'container' or 'host'")
