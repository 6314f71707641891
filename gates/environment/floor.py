"""The floor: limits that an environment may tighten and never loosen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field, ValidationError

from gates.criteria import Criterion
from gates.environment.chain import FloorFile
from gates.environment.explain import explain, problem
from gates.environment.fields import Count, Flag, Name
from gates.environment.limits import Limits
from gates.environment.model import Environment
from gates.environment.names import nearest
from gates.environment.parse import parse_file
from gates.environment.plain import nothings, plain
from gates.environment.section import Section
from gates.environment.tree import Entry, KeyPath, Node, Table, child, dotted, origin_of
from gates.errors import ConfigurationError
from gates.measured.registry import MEASURED


class FloorGate(Section):
    """The least that a gate asks for."""

    required: Flag = Field(True, description="true: the gate has to be there, required, and in the default stage")
    limits: Limits = Field({}, description="limits that may be tightened and never loosened")
    min_tests: Count | None = Field(None, description="how many tests have to be really executed at least")


class FloorEndpoint(Section):
    """The least that an endpoint is held to."""

    limits: Limits = Field(description="limits that may be tightened and never loosened")


class FloorDocument(Section):
    """A floor file."""

    gates: dict[Name, FloorGate] = Field({}, description="the least that gates ask for")
    endpoints: dict[Name, FloorEndpoint] = Field({}, description="the least that endpoints are held to")


@dataclass(frozen=True, slots=True)
class _Floor:
    """One floor and where its values are written."""

    document: FloorDocument
    tree: Table

    def place(self, *path: str | int) -> str:
        return origin_of(self.tree, path).place

    def node(self, path: KeyPath) -> Node | None:
        node: Node | None = self.tree
        for step in path:
            node = child(node, step)
        return node


def apply_floors(
    floors: tuple[FloorFile, ...], tree: Table, environment: Environment
) -> tuple[Table, tuple[Path, ...], list[ConfigurationError]]:
    """The tree with the limits that it left out, the floors' files, and everything that was loosened."""
    problems: list[ConfigurationError] = []
    read: list[_Floor] = []
    for file in floors:
        floor, wrong = _read(file)
        problems += wrong
        if floor is not None:
            read.append(floor)
    if not problems:
        for floor in read:
            problems += _loosened(floor, tree, environment)
    if not problems:
        for floor in read:
            tree = _inherit(floor, tree)
    return tree, tuple(file.path for file in floors), problems


def _read(file: FloorFile) -> tuple[_Floor | None, list[ConfigurationError]]:
    try:
        tree = parse_file(file.path)
    except ConfigurationError as error:
        return None, [error]
    problems = [problem(tree, path, "has no value") for path in nothings(tree)]
    try:
        document = FloorDocument.model_validate(plain(tree))
    except ValidationError as error:
        return None, [*problems, *explain(error, tree, FloorDocument, set(nothings(tree)))]
    if not problems and not document.gates and not document.endpoints:
        problems = [problem(tree, (), "is a floor without gates and endpoints")]
    return (None if problems else _Floor(document, tree)), problems


def _loosened(floor: _Floor, tree: Table, environment: Environment) -> Iterator[ConfigurationError]:
    for name, least in floor.document.gates.items():
        place = floor.place("gates", name)
        gate = environment.gates.get(name)
        if gate is None:
            if least.required:
                message = f"the floor needs the gate {name!r} ({place})"
                yield problem(tree, ("gates",), message, nearest(name, environment.gates))
            continue
        if least.required and not gate.required:
            at = floor.place("gates", name, "required")
            yield problem(tree, ("gates", name, "required"), f"the floor needs this gate to be required ({at})")
        if least.required and name not in environment.all_stages[environment.stage]:
            path: KeyPath = ("stages", environment.stage)
            yield problem(tree, path, f"the default stage lacks the gate {name!r}, which the floor needs ({place})")
        if least.min_tests is not None and "min_tests" in gate.model_fields_set and gate.min_tests < least.min_tests:
            at = floor.place("gates", name, "min_tests")
            message = f"{gate.min_tests} is less than the floor's {least.min_tests} ({at})"
            yield problem(tree, ("gates", name, "min_tests"), message)
        for subject, limit in least.limits.items():
            at = floor.place("gates", name, "limits", subject)
            for path, own in _limits_of(name, subject, environment):
                yield from _compare(tree, path, own, limit, at)
    for name, endpoint_floor in floor.document.endpoints.items():
        endpoint = environment.endpoints.get(name)
        if endpoint is None:
            message = f"the floor limits the endpoint {name!r} ({floor.place('endpoints', name)}), which is not there"
            yield problem(tree, ("endpoints",), message, nearest(name, environment.endpoints))
            continue
        for subject, limit in endpoint_floor.limits.items():
            if subject in endpoint.limits:
                at = floor.place("endpoints", name, "limits", subject)
                yield from _compare(tree, ("endpoints", name, "limits", subject), endpoint.limits[subject], limit, at)


