"""What the engine's document says of one container: its state, health, image, restarts, limits and ports.

The format is that of the Engine API, `GET /containers/{id}/json`. Environment variables and commands, where secrets are
kept, are never looked at.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from checks.attempt import Attempt
from checks.engine.choosing import Json, by_swarm
from checks.evidence import Evidence
from checks.units import format_value

#: Exit codes that say how a process was ended (128 + the number of the signal; bash(1), "EXIT STATUS").
_SIGNALS: Final = {
    130: "SIGINT",
    134: "SIGABRT",
    137: "SIGKILL",
    139: "SIGSEGV",
    143: "SIGTERM",
}
#: What the engine itself exits with (`docker run`, "Exit status").
_STARTING: Final = {
    125: "the engine could not start it",
    126: "its command can't be run",
    127: "its command is not there",
}
_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104 - what is looked for, nothing listens
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION: Final = "org.opencontainers.image.version"
_REVISION: Final = "org.opencontainers.image.revision"


def facts(own: Attempt, container: Json, image: Json | None, named: Json | None, now: float) -> list[Evidence]:
    """The readings that `docs/containers.md` lists, without those that take a while to see.

    `image`: the document of the image that the container runs; `named`: that of the image that its name means now;
    None where the engine has none. `now`: the engine's clock, in seconds since the epoch.
    Raises KeyError, TypeError, AttributeError and ValueError for a document of another shape.
    """
    state = container["State"]
    status = str(state["Status"])
    found = [
        own.reading("state", status, "text", state_words(container, now)),
        _restarts(own, container, now),
        *_image(own, container, image, named),
        _restart_policy(own, container),
        *_limits(own, container["HostConfig"]),
    ]
    if status == "exited":
        found.append(own.reading("exit_code", _whole(state["ExitCode"]), "1", _exit_reason(state)))
    if is_running(container):
        found.append(own.reading("health", *_health(state)))
        started = seconds_of(str(state["StartedAt"]))
        if started is None:
            found.append(own.gap("uptime", "the engine does not say when it was started"))
        else:
            found.append(own.reading("uptime", round(max(0.0, now - started), 3), "s"))
    return found


def is_running(container: Json) -> bool:
    """Whether it runs: a paused container and one between two attempts serve nobody."""
    return str(container["State"]["Status"]) == "running"


def state_words(container: Json, now: float) -> str:
    """Why it does not run: `exit code 1, ended 12 s ago`. Nothing where it does."""
    state = container["State"]
    match str(state["Status"]):
        case "running" | "paused":
            return ""
        case "created":
            return _first_line(state.get("Error")) or "it was never started"
        case "restarting":
            count = _whole(container["RestartCount"])
            return f"exit code {_exit_words(state)}; restarted {count} times so far"
        case _:
            return ", ".join(filter(None, (f"exit code {_exit_words(state)}", _ended(state, now), _oom(state))))


def restarting_policy(container: Json) -> str:
    """The policy of restarts: `no`, `always`, `unless-stopped`, `on-failure`, or `swarm`, which restarts by itself."""
    if by_swarm(container["Config"].get("Labels") or {}):
        return "swarm"
    return str((container["HostConfig"].get("RestartPolicy") or {}).get("Name") or "no")


def ports_of(container: Json) -> list[str]:
    """Where it is published: `127.0.0.1:8080`, `*:8080` for every interface, with `/udp` where it is not TCP.

    A container in the host's network publishes nothing: every port that it opens is the host's, and none is known.
    """
    if str(container["HostConfig"].get("NetworkMode")) == "host":
        return ["host network"]
    published: Mapping[str, Any] = container["NetworkSettings"].get("Ports") or {}
    return sorted(
        {
            _port(str(where.get("HostIp", "")), str(where["HostPort"]), inner)
            for inner, places in published.items()
            for where in places or ()
        }
    )


def _port(interface: str, port: str, inner: str) -> str:
    place = "*" if interface in _EVERYWHERE else f"[{interface}]" if ":" in interface else interface
    protocol = inner.partition("/")[2]
    return f"{place}:{port}" + (f"/{protocol}" if protocol not in ("", "tcp") else "")


def seconds_of(text: str) -> float | None:
    """Seconds since the epoch of the engine's times (RFC 3339); None for its year 1, which means never."""
    moment = datetime.fromisoformat(text)
    if moment.year <= 1:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _health(state: Json) -> tuple[str, str, str]:
    """Value, unit and detail. The output of a check may hold anything, so only its exit code is told."""
    health = state.get("Health")
    # Without a health check the engine has no document, or one that says `none`.
    status = str((health or {}).get("Status") or "none")
    if status == "none":
        return "none", "text", "no health check is declared"
    streak = _whole(health.get("FailingStreak") or 0) if health else 0
    log: Sequence[Json] = (health or {}).get("Log") or ()
    if not streak:
        return status, "text", ""
    code = f", its exit code is {log[-1]['ExitCode']}" if log else ""
    return status, "text", f"its check failed {streak} times in a row{code}"


