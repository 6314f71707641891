"""What is asked: journeys with weights, each of one step or of several, or a user's own locustfile."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from checks.secrets import Secret, reveal
from checks.step import StepRequest

#: Statuses that are successes where a step names none.
USUAL: Final = range(200, 300)
#: A mark as `checks.template` fills it in.
_MARK: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class LoadStep:
    """A request (as a smoke journey writes it: method, url, headers, params, json or body, timeout, captures) and the
    statuses that are successes: every 2xx where `expect` is empty.

    What `request` wants to be read from the answer (`json_paths`, `header_names`, `want_body`) is not looked at here.
    """

    request: StepRequest
    expect: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for status in self.expect:
            if not 200 <= status <= 599:
                raise ValueError(f"the step {self.request.name!r} expects the status {status}; write 200 to 599")


@dataclass(frozen=True, slots=True)
class Journey:
    """Steps that one user takes one after the other, with its own cookies and captures. A plain request is a journey of
    one step. A step that fails ends the journey. `weight`: its share of all journeys, among the weights of all.
    """

    name: str
    steps: tuple[LoadStep, ...]
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a journey has a name")
        if not self.steps:
            raise ValueError(f"the journey {self.name!r} has no steps")
        if not 0 < self.weight < math.inf:
            raise ValueError(f"the weight of {self.name!r} is more than 0, not {self.weight}")
        brought: set[str] = set()
        for step in self.steps:
            if missing := sorted(captures_in(step.request) - brought):
                known = f"captured before it: {', '.join(sorted(brought)) or 'nothing'}"
                raise ValueError(f"the step {step.request.name!r} needs the capture {missing[0]!r}; {known}")
            brought |= {capture.name for capture in step.request.captures}

    @property
    def names(self) -> tuple[str, ...]:
        """The request names under which its steps are counted: its own for one step, else `JOURNEY: STEP`."""
        if len(self.steps) == 1:
            return (self.name,)
        return tuple(f"{self.name}: {step.request.name}" for step in self.steps)


def captures_in(request: StepRequest) -> frozenset[str]:
    """The names of the captures that a request is filled in with."""
    texts: list[object] = [request.url, request.json, request.body]
    texts += [value for _, value in (*request.headers, *request.params)]
    return frozenset(name for text in texts for name in _marks(text))


def _marks(value: object) -> Iterator[str]:
    match value:
        case str() | Secret():
            yield from _MARK.findall(reveal(value))
        case Mapping():
            for inner in value.values():
                yield from _marks(inner)
        case list() | tuple():
            for inner in value:
                yield from _marks(inner)


@dataclass(frozen=True, slots=True)
class Locustfile:
    """A user's own locustfile: `path`, absolute. `users`: the classes that are run, all where empty.

    Its users count as a closed model. A shape class in it is an error: the plan's shape holds.
    """

    path: str
    users: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.path.startswith("/") or not self.path.endswith(".py"):
            raise ValueError(f"a locustfile is the absolute path of a .py file, not {self.path!r}")
