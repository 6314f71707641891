"""How full the file systems of a host are: space and inodes of each mount, as `df` counts them."""

import os
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said, ask, missing
from checks.units import format_value

MOUNTS: Final = "/proc/self/mountinfo"
#: Seconds for one file system: a network's may hang for ever, and must not take the others along.
_EACH: Final = 3
#: Not a place for data: the kernel's own windows, and images that are full by nature.
# fmt: off
_NOT_DATA: Final = frozenset(
    {
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "cramfs", "debugfs", "devpts",
        "devtmpfs", "efivarfs", "erofs", "fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.portal", "fuse.snapfuse",
        "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "proc", "pstore", "ramfs", "rpc_pipefs",
        "securityfs", "selinuxfs", "squashfs", "sysfs", "tracefs", "udf",
    }
)
# fmt: on
_KERNELS: Final = ("/proc", "/sys")
#: Where engines mount what belongs to containers: copies of what is mounted elsewhere, and what is in memory.
_ENGINES: Final = (
    "/var/lib/docker/",
    "/var/lib/containers/",
    "/var/lib/kubelet/pods/",
    "/run/containerd/",
    "/run/docker/",
)
_NUMBERS: Final = re.compile(r"\d+( -?\d+){5}")
_PRINT: Final = "stat -f -c '%S %b %f %a %c %d %n'"


@dataclass(frozen=True, slots=True)
class Mount:
    """A line of /proc/self/mountinfo (proc(5)): `device` is `major:minor`."""

    path: str
    device: str
    kind: str
    writable: bool


def parse_mounts(text: str) -> list[Mount]:
    """Read /proc/self/mountinfo. Raises ValueError."""
    mounts = []
    for line in text.splitlines():
        if not line.strip():
            continue
        before, separator, after = line.partition(" - ")
        words, last = before.split(" "), after.split(" ")
        if not separator or len(words) < 6 or len(last) < 3:
            raise ValueError(f"/proc/self/mountinfo has the line {line[:80]!r}")
        options = {*words[5].split(","), *last[2].split(",")}
        mounts.append(Mount(_plain(words[4]), words[2], last[0], "ro" not in options))
    return mounts


def chosen(mounts: Iterable[Mount]) -> dict[str, Mount]:
    """The file systems that hold data, by their mount points."""
    found: dict[str, Mount] = {}
    # What is mounted later at the same place hides what was there before.
    for mount in {mount.path: mount for mount in mounts}.values():
        inside = any(mount.path == kernel or mount.path.startswith(f"{kernel}/") for kernel in _KERNELS)
        unused = mount.kind in _NOT_DATA or (mount.kind == "tmpfs" and not mount.writable)
        # An overlay is as full as the file system below it, which is looked at by itself.
        engines = mount.kind in ("overlay", "tmpfs") and mount.path.startswith(_ENGINES)
        if not (inside or unused or engines or (mount.kind == "overlay" and mount.path != "/")):
            found[mount.path] = mount
    return found


def look_at_disks(host: OpenHost, mountinfo: Said) -> list[Evidence]:
    """Space and inodes of every file system that holds data, and of the paths that the probe names."""
    found: list[Evidence] = []
    mounts: dict[str, Mount] = {}
    if not mountinfo.ok:
        found.append(host.gap("disk./.use", f"cat {MOUNTS}", mountinfo))
    else:
        try:
            mounts = chosen(parse_mounts(mountinfo.text))
        except ValueError as error:
            found.append(host.attempt(f"cat {MOUNTS}").gap("disk./.use", f"its answer can't be read: {error}"))
    wanted = tuple(dict.fromkeys(os.path.normpath(path) for path in host.probe.disks))
    said = _ask_all(host, (*wanted, *(path for path in mounts if path not in wanted)))
    seen: set[str] = set()
    # The shortest path of a file system stands for it; what the probe names is looked at in any case.
    for path in (*wanted, *sorted((path for path in mounts if path not in wanted), key=len)):
        answer = said[path]
        if path not in wanted and ((answer.ok and answer.text == "file") or mounts[path].device in seen):
            continue
        read = _read(host, path, answer, wanted=path in wanted)
        if read and path in mounts:
            seen.add(mounts[path].device)
        # A file system in memory is small by nature: what is free there, only who names it wants to know.
        small = path not in wanted and mounts[path].kind == "tmpfs" and path != "/"
        found += [one for one in read if not (small and one.subject.endswith(".free"))]
    return found