def _image(own: Attempt, container: Json, image: Json | None, named: Json | None) -> list[Evidence]:
    identity, name = str(container["Image"]), str(container["Config"]["Image"])
    found: list[Evidence] = [
        own.reading("image.id", identity, "text"),
        own.reading("image.name", name, "text"),
        _means_still(own, identity, name, named),
    ]
    if image is None:
        reason = "the engine has no document of its image any more"
        return [*found, *(own.gap(f"image.{part}", reason) for part in ("digest", "version", "revision"))]
    repository = repository_of(name)
    known = [str(each).partition("@")[::2] for each in image.get("RepoDigests") or ()]
    digests = [digest for where, digest in known if where == repository] or [digest for _, digest in known]
    if not digests:
        found.append(own.gap("image.digest", "its image has no digest: it came from no registry, and went to none"))
    for number, digest in enumerate(dict.fromkeys(digests), 1):
        found.append(own.reading("image.digest" if number == 1 else f"image.digest.{number}", digest, "text"))
    labels = (image.get("Config") or {}).get("Labels") or {}
    return [
        *found,
        _told(own, "version", labels, _VERSION, tag_of(name)),
        _told(own, "revision", labels, _REVISION, ""),
    ]


def _means_still(own: Attempt, identity: str, name: str, named: Json | None) -> Evidence:
    """A tag may be moved while a container runs on: then the next start, or the next replica, is another release."""
    if _DIGEST.fullmatch(name) or "@" in name:
        return own.reading("image.current", True, "bool", "its image is named by its digest")
    if named is None:
        return own.gap("image.current", f"the engine has no image {name} any more", f"docker pull {name}")
    means = str(named["Id"])
    words = "" if means == identity else f"{name} means {short(means)} now, and it runs {short(identity)}"
    return own.reading("image.current", means == identity, "bool", words)


def _told(own: Attempt, part: str, labels: Json, label: str, tag: str) -> Evidence:
    if labels.get(label):
        return own.reading(f"image.{part}", str(labels[label]), "text", f"label {label}")
    if tag:
        return own.reading(f"image.{part}", tag, "text", "the tag of its name")
    return own.gap(f"image.{part}", f"its image has no label {label}")


def repository_of(name: str) -> str:
    """`shop/api` of `shop/api:1` and of `shop/api@sha256:...`; a port is no tag."""
    bare = name.partition("@")[0]
    head, colon, tag = bare.rpartition(":")
    return head if colon and "/" not in tag else bare


def tag_of(name: str) -> str:
    """`1` of `shop/api:1`; nothing of a name without one, and of an image id."""
    bare = name.partition("@")[0]
    return "" if _DIGEST.fullmatch(bare) else bare.removeprefix(repository_of(bare)).removeprefix(":")


def short(identity: str) -> str:
    """An id as people are shown it."""
    return f"{identity.removeprefix('sha256:')[:12]}"


def _restart_policy(own: Attempt, container: Json) -> Evidence:
    policy = restarting_policy(container)
    most = (container["HostConfig"].get("RestartPolicy") or {}).get("MaximumRetryCount") or 0
    return own.reading("restart_policy", policy, "text", f"at most {most} times" if most else "")


def _limits(own: Attempt, host: Json) -> list[Evidence]:
    memory, cpus = host.get("Memory") or 0, cpu_limit(host)
    declared = [what for what, limit in (("cpu", cpus), ("memory", memory)) if limit and limit > 0]
    return [
        own.reading("resource_limits", " and ".join(declared) or "none", "text"),
        # 0, -1 and null are the engine's ways to say that there is none.
        own.reading("memory.limit", memory, "B") if memory > 0 else own.absent("memory.limit", "no limit is set"),
        own.reading("cpu.limit", cpus, "1") if cpus else own.absent("cpu.limit", "no limit is set"),
    ]


def cpu_limit(host: Json) -> float | None:
    """How many processors a container may use in all, from `HostConfig`; None where nothing is said."""
    if host.get("NanoCpus"):
        return float(host["NanoCpus"]) / 1e9
    quota, period = host.get("CpuQuota") or 0, host.get("CpuPeriod") or 100_000
    return quota / period if quota > 0 else None


def _exit_words(state: Json) -> str:
    why = _exit_reason(state)
    return f"{_whole(state['ExitCode'])} ({why})" if why else str(_whole(state["ExitCode"]))


def _exit_reason(state: Json) -> str:
    code = _whole(state["ExitCode"])
    return _SIGNALS.get(code) or _STARTING.get(code) or _first_line(state.get("Error"))


def _restarts(own: Attempt, container: Json, now: float) -> Evidence:
    """How often its policy started it again. Its exit codes are forgotten then; when it ended the last time is not."""
    count = _whole(container["RestartCount"])
    last = _ended(container["State"], now)
    return own.reading("restarts", count, "1", f"it last {last}" if count and last else "")


def _ended(state: Json, now: float) -> str:
    finished = seconds_of(str(state.get("FinishedAt") or "0001-01-01T00:00:00Z"))
    return "" if finished is None else f"ended {format_value(round(max(0.0, now - finished)), 's')} ago"


def _oom(state: Json) -> str:
    return "it was out of memory" if state.get("OOMKilled") is True else ""


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _first_line(said: Any) -> str:
    lines = str(said or "").strip().splitlines()
    return lines[0][:200] if lines else ""
