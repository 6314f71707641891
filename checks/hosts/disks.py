"""How full the file systems of a host are: space and inodes of each mount, as `df` counts them."""

import os
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said, ask, missing

MOUNTS: Final = "cat /proc/self/mountinfo"
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


def chosen(mounts: Iterable[Mount]) -> list[str]:
    """The mount points of file systems that hold data, each file system once, by its shortest path."""
    by_device: dict[str, str] = {}
    # What is mounted later at the same place hides what was there before.
    for mount in {mount.path: mount for mount in mounts}.values():
        inside = any(mount.path == kernel or mount.path.startswith(f"{kernel}/") for kernel in _KERNELS)
        unused = mount.kind in _NOT_DATA or (mount.kind == "tmpfs" and not mount.writable)
        if inside or unused:
            continue
        known = by_device.get(mount.device)
        if known is None or len(mount.path) < len(known):
            by_device[mount.device] = mount.path
    return sorted(by_device.values())


def look_at_disks(host: OpenHost, mountinfo: Said) -> list[Evidence]:
    """Space and inodes of every file system that holds data, and of the paths that the probe names."""
    found: list[Evidence] = []
    paths: list[str] = []
    if not mountinfo.ok:
        found.append(host.gap("disk./.use", MOUNTS, mountinfo))
    else:
        try:
            paths = chosen(parse_mounts(mountinfo.text))
        except ValueError as error:
            found.append(host.attempt(MOUNTS).gap("disk./.use", f"its answer can't be read: {error}"))
    named = dict.fromkeys((*(os.path.normpath(path) for path in host.probe.disks), *paths))
    answers = ask(host, {path: _script(path, limited=host.session.limited) for path in named}, _EACH * (len(named) + 1))
    for path in named:
        found += _read(host, path, answers[path], wanted=path in host.probe.disks)
    return found


def _script(path: str, *, limited: bool) -> str:
    # A mounted file (as engines mount /etc/hosts) is no place for data.
    quoted = shlex.quote(path)
    limit = f"timeout -s KILL {_EACH} " if limited else ""
    return f"[ -f {quoted} ] && echo file && exit; {limit}stat -f -c '%s %S %b %f %a %c %d' {quoted}"


def _read(host: OpenHost, path: str, said: Said, *, wanted: bool) -> list[Evidence]:
    command = f"df {shlex.quote(path)}"
    attempt = host.attempt(command)
    if said.ok and said.text.strip() == "file":
        return []
    if missing(said):
        # A mount that the shell can't see (covered, or of another root) is no news; a path that was asked for is.
        return [attempt.absent(f"disk.{path}.use", "there is no such path")] if wanted else []
    if said.status == 137 and not said.failure:
        return [attempt.gap(f"disk.{path}.use", f"it did not answer within {_EACH} s", "is its network or disk there?")]
    if not said.ok:
        return [host.gap(f"disk.{path}.use", command, said)]
    if not re.fullmatch(r"\d+( -?\d+){6}", said.text.strip()):
        return [attempt.gap(f"disk.{path}.use", f"its answer can't be read: {said.text.strip()[:80]!r}")]
    _, block, blocks, free, available, inodes, inodes_free = (int(word) for word in said.text.split())
    # As df counts: what only root may use is neither used nor available.
    used, usable = blocks - free, blocks - free + available
    if blocks <= 0 or usable <= 0 or block <= 0:
        return [attempt.gap(f"disk.{path}.use", "it says that it has no blocks")] if wanted else []
    of = f"of {blocks * block / 2**30:.3g} GiB"
    found: list[Evidence] = [
        attempt.reading(f"disk.{path}.use", round(min(1.0, used / usable), 6), "ratio", of),
        attempt.reading(f"disk.{path}.free", max(0, available) * block, "B", of),
    ]
    if inodes > 0:  # btrfs and vfat make them as they need them
        use = round((inodes - inodes_free) / inodes, 6)
        found.append(
            host.attempt(f"df -i {shlex.quote(path)}").reading(f"disk.{path}.inodes", use, "ratio", f"of {inodes:,}")
        )
    return found


def _plain(path: str) -> str:
    """Space, tab, line end and backslash are written as octal numbers there."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), path)
