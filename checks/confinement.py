"""What confines one container: the engine's document about it, turned into readings. Opens no socket itself.

The format is that of the Engine API, `GET /containers/{id}/json`. Environment variables, labels and commands, where
secrets are kept, are never looked at.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from checks.attempt import Attempt
from checks.evidence import Evidence

Json = Mapping[str, Any]

#: Sockets through which a container commands an engine, and so the host.
_SOCKETS: Final = ("docker.sock", "containerd.sock", "podman.sock", "crio.sock", "cri-dockerd.sock", "buildkitd.sock")
#: Directories of the host that hold such a socket.
_SOCKET_PLACES: Final = frozenset(
    {"/", "/run", "/var", "/var/run", "/run/containerd", "/run/podman", "/var/run/podman"}
)
_DIGEST: Final = re.compile(r"(?:.*@)?sha256:[0-9a-f]{64}")
_ALL_INTERFACES: Final = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104 - what is looked for, nothing listens


def confinement(
    attempt: Attempt, container: Json, info: Json, read_passwd: Callable[[str], str | None]
) -> list[Evidence]:
    """The readings that `docs/live-security.md` lists. `info` is the engine's `GET /info`.

    Raises KeyError, TypeError, AttributeError and ValueError for a document of another shape.
    """
    config, host = container["Config"], container["HostConfig"]
    privileged = _flag(host, "Privileged")
    added = _capabilities(host.get("CapAdd"))
    dropped = _capabilities(host.get("CapDrop"))
    if privileged:
        added = ["ALL"]
    sockets = _engine_sockets(container)
    options = [str(option) for option in host.get("SecurityOpt") or ()]
    unconfined = [option for option in options if re.search(r"[=:](?:unconfined|disable)$", option)]
    published = _published_everywhere(container)
    image = str(config["Image"])
    pinned = _DIGEST.fullmatch(image) is not None
    return [
        _runs_as_root(attempt, container, read_passwd),
        attempt.reading("privileged", privileged, "bool"),
        attempt.reading("engine_socket_mounted", bool(sockets), "bool", ", ".join(sockets)),
        attempt.reading("read_only_root", _flag(host, "ReadonlyRootfs"), "bool"),
        attempt.reading("capabilities_added", ", ".join(added) or "none", "text"),
        attempt.reading("capabilities_dropped", ", ".join(dropped) or "none", "text"),
        attempt.reading("no_new_privileges", _no_new_privileges(options, info), "bool"),
        attempt.reading("unconfined", privileged or bool(unconfined), "bool", ", ".join(unconfined)),
        _limit(attempt, "memory_limit", host.get("Memory"), "B"),
        _limit(attempt, "cpu_limit", _cpus(host), "1"),
        _limit(attempt, "pids_limit", host.get("PidsLimit"), "1"),
        attempt.reading("healthcheck", _has_healthcheck(config), "bool"),
        attempt.reading("image_pinned", pinned, "bool", image if pinned else f"{image} names no digest"),
        *(
            attempt.reading(f"host_{what}", host[key] == "host", "bool")
            for what, key in (("network", "NetworkMode"), ("pid", "PidMode"), ("ipc", "IpcMode"))
        ),
        attempt.reading("published_on_all_interfaces", bool(published), "bool", ", ".join(published)),
    ]


def _runs_as_root(attempt: Attempt, container: Json, read_passwd: Callable[[str], str | None]) -> Evidence:
    """By the number of the user: `app` may well be another name for 0."""
    part, text = "runs_as_root", str(container["Config"]["User"])
    user = text.partition(":")[0].strip()
    if not user:
        return attempt.reading(part, True, "bool", "no user is named, so it is root")
    if re.fullmatch(r"[0-9]+", user):
        return attempt.reading(part, int(user) == 0, "bool", f"user {text}")
    if user == "root":
        return attempt.reading(part, True, "bool", f"user {text}")
    passwd = read_passwd(str(container["Id"]))
    lines = (line.split(":") for line in (passwd or "").splitlines())
    numbers = [line[2] for line in lines if len(line) > 3 and line[0] == user and re.fullmatch(r"[0-9]+", line[2])]
    if not numbers:
        remedy = "name the user by its number in the image or the compose file"
        return attempt.gap(part, f"the number of its user {user!r} can't be read in its /etc/passwd", remedy)
    return attempt.reading(part, int(numbers[0]) == 0, "bool", f"user {text}, number {numbers[0]}")


def _engine_sockets(container: Json) -> list[str]:
    """The mounts that hold an engine's socket, as `host path`."""
    found = []
    for mount in container["Mounts"]:
        source, target = str(mount.get("Source", "")), str(mount.get("Destination", ""))
        named = any(path.rstrip("/").endswith(_SOCKETS) for path in (source, target))
        inside = mount.get("Type") == "bind" and (source.rstrip("/") or "/") in _SOCKET_PLACES
        if named or inside or "docker_engine" in source:
            found.append(source)
    return found


def _capabilities(names: Any) -> list[str]:
    return sorted({str(name).upper().removeprefix("CAP_") for name in names or ()})


def _no_new_privileges(options: list[str], info: Json) -> bool:
    """What the container says, or else the engine's default."""
    for option in options:
        name, _, value = option.replace("=", ":", 1).partition(":")
        if name == "no-new-privileges":
            return value in ("", "true")
    return any("no-new-privileges" in str(option) for option in info.get("SecurityOptions") or ())


def _limit(attempt: Attempt, part: str, value: Any, unit: str) -> Evidence:
    # 0, -1 and null are the engine's ways to say that there is none.
    if value is None or value <= 0:
        return attempt.absent(part, "no limit is set")
    return attempt.reading(part, value, unit)


def _cpus(host: Json) -> float | None:
    if host.get("NanoCpus"):
        return float(host["NanoCpus"]) / 1e9
    quota, period = host.get("CpuQuota") or 0, host.get("CpuPeriod") or 100_000
    return quota / period if quota > 0 else None


def _has_healthcheck(config: Json) -> bool:
    test = (config.get("Healthcheck") or {}).get("Test") or []
    return bool(test) and test[0] != "NONE"


def _published_everywhere(container: Json) -> list[str]:
    """Ports that are reachable from everywhere, as `8080->80/tcp`: what runs, and what is declared.

    With the host's network nothing is published, and every port that it opens is the host's; `host_network` says so.
    """
    bound: dict[str, Any] = dict(container["HostConfig"].get("PortBindings") or {})
    bound |= {port: where for port, where in (container["NetworkSettings"].get("Ports") or {}).items() if where}
    found = [
        f"{where.get('HostPort') or 'any'}->{port}"
        for port, places in bound.items()
        for where in places or ()
        if where.get("HostIp", "") in _ALL_INTERFACES
    ]
    if container["HostConfig"].get("PublishAllPorts") and not found:
        found = ["every exposed port"]
    return sorted(set(found))


def _flag(host: Json, name: str) -> bool:
    value = host[name]
    if not isinstance(value, bool):
        raise TypeError(f"{name} is {value!r}")
    return value
