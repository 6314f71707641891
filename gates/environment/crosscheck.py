"""What has to fit together in an environment: names that are declared, kinds that agree, captures before their use."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from checks.secrets import Secret
from gates.environment.addresses import join
from gates.environment.endpoints import Endpoint, Expectations
from gates.environment.fields import Sendable
from gates.environment.journeys import Capture, Journey, Request, Step
from gates.environment.limits import (
    ENDPOINT_SUBJECTS,
    GATE_SUBJECTS,
    REPORT_SUBJECTS,
    STEP_SUBJECTS,
    LimitSubject,
    check_limit,
)
from gates.environment.model import Demo, Environment
from gates.environment.names import nearest
from gates.environment.tree import Path_

#: The key, what is wrong, and the hint.
Finding: TypeAlias = tuple[Path_, str, str]

_CAPTURE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]*)\s*\}\}")
_COMMON = {"timeout", "attempts", "pause", "limits", "needs", "remedy"}
#: The keys that mean something for each kind of endpoint; others are refused, as they would be silently ignored.
_KEYS = {
    "http": {"http", "method", "headers", "body", "json", "follow_redirects", "tls", "expect"},
    "tcp": {"tcp"},
    "dns": {"dns", "record", "addresses", "nameserver"},
    "tls": {"tls", "options"},
}
#: `NAME.json.x` is a subject of endpoint NAME: an endpoint `NAME.json` would be mistaken for it.
_SUBJECT_PARTS = ("json", "header", "body", "certificate", "tls", "up", "status", "response_time", "addresses")


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    yield from _names(environment)
    for name, endpoint in environment.endpoints.items():
        yield from _endpoint(("endpoints", name), endpoint, environment)
    for name, service in environment.external_services.items():
        yield from _joined(("external_services", name, "url"), service.url, environment)
    for name, group in environment.groups.items():
        path = ("groups", name)
        yield from _known((*path, "members"), group.members, environment.endpoints, "endpoint")
        if not 1 <= group.at_least <= len(group.members):
            yield (*path, "at_least"), f"{group.at_least} of {len(group.members)} members can never be up", ""
    yield from _cycles({name: endpoint.needs for name, endpoint in environment.endpoints.items()})
    for name, journey in environment.journeys.items():
        yield from _journey(("journeys", name), journey, environment)
    if environment.release is not None:
        yield from _joined(("release", "url"), environment.release.url, environment)
        if not (environment.release.id or environment.release.version or environment.release.commit):
            yield ("release",), "says no path to learn the release from", "write at least one of id, version, commit"
    if environment.readiness is not None:
        yield from _joined(("readiness", "http"), environment.readiness.http, environment)
    yield from _gates(environment)
    if environment.demo is not None:
        yield from _faults(environment.demo)


def _names(environment: Environment) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    sections: tuple[tuple[str, Iterable[str]], ...] = (
        ("endpoints", environment.endpoints),
        ("external_services", environment.external_services),
        ("groups", environment.groups),
    )
    for section, names in sections:
        for name in names:
            if name in taken:
                yield (section, name), f"the name {name!r} is taken: {taken[name]} has it too", ""
            taken.setdefault(name, section)
    for section, names in sections:
        for name in names:
            owner, dot, rest = name.rpartition(".")
            if dot and owner in taken and rest in _SUBJECT_PARTS:
                yield (section, name), f"the name {name!r} would be mistaken for the {rest} of {owner!r}", ""


def _endpoint(path: Path_, endpoint: Endpoint, environment: Environment) -> Iterator[Finding]:
    kinds = [kind for kind in ("http", "tcp", "dns") if getattr(endpoint, kind) is not None]
    if isinstance(endpoint.tls, str):
        kinds.append("tls")
    if len(kinds) != 1:
        got = f"it has {' and '.join(kinds)}" if kinds else "it has none"
        yield path, f"exactly one of http, tcp, dns and tls (as host:port) says what is looked at; {got}", ""
        return
    written = {type(endpoint).model_fields[name].alias or name for name in endpoint.model_fields_set}
    for key in sorted(written - _KEYS[endpoint.kind] - _COMMON):
        yield (*path, key), f"means nothing for a {endpoint.kind} endpoint", f"there: {_list(_KEYS[endpoint.kind])}"
    if endpoint.http is not None:
        yield from _joined((*path, "http"), endpoint.http, environment)
    if endpoint.body is not None and "json" in written:
        yield (*path, "json"), "body and json exclude one another", ""
    if endpoint.addresses and endpoint.record not in ("A", "AAAA"):
        yield (*path, "addresses"), f"a {endpoint.record} record holds no addresses", ""
    subjects = ENDPOINT_SUBJECTS if endpoint.kind in ("http", "tls") else STEP_SUBJECTS
    yield from _limits((*path, "limits"), endpoint.limits, subjects)
    yield from _known((*path, "needs"), endpoint.needs, environment.endpoints, "endpoint")


def _journey(path: Path_, journey: Journey, environment: Environment) -> Iterator[Finding]:
    if not journey.steps:
        yield (*path, "steps"), "a journey needs at least one step", ""
    yield from _known((*path, "needs"), journey.needs, environment.endpoints, "endpoint")
    captured: dict[str, int] = {}
    names: dict[str, int] = {}
    for index, step in enumerate(journey.steps):
        here: Path_ = (*path, "steps", index)
        if step.name in names:
            yield (*here, "name"), f"step {names[step.name] + 1} has the name {step.name!r} too", ""
        names.setdefault(step.name, index)
        yield from _step(here, step, captured, environment)
        for name, capture in step.capture.items():
            yield from _capture((*here, "capture", name), capture)
            captured[name] = index


def _step(path: Path_, step: Step, captured: Mapping[str, int], environment: Environment) -> Iterator[Finding]:
    request = step.request
    yield from _joined((*path, "request", "url"), request.url, environment)
    if request.body is not None and "json_body" in request.model_fields_set:
        yield (*path, "request", "json"), "body and json exclude one another", ""
    yield from _limits((*path, "limits"), step.limits, STEP_SUBJECTS)
    for key, text in _texts(request):
        for name in _CAPTURE.findall(text):
            if name not in captured:
                hint = nearest(name, captured, "captured before it:") or "no earlier step captures anything"
                yield (*path, "request", *key), f"{{{{ {name} }}}} is not captured by an earlier step", hint
    for key, text in _expected(step.expect):
        if any(name in captured for name in _CAPTURE.findall(text)):
            yield (*path, "expect", *key), "captures are filled into requests only, not into expectations", ""


def _capture(path: Path_, capture: Capture) -> Iterator[Finding]:
    sources = [s for s in (capture.json_path, capture.header, capture.body, capture.cookie) if s is not None]
    if len(sources) != 1:
        yield path, f"exactly one of json, header, body and cookie says what is captured; it has {len(sources)}", ""


def _gates(environment: Environment) -> Iterator[Finding]:
    if not environment.gates:
        yield ("gates",), "no gate is declared: nothing would be judged", ""
    for name, gate in environment.gates.items():
        path = ("gates", name)
        subjects = dict(GATE_SUBJECTS.get(name, {}))
        if gate.reports:
            subjects |= REPORT_SUBJECTS
        elif "reports" in gate.model_fields_set:
            yield (*path, "reports"), "is empty: nothing would be judged", "name files, or remove the key"
        if subjects:
            yield from _limits((*path, "limits"), gate.limits, subjects)
        for key in ("min_tests", "required_tests"):
            if key in gate.model_fields_set and not gate.reports:
                yield (*path, key), "counts the tests of reports, and this gate has no `reports:`", ""
    for name, members in environment.stages.items():
        if not members:
            yield ("stages", name), "is empty: nothing would be judged", ""
        yield from _known(("stages", name), members, environment.gates, "gate")
    stages = environment.all_stages
    if environment.default_stage is not None and environment.default_stage not in stages:
        hint = nearest(environment.default_stage, stages)
        yield ("default_stage",), f"there is no stage {environment.default_stage!r}", hint
    if environment.default_stage is None and len(stages) > 1:
        yield ("stages",), "there are several, and no `default_stage:` says which one runs", _list(stages)


def _faults(demo: Demo) -> Iterator[Finding]:
    from demo.faults import Faults

    for name, value in demo.faults.items():
        try:
            Faults.from_mapping({name: value})
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield ("demo", "faults", name), message, hint


def _known(path: Path_, names: tuple[str, ...], valid: Iterable[str], what: str) -> Iterator[Finding]:
    valid = tuple(valid)
    for index, name in enumerate(names):
        if name not in valid:
            hint = nearest(name, valid) or f"no {what} is declared"
            yield (*path, index), f"there is no {what} {name!r}", hint
        elif name in names[:index]:
            yield (*path, index), f"{name!r} is listed twice", ""


def _limits(path: Path_, limits: Mapping[str, object], subjects: Mapping[str, LimitSubject]) -> Iterator[Finding]:
    from gates.criteria import Criterion

    for subject, criterion in limits.items():
        try:
            if isinstance(criterion, Criterion):
                check_limit(subject, criterion, subjects)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield (*path, subject), message, hint


def _joined(path: Path_, url: Sendable, environment: Environment) -> Iterator[Finding]:
    try:
        join(environment.base_url, url)
    except ValueError as error:
        yield path, str(error), "write a whole URL, or set base_url"


def _cycles(needs: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """One finding for each circle of needs, at its first name in the file's order."""
    done: set[str] = set()
    for start in needs:
        trail: list[str] = []
        waiting = [(start, 0)]
        while waiting:
            name, index = waiting.pop()
            if index == 0:
                if name in done:
                    continue
                trail.append(name)
            following = needs.get(name, ())
            if index < len(following):
                waiting.append((name, index + 1))
                target = following[index]
                if target in trail:
                    circle = " → ".join([*trail[trail.index(target) :], target])
                    yield ("endpoints", name, "needs", index), f"needs go in a circle: {circle}", ""
                else:
                    waiting.append((target, 0))
            else:
                done.add(name)
                trail.pop()


def _texts(request: Request) -> Iterator[tuple[Path_, str]]:
    yield ("url",), _revealed(request.url)
    for section, values in (("headers", request.headers), ("params", request.params)):
        for key, value in values.items():
            yield (section, key), _revealed(value)
    if request.body is not None:
        yield ("body",), _revealed(request.body)
    yield from _json_texts(("json",), request.json_body)


def _json_texts(path: Path_, value: object) -> Iterator[tuple[Path_, str]]:
    match value:
        case str() | Secret():
            yield path, _revealed(value)
        case dict():
            for key, item in value.items():
                yield from _json_texts((*path, str(key)), item)
        case list():
            for index, item in enumerate(value):
                yield from _json_texts((*path, index), item)


def _expected(expect: Expectations) -> Iterator[tuple[Path_, str]]:
    for key, criterion in expect.json_values.items():
        yield ("json", key), str(criterion)
    for key, criterion in expect.headers.items():
        yield ("headers", key), str(criterion)
    if expect.body is not None:
        yield ("body",), str(expect.body)


def _revealed(value: Sendable) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
