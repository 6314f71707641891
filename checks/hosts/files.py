"""Files of a host: whether they are there, of what kind, whose, with which rights, which content and which checksum."""

import re
import shlex
import stat
from collections.abc import Mapping
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said, missing
from checks.hosts.probe import FileAsk, HostProbe

#: Bytes of a file in which patterns are looked for.
MOST_TEXT: Final = 1 << 20
_KINDS: Final[Mapping[int, str]] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFSOCK: "socket",
    stat.S_IFIFO: "pipe",
    stat.S_IFCHR: "character device",
    stat.S_IFBLK: "block device",
}
_STAT: Final = re.compile(r"([0-9a-f]+) (\d+) (\d+) (\d+) (\S+) (\S+)")


def parts_for(probe: HostProbe) -> dict[str, str]:
    """What is run for the files that a probe asks for."""
    parts: dict[str, str] = {}
    for file in probe.files:
        path = shlex.quote(file.path)
        parts[f"stat {file.path}"] = f"stat -L -c '%f %u %g %s %U %G' {path}"
        # A pipe would keep whoever reads it waiting.
        regular = f'[ -f {path} ] || {{ echo "not a regular file"; exit 3; }}; '
        if file.digest:
            parts[f"sha256 {file.path}"] = f"{regular}sha256sum <{path}"
        if file.patterns:
            parts[f"text {file.path}"] = f"{regular}head -c {MOST_TEXT} <{path}"
    return parts


def read_files(host: OpenHost, said: Mapping[str, Said]) -> list[Evidence]:
    """`files.PATH.*` for each file that is asked for."""
    return [evidence for file in host.probe.files for evidence in _read(host, file, said)]


def _read(host: OpenHost, file: FileAsk, said: Mapping[str, Said]) -> list[Evidence]:
    name, command = f"files.{file.path}", f"stat -L {shlex.quote(file.path)}"
    answer, attempt = said[f"stat {file.path}"], host.attempt(command)
    if missing(answer):
        return [attempt.reading(f"{name}.exists", False, "bool", f"there is no {file.path}")]
    match = _STAT.fullmatch(answer.text.strip()) if answer.ok else None
    if not answer.ok:
        return [host.gap(f"{name}.exists", command, answer)]
    if match is None:
        return [attempt.gap(f"{name}.exists", f"the answer of `stat` can't be read: {answer.text.strip()[:80]!r}")]
    bits, uid, gid, size = int(match.group(1), 16), *(int(word) for word in match.groups()[1:4])
    # Without a name in /etc/passwd, `stat` says UNKNOWN.
    owner, group = (n if n != "UNKNOWN" else str(i) for n, i in ((match.group(5), uid), (match.group(6), gid)))
    found: list[Evidence] = [
        attempt.reading(f"{name}.exists", True, "bool"),
        attempt.reading(f"{name}.kind", _KINDS.get(stat.S_IFMT(bits), "other"), "text"),
        attempt.reading(f"{name}.mode", f"{stat.S_IMODE(bits):04o}", "text"),
        attempt.reading(f"{name}.owner", owner, "text"),
        attempt.reading(f"{name}.group", group, "text"),
        attempt.reading(f"{name}.uid", uid),
        attempt.reading(f"{name}.gid", gid),
        attempt.reading(f"{name}.size", size, "B"),
    ]
    if file.digest:
        found.append(_digest(host, file, said[f"sha256 {file.path}"]))
    if file.patterns:
        found += _search(host, file, said[f"text {file.path}"], size)
    return found


def _digest(host: OpenHost, file: FileAsk, said: Said) -> Evidence:
    part, command = f"files.{file.path}.sha256", f"sha256sum {shlex.quote(file.path)}"
    if said.status == 3 and not said.failure:
        return host.attempt(command).absent(part, "it is not a regular file")
    if not said.ok:
        return host.gap(part, command, said)
    digest = said.text.strip().partition(" ")[0].removeprefix("\\").lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        return host.attempt(command).gap(part, f"the answer of `sha256sum` can't be read: {digest[:80]!r}")
    return host.attempt(command).reading(part, digest, "text")


def _search(host: OpenHost, file: FileAsk, said: Said, size: int) -> list[Evidence]:
    """The file's text is dropped here: it may hold secrets, and only whether a pattern is found is evidence."""
    command = f"grep -nE PATTERN {shlex.quote(file.path)}"
    attempt, parts = host.attempt(command), _contains(file)
    if said.status == 3 and not said.failure:
        return [attempt.absent(f"files.{file.path}.{part}", "it is not a regular file") for part in parts]
    if not said.ok:
        return [host.gap(f"files.{file.path}.{part}", command, said) for part in parts]
    found: list[Evidence] = []
    for part, pattern in zip(parts, file.patterns, strict=True):
        subject = f"files.{file.path}.{part}"
        match = re.search(pattern, said.text, re.MULTILINE)
        if match:
            line = said.text.count("\n", 0, match.start()) + 1
            found.append(attempt.reading(subject, True, "bool", f"{pattern!r} is found in line {line}"))
        elif size > MOST_TEXT:
            words = f"{pattern!r} is not found in the first MiB, and the file is larger ({size:,} B)"
            found.append(attempt.gap(subject, words))
        else:
            found.append(attempt.reading(subject, False, "bool", f"{pattern!r} is not found in {size:,} B"))
    return found


def _contains(file: FileAsk) -> list[str]:
    return [f"contains.{number}" for number in range(1, len(file.patterns) + 1)]
