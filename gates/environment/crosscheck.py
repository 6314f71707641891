"""What has to fit together in an environment: names that are declared, kinds that agree, stages, faults."""

from collections.abc import Iterable, Iterator, Mapping

from checks.secrets import reveal
from gates.environment.addresses import join
from gates.environment.crosscheck_journeys import crosscheck_journey
from gates.environment.crosscheck_releasing import crosscheck as crosscheck_releasing
from gates.environment.crosscheck_reports import crosscheck_jobs, crosscheck_reports, subjects_of
from gates.environment.crosscheck_watch import crosscheck as crosscheck_watch
from gates.environment.endpoints import Endpoint
from gates.environment.findings import Finding, not_joined, unknown, wrong_limits
from gates.environment.limits import ENDPOINT_SUBJECTS, GATE_SUBJECTS, STEP_SUBJECTS
from gates.environment.model import Demo, Environment
from gates.environment.names import nearest
from gates.environment.policy import GateSettings
from gates.environment.tree import KeyPath
from gates.measured.registry import MEASURED

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
        yield from not_joined(("external_services", name, "url"), service.url, environment)
    for name, group in environment.groups.items():
        path = ("groups", name)
        yield from unknown((*path, "members"), group.members, environment.endpoints, "endpoint")
        if not 1 <= group.at_least <= len(group.members):
            yield (*path, "at_least"), f"{group.at_least} of {len(group.members)} members can never be up", ""
    yield from _cycles({name: endpoint.needs for name, endpoint in environment.endpoints.items()})
    for name, journey in environment.journeys.items():
        yield from crosscheck_journey(("journeys", name), journey, environment)
    if environment.release is not None:
        yield from not_joined(("release", "url"), environment.release.url, environment)
        if not (environment.release.id or environment.release.version or environment.release.commit):
            yield ("release",), "says no path to learn the release from", "write at least one of id, version, commit"
    if environment.readiness is not None:
        yield from not_joined(("readiness", "http"), environment.readiness.http, environment)
    for measured in MEASURED.values():
        if measured.section in environment.model_fields_set or environment.gates_of(measured.name):
            yield from measured.section_rules.crosscheck(environment)
    yield from crosscheck_watch(environment)
    yield from _gates(environment)
    yield from crosscheck_jobs(environment)
    yield from crosscheck_releasing(environment)
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
            if name.startswith("target."):
                yield (
                    (section, name),
                    "names that begin with `target.` are for what Tidegate asks the target itself",
                    "",
                )
    for section, names in sections:
        for name in names:
            owner, dot, rest = name.rpartition(".")
            if dot and owner in taken and rest in _SUBJECT_PARTS:
                yield (section, name), f"the name {name!r} would be mistaken for the {rest} of {owner!r}", ""


def _endpoint(path: KeyPath, endpoint: Endpoint, environment: Environment) -> Iterator[Finding]:
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
        yield from not_joined((*path, "http"), endpoint.http, environment)
    if endpoint.body is not None and "json" in written:
        yield (*path, "json"), "body and json exclude one another", ""
    if endpoint.addresses and endpoint.record not in ("A", "AAAA"):
        yield (*path, "addresses"), f"a {endpoint.record} record holds no addresses", ""
    certified = endpoint.kind == "tls" or (endpoint.kind == "http" and not _is_plain(endpoint, environment))
    subjects = ENDPOINT_SUBJECTS if certified else STEP_SUBJECTS
    yield from wrong_limits((*path, "limits"), endpoint.limits, subjects)
    yield from unknown((*path, "needs"), endpoint.needs, environment.endpoints, "endpoint")


def _is_plain(endpoint: Endpoint, environment: Environment) -> bool:
    """Whether there is no certificate to look at. Where the URL is known only later, there may be one."""
    try:
        return reveal(join(environment.base_url, endpoint.http or "")).startswith("http:")
    except ValueError:
        return False


def _gates(environment: Environment) -> Iterator[Finding]:
    if not environment.gates:
        yield ("gates",), "no gate is declared: nothing would be judged", ""
    for name, gate in environment.gates.items():
        path = ("gates", name)
        # A gate with reports judges these, and looks at nothing by itself, whatever its name.
        subjects = subjects_of(gate) if gate.reports else GATE_SUBJECTS.get(name, {})
        if not gate.reports and "reports" in gate.model_fields_set:
            yield (*path, "reports"), "is empty: nothing would be judged", "name files, or remove the key"
        yield from _kind(path, name, gate, environment)
        if subjects:
            yield from wrong_limits((*path, "limits"), gate.limits, subjects)
        yield from crosscheck_reports(path, gate, environment)
    for name, members in environment.stages.items():
        if not members:
            yield ("stages", name), "is empty: nothing would be judged", ""
        yield from unknown(("stages", name), members, environment.gates, "gate")
    stages = environment.all_stages
    if environment.default_stage is not None and environment.default_stage not in stages:
        hint = nearest(environment.default_stage, stages)
        yield ("default_stage",), f"there is no stage {environment.default_stage!r}", hint
    if environment.default_stage is None and len(stages) > 1:
        yield ("stages",), "there are several, and no `default_stage:` says which one runs", _list(stages)


def _kind(path: KeyPath, name: str, gate: GateSettings, environment: Environment) -> Iterator[Finding]:
    """`kind:` and `only:` are for gates that look before the tests begin."""
    measured = MEASURED.get(environment.kind_of(name))
    if gate.kind is not None and measured is None:
        yield (*path, "kind"), f"no gate of Tidegate's is of the kind {gate.kind!r}", nearest(gate.kind, MEASURED)
    for key in ("kind", "only"):
        if key in gate.model_fields_set and gate.reports:
            yield (*path, key), "means nothing for a gate that judges reports", ""
    if measured is None:
        if "only" in gate.model_fields_set and gate.kind is None and not gate.reports:
            yield (*path, "only"), f"is for gates of the kinds {', '.join(MEASURED)}", ""
    elif not gate.reports:
        declared = measured.gate.names(environment)
        yield from unknown((*path, "only"), gate.only, declared, f"check under `{measured.section}:`")
        if "only" in gate.model_fields_set and not gate.only:
            yield (*path, "only"), "is empty: nothing would be judged", "name checks, or remove the key"


def _faults(demo: Demo) -> Iterator[Finding]:
    from demo.faults import Faults

    wrong = False
    for name, value in demo.faults.items():
        try:
            Faults.from_mapping({name: value})
        except ValueError as error:
            wrong = True
            yield ("demo", "faults", name), str(error), ""
    if not wrong:
        try:
            Faults.from_mapping(demo.faults)
        except ValueError as error:
            yield ("demo", "faults"), str(error), ""


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


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
