"""Users and groups of a host, from its name service where it has `getent`, else from /etc/passwd and /etc/group."""

import shlex
from collections.abc import Mapping

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said, missing
from checks.hosts.probe import HostProbe, UserAsk


def parts_for(probe: HostProbe) -> dict[str, str]:
    """What is run for the users and groups that a probe asks for."""
    parts: dict[str, str] = {}
    for user in probe.users:
        parts[f"user {user.name}"] = _entry("passwd", user.name)
        parts[f"id {user.name}"] = f"id -Gn {shlex.quote(user.name)}"
    return parts | {f"group {group}": _entry("group", group) for group in probe.user_groups}


def _entry(base: str, name: str) -> str:
    # getent's 2 means: not found. Without getent, the whole file is read and searched here.
    quoted = shlex.quote(name)
    return f"if command -v getent >/dev/null; then getent {base} -- {quoted}; else cat /etc/{base}; fi"


def read_accounts(host: OpenHost, said: Mapping[str, Said]) -> list[Evidence]:
    """`users.NAME.*` and `user_groups.NAME.*` for those that are asked for."""
    found: list[Evidence] = []
    for user in host.probe.users:
        found += _user(host, user, said[f"user {user.name}"], said[f"id {user.name}"])
    for group in host.probe.user_groups:
        found += _group(host, group, said[f"group {group}"])
    return found


def _user(host: OpenHost, user: UserAsk, said: Said, groups: Said) -> list[Evidence]:
    name, command = f"users.{user.name}", f"getent passwd {shlex.quote(user.name)}"
    attempt = host.attempt(command)
    fields = _find(said, user.name, 7)
    if fields is None:
        return [host.gap(f"{name}.exists", command, said)]
    if not fields:
        return [attempt.reading(f"{name}.exists", False, "bool", f"there is no user {user.name}")]
    if not fields[2].isdigit():
        return [attempt.gap(f"{name}.exists", f"its number can't be read: {fields[2]!r}")]
    found: list[Evidence] = [
        attempt.reading(f"{name}.exists", True, "bool"),
        attempt.reading(f"{name}.uid", int(fields[2])),
        attempt.reading(f"{name}.home", fields[5], "text"),
        attempt.reading(f"{name}.shell", fields[6], "text"),
    ]
    command = f"id -Gn {shlex.quote(user.name)}"
    if not groups.ok:
        return [*found, *(host.gap(f"{name}.in.{group}", command, groups) for group in user.groups)]
    member = sorted(groups.text.split())
    words = f"it is in {', '.join(member) or 'no group'}"
    attempt = host.attempt(command)
    return [*found, *(attempt.reading(f"{name}.in.{group}", group in member, "bool", words) for group in user.groups)]


def _group(host: OpenHost, group: str, said: Said) -> list[Evidence]:
    name, command = f"user_groups.{group}", f"getent group {shlex.quote(group)}"
    fields, attempt = _find(said, group, 4), host.attempt(command)
    if fields is None:
        return [host.gap(f"{name}.exists", command, said)]
    if not fields:
        return [attempt.reading(f"{name}.exists", False, "bool", f"there is no group {group}")]
    if not fields[2].isdigit():
        return [attempt.gap(f"{name}.exists", f"its number can't be read: {fields[2]!r}")]
    return [attempt.reading(f"{name}.exists", True, "bool"), attempt.reading(f"{name}.gid", int(fields[2]))]


def _find(said: Said, name: str, columns: int) -> list[str] | None:
    """The fields of an entry; none of them where there is no such entry; None where that is not known."""
    if not said.failure and ((said.status == 2 and not said.text.strip()) or missing(said)):
        return []
    if not said.ok:
        return None
    rows = (line.split(":") for line in said.text.splitlines())
    return next((row for row in rows if row[0] == name and len(row) == columns), [])