def _ask_all(host: OpenHost, paths: Sequence[str]) -> dict[str, Said]:
    """What `stat` says of each path: by one program for all, and by one each for those that it did not answer.

    A mounted file (as engines mount /etc/hosts) is no place for data: that is the answer `file`.
    """
    if not paths:
        return {}
    limit = f"timeout -s KILL {_EACH} " if host.session.limited else ""
    quoted = " ".join(shlex.quote(path) for path in paths)
    all_of_them = f'set --; for one in {quoted}; do [ -f "$one" ] || set -- "$@" "$one"; done; {limit}{_PRINT} "$@"'
    lines = ask(host, {"all": all_of_them}, _EACH + 1)["all"].text.splitlines()
    # "SIZE BLOCKS FREE AVAILABLE INODES FREE PATH"
    told = {words[6]: Said(" ".join(words[:6])) for line in lines if len(words := line.split(" ", 6)) == 7}
    known = {path: told[path] for path in paths if path in told and _NUMBERS.fullmatch(told[path].text)}
    left = {
        path: f"[ -f {shlex.quote(path)} ] && echo file && exit; {limit}{_PRINT} {shlex.quote(path)}"
        for path in paths
        if path not in known
    }
    singly = ask(host, left, _EACH * (len(left) + 1)) if left else {}
    return known | {path: _without(answer, path) for path, answer in singly.items()}


def _without(said: Said, path: str) -> Said:
    """The answer without the path at its end."""
    return replace(said, text=said.text.strip().removesuffix(f" {path}"))


def _read(host: OpenHost, path: str, said: Said, *, wanted: bool) -> list[Evidence]:
    command = f"df {shlex.quote(path)}"
    attempt = host.attempt(command)
    if missing(said):
        # A mount that the shell can't see (covered, or of another root) is no news; a path that was asked for is.
        return [attempt.absent(f"disk.{path}.use", "there is no such path")] if wanted else []
    if said.status == 137 and not said.failure:
        return [attempt.gap(f"disk.{path}.use", f"it did not answer within {_EACH} s", "is its network or disk there?")]
    if not said.ok:
        return [host.gap(f"disk.{path}.use", command, said)]
    if not _NUMBERS.fullmatch(said.text):
        return [attempt.gap(f"disk.{path}.use", f"its answer can't be read: {said.text[:80]!r}")]
    block, blocks, free, available, inodes, inodes_free = (int(word) for word in said.text.split())
    # As df counts: what only root may use is neither used nor available.
    used, usable = blocks - free, blocks - free + available
    if blocks <= 0 or usable <= 0 or block <= 0:
        return [attempt.gap(f"disk.{path}.use", "it says that it has no blocks")] if wanted else []
    of = f"of {format_value(blocks * block, 'B')}"
    found: list[Evidence] = [
        attempt.reading(f"disk.{path}.use", round(min(1.0, used / usable), 6), "ratio", of),
        attempt.reading(f"disk.{path}.free", max(0, available) * block, "B", of),
    ]
    if inodes > 0:  # btrfs and vfat make them as they need them
        use = round((inodes - inodes_free) / inodes, 6)
        counted = host.attempt(f"df -i {shlex.quote(path)}")
        found.append(counted.reading(f"disk.{path}.inodes", use, "ratio", f"of {inodes:,}"))
    return found


def _plain(path: str) -> str:
    """Space, tab, line end and backslash are written as octal numbers there."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), path)
