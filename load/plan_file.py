"""A plan as JSON: masked for people and files, with its secrets for the generators alone."""

import base64
import hashlib
import json
from typing import Any, Final

from checks.request import Text
from checks.secrets import MASK, Secret
from checks.step import StepRequest
from load.mix import Journey, Locustfile
from load.plan import (
    Closed,
    ContainerTarget,
    External,
    HostTarget,
    LoadPlan,
    Local,
    Open,
    ProcessTarget,
    Target,
    Workers,
)

_VOLATILE: Final = ("targets", "keep_raw")


def plan_to_dict(plan: LoadPlan, *, secrets: bool = False) -> dict[str, Any]:
    """The JSON form. `secrets`: with their values, for the pipe to a generator; anything else gets `***`."""

    def text(value: Text) -> object:
        if isinstance(value, Secret):
            return {"secret": value.reveal(), "searched": value.searched} if secrets else MASK
        return value

    return {
        "base_url": text(plan.base_url),
        "work": _work(plan, text),
        "model": _model(plan),
        "shape": {
            "name": plan.shape.name,
            "phases": [{"seconds": p.seconds, "start": p.start, "end": p.end} for p in plan.shape.phases],
        },
        "warm_up": plan.warm_up,
        "think": {"least": plan.think.least, "most": plan.think.most},
        "drain": plan.drain,
        "late_after": plan.late_after,
        "seed": plan.seed,
        "workers": _workers(plan.workers, text),
        "caps": {
            "users": plan.caps.users,
            "rate": plan.caps.rate,
            "seconds": plan.caps.seconds,
            "requests": plan.caps.requests,
        },
        "trust": {"verify": plan.trust.verify, "ca_file": plan.trust.ca_file},
        "targets": [_target(target) for target in plan.targets],
        "keep_raw": plan.keep_raw,
    }


def fingerprint(plan: LoadPlan) -> str:
    """The SHA-256 of what is asked, how and when: plans with the same one can be compared with each other.

    Watched targets (their process ids differ from run to run) and secrets don't count.
    """
    profile = {key: value for key, value in plan_to_dict(plan).items() if key not in _VOLATILE}
    return hashlib.sha256(json.dumps(profile, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _work(plan: LoadPlan, text: Any) -> dict[str, Any]:
    match plan.work:
        case Locustfile(path=path, users=users):
            return {"kind": "locustfile", "path": path, "users": list(users)}
        case journeys:
            return {"kind": "mix", "journeys": [_journey(journey, text) for journey in journeys]}


def _journey(journey: Journey, text: Any) -> dict[str, Any]:
    steps = [{"expect": list(step.expect), "request": _request(step.request, text)} for step in journey.steps]
    return {"name": journey.name, "weight": journey.weight, "steps": steps}


def _request(request: StepRequest, text: Any) -> dict[str, Any]:
    def pairs(values: tuple[tuple[str, Text], ...]) -> list[list[object]]:
        return [[name, text(value)] for name, value in values]

    body = request.body
    return {
        "name": request.name,
        "url": text(request.url),
        "method": request.method,
        "headers": pairs(request.headers),
        "params": pairs(request.params),
        "json": _json_out(request.json, text),
        "body": {"base64": base64.b64encode(body).decode()} if isinstance(body, bytes) else body and text(body),
        "timeout": request.timeout,
        "captures": [{"name": c.name, "kind": c.kind, "where": c.where} for c in request.captures],
    }


def _json_out(value: object, text: Any) -> object:
    """JSON with secrets in it. Objects are written as lists of pairs, so that none can be taken for a secret's mark."""
    match value:
        case Secret():
            return {"text": text(value)}
        case dict():
            return {"object": [[str(key), _json_out(inner, text)] for key, inner in value.items()]}
        case list() | tuple():
            return [_json_out(inner, text) for inner in value]
        case _:
            return value


def _model(plan: LoadPlan) -> dict[str, Any]:
    match plan.model:
        case Closed(spawn_rate=rate):
            return {"kind": "closed", "spawn_rate": rate}
        case Open(arrivals=arrivals, users=users):
            return {"kind": "open", "arrivals": arrivals, "users": users}


def _workers(workers: Workers, text: Any) -> dict[str, Any]:
    match workers:
        case Local(processes=processes):
            return {"kind": "local", "processes": processes}
        case External(count=count, token=token, host=host, port=port, wait=wait):
            where = {"host": host, "port": port, "wait": wait}
            return {"kind": "external", "count": count, "token": text(token), **where}


def _target(target: Target) -> dict[str, Any]:
    match target:
        case ProcessTarget(name=name, pid=pid):
            return {"kind": "process", "name": name, "pid": pid}
        case ContainerTarget(name=name, container=container):
            return {"kind": "container", "name": name, "container": container}
        case HostTarget(name=name):
            return {"kind": "host", "name": name}
