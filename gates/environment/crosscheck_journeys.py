"""What has to fit together in a journey: names of steps, captures before their use, one body in a request."""

from collections.abc import Iterator, Mapping

from checks.secrets import Secret, reveal
from checks.step import slug
from gates.environment.addresses import MARK
from gates.environment.endpoints import Expectations
from gates.environment.findings import Finding, not_joined, unknown, wrong_limits
from gates.environment.journeys import Capture, Journey, Request, Step
from gates.environment.limits import STEP_SUBJECTS
from gates.environment.model import Environment
from gates.environment.names import nearest
from gates.environment.tree import KeyPath


def crosscheck_journey(path: KeyPath, journey: Journey, environment: Environment) -> Iterator[Finding]:
    """Everything in a journey that does not fit together."""
    if not journey.steps:
        yield (*path, "steps"), "a journey needs at least one step", ""
    yield from unknown((*path, "needs"), journey.needs, environment.endpoints, "endpoint")
    captured: dict[str, int] = {}
    names: dict[str, int] = {}
    for index, step in enumerate(journey.steps):
        here: KeyPath = (*path, "steps", index)
        subject = slug(step.name)
        if subject in names:
            yield (*here, "name"), f"step {names[subject] + 1} is called {subject!r} in reports, too", ""
        names.setdefault(subject, index)
        yield from _step(here, step, captured, environment)
        for name, capture in step.capture.items():
            yield from _capture((*here, "capture", name), capture)
            captured[name] = index


def _step(path: KeyPath, step: Step, captured: Mapping[str, int], environment: Environment) -> Iterator[Finding]:
    request = step.request
    yield from not_joined((*path, "request", "url"), request.url, environment)
    if request.body is not None and "json_body" in request.model_fields_set:
        yield (*path, "request", "json"), "body and json exclude one another", ""
    yield from wrong_limits((*path, "limits"), step.limits, STEP_SUBJECTS)
    for key, text in _texts(request):
        for name in MARK.findall(text):
            if name not in captured:
                hint = nearest(name, captured, "captured before it:") or "no earlier step captures anything"
                yield (*path, "request", *key), f"{{{{ {name} }}}} is not captured by an earlier step", hint
    for key, text in _expected(step.expect):
        if any(name in captured for name in MARK.findall(text)):
            yield (*path, "expect", *key), "captures are filled into requests only, not into expectations", ""


def _capture(path: KeyPath, capture: Capture) -> Iterator[Finding]:
    sources = [s for s in (capture.json_path, capture.header, capture.body, capture.cookie) if s is not None]
    if len(sources) != 1:
        yield path, f"exactly one of json, header, body and cookie says what is captured; it has {len(sources)}", ""


def _texts(request: Request) -> Iterator[tuple[KeyPath, str]]:
    yield ("url",), reveal(request.url)
    for section, values in (("headers", request.headers), ("params", request.params)):
        for key, value in values.items():
            yield (section, key), reveal(value)
    if request.body is not None:
        yield ("body",), reveal(request.body)
    yield from _json_texts(("json",), request.json_body)


def _json_texts(path: KeyPath, value: object) -> Iterator[tuple[KeyPath, str]]:
    match value:
        case str() | Secret():
            yield path, reveal(value)
        case dict():
            for key, item in value.items():
                yield from _json_texts((*path, str(key)), item)
        case list():
            for index, item in enumerate(value):
                yield from _json_texts((*path, index), item)


def _expected(expect: Expectations) -> Iterator[tuple[KeyPath, str]]:
    for key, criterion in expect.json_values.items():
        yield ("json", key), str(criterion)
    for key, criterion in expect.headers.items():
        yield ("headers", key), str(criterion)
    if expect.body is not None:
        yield ("body",), str(expect.body)
