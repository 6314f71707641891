"""What has to fit together under `hosts:` and `host_groups:`: groups, limits, and keys that mean something."""

from collections.abc import Iterator

from checks.hosts.address import parse_address
from gates.criteria import Criterion
from gates.environment.findings import Finding, unknown
from gates.environment.hosts import MERGED, SINGLE, Expected, Host, whole_host
from gates.environment.hosts_limits import check_host_limit, covers
from gates.environment.model import Environment
from gates.environment.tree import KeyPath

#: The gate that judges the section.
GATE = "hosts"


def crosscheck(environment: Environment) -> Iterator[Finding]:
    """Everything that does not fit together."""
    for name, group in environment.host_groups.items():
        yield from _limits(("host_groups", name, "limits"), group.limits)
    for name, host in environment.hosts.items():
        path: KeyPath = ("hosts", name)
        yield from unknown((*path, "groups"), host.groups, environment.host_groups, "host group")
        yield from unknown((*path, "needs"), host.needs, environment.endpoints, "endpoint")
        wrong = [*_limits((*path, "limits"), host.limits), *_reached(path, host), *_clashes(path, host, environment)]
        yield from wrong
        if not wrong:
            yield from _asked(path, name, environment)
    for gate, settings in environment.gates_of(GATE).items():
        yield from _limits(("gates", gate, "limits"), settings.limits)


def limits_under(gate: str, subject: str, environment: Environment) -> Iterator[tuple[KeyPath, Criterion]]:
    """The limits that may take the place of a floor's limit of this subject."""
    for own, criterion in environment.gates[gate].limits.items():
        if own != subject and covers(subject, own):
            yield ("gates", gate, "limits", own), criterion
    declared: list[tuple[str, str, Expected]] = [
        *(("hosts", name, host) for name, host in environment.hosts.items()),
        *(("host_groups", name, group) for name, group in environment.host_groups.items()),
    ]
    for section, name, one in declared:
        for own, criterion in one.limits.items():
            # A host's own limit comes before the gate's, even where it is the wider pattern.
            if covers(subject, own) or covers(own, subject):
                yield (section, name, "limits", own), criterion


def _limits(path: KeyPath, limits: dict[str, Criterion]) -> Iterator[Finding]:
    for subject, criterion in limits.items():
        try:
            check_host_limit(subject, criterion)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield (*path, subject), message, hint


def _reached(path: KeyPath, host: Host) -> Iterator[Finding]:
    """Keys that mean nothing for this way of reaching a host: they would be silently ignored."""
    backend = parse_address(host.connect).backend
    for key, wanted in (("ssh", "ssh"), ("engine", "docker")):
        if getattr(host, key) is not None and backend != wanted:
            yield (*path, key), f"means nothing for a host that is reached by {backend}://", ""
    if backend == "local" and "clock.offset" in host.limits:
        words = "the clock of this machine is the one that others are compared with"
        yield (*path, "limits", "clock.offset"), words, "limit it on hosts that are reached by ssh"


def _clashes(path: KeyPath, host: Host, environment: Environment) -> Iterator[Finding]:
    """Two groups that want different things, where the host itself does not say which."""
    groups = [(name, environment.host_groups[name]) for name in host.groups if name in environment.host_groups]
    for index, (one, first) in enumerate(groups):
        for other, second in groups[index + 1 :]:
            for key in _different(first, second, host):
                words = f"the groups {one!r} and {other!r} differ in {key}"
                yield (*path, "groups"), words, "write what is meant under the host itself"


def _different(first: Expected, second: Expected, host: Host) -> Iterator[str]:
    for key in SINGLE:
        values = getattr(first, key), getattr(second, key)
        if getattr(host, key) is None and None not in values and values[0] != values[1]:
            yield key
    for key in MERGED:
        one, other, own = getattr(first, key), getattr(second, key), getattr(host, key)
        yield from (f"{key}.{name}" for name in one if name in other and name not in own and one[name] != other[name])


def _asked(path: KeyPath, name: str, environment: Environment) -> Iterator[Finding]:
    try:
        whole_host(environment, name).probe({})
    except ValueError as error:
        yield path, str(error).removeprefix(f"{name}: "), ""