def _limits_of(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The gate's own limit of a subject, and those of endpoints or steps that override it."""
    if subject in environment.gates[gate].limits:
        yield ("gates", gate, "limits", subject), environment.gates[gate].limits[subject]
    measured = MEASURED.get(environment.kind_of(gate))
    if measured is not None:
        yield from measured.section_rules.limits_under(gate, subject, environment)
    if gate == "health":
        for name, endpoint in environment.endpoints.items():
            if subject in endpoint.limits:
                yield ("endpoints", name, "limits", subject), endpoint.limits[subject]
    if gate == "smoke":
        for name, journey in environment.journeys.items():
            for index, step in enumerate(journey.steps):
                if subject in step.limits:
                    yield ("journeys", name, "steps", index, "limits", subject), step.limits[subject]


def _compare(tree: Table, path: KeyPath, own: Criterion, least: Criterion, at: str) -> Iterator[ConfigurationError]:
    if not own.at_least_as_strict_as(least):
        message = f"'{own.wanted}' is looser than the floor's '{least.wanted}' ({at})"
        yield problem(tree, path, message, "a floor may be tightened, never loosened")


def _inherit(floor: _Floor, tree: Table) -> Table:
    """Put the floor's limits where the environment has none."""
    environment = Environment.model_validate(plain(tree))
    for name, least in floor.document.gates.items():
        if name not in environment.gates:
            continue
        gate = environment.gates[name]
        if least.min_tests is not None and gate.min_tests < least.min_tests:
            tree = _put(floor, tree, ("gates", name, "min_tests"))
        for subject, limit in least.limits.items():
            if subject not in gate.limits or not gate.limits[subject].at_least_as_strict_as(limit):
                tree = _put(floor, tree, ("gates", name, "limits", subject))
    environment = Environment.model_validate(plain(tree))
    for name, endpoint_floor in floor.document.endpoints.items():
        for subject, limit in endpoint_floor.limits.items():
            endpoint = environment.endpoints[name]
            health = environment.gates.get("health")
            effective = endpoint.limits.get(subject) or (health.limits.get(subject) if health is not None else None)
            # The gate's limit may be the stricter one: an endpoint's own limit would take its place.
            if effective is None or not effective.at_least_as_strict_as(limit):
                tree = _put(floor, tree, ("endpoints", name, "limits", subject))
    return tree


def _put(floor: _Floor, tree: Table, path: KeyPath) -> Table:
    node = floor.node(path)
    if node is None:
        raise AssertionError(f"{dotted(path)} is in the floor")
    return _set(tree, path, Entry(origin_of(floor.tree, path), node))


def _set(tree: Table, path: KeyPath, entry: Entry) -> Table:
    step = str(path[0])
    if len(path) == 1:
        return tree.with_entry(step, entry)
    inner = tree.entries.get(step)
    table = inner.node if inner is not None and isinstance(inner.node, Table) else Table({}, entry.key)
    key = inner.key if inner is not None else entry.key
    return tree.with_entry(step, replace(Entry(key, table), node=_set(table, path[1:], entry)))
