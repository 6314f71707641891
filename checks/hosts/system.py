"""The system itself: kernel, uptime, settings of the kernel, and whether it waits for a reboot."""

import re
from collections.abc import Mapping
from typing import Final

from checks.evidence import Evidence, measured
from checks.hosts.asking import OpenHost, Said, missing
from checks.hosts.probe import HostProbe
from checks.versions import is_older

_REBOOT: Final = """\
for file in /var/run/reboot-required /run/reboot-required; do
  [ -e "$file" ] && echo "required by $(sort -u "$file.pkgs" 2>/dev/null | tr '\\n' ' ')" && break
done
for folder in /lib/modules/*; do [ -e "$folder/modules.order" ] && echo "installed ${folder##*/}"; done
echo "running $(uname -r)"
command -v needs-restarting >/dev/null && { needs-restarting -r >/dev/null 2>&1; echo "needs-restarting $?"; }
true"""
KERNEL: Final = "/proc/sys/kernel/osrelease"
UPTIME: Final = "/proc/uptime"
FIRST: Final = "/proc/1/stat"
#: Ticks of a second in /proc/PID/stat: USER_HZ is 100 on all machines that Linux still runs on.
_TICKS: Final = 100


def files_for(probe: HostProbe) -> tuple[str, ...]:
    """The files of /proc that are read for the system."""
    return (KERNEL, UPTIME, FIRST, *(sysctl_path(key) for key in probe.sysctl))


def parts_for(probe: HostProbe) -> dict[str, str]:
    """What is run for the system."""
    return {"reboot": _REBOOT} if probe.reboot else {}


def sysctl_path(key: str) -> str:
    """Where a setting stands: `net.ipv4.ip_forward`; with slashes, dots are part of a name, as sysctl(8) has it."""
    return f"/proc/sys/{key}" if "/" in key else f"/proc/sys/{key.replace('.', '/')}"


def read_system(host: OpenHost, said: Mapping[str, Said]) -> list[Evidence]:
    """`kernel`, `uptime`, `sysctl.KEY` and `pending_reboot`. `said`: parts by name, and files of /proc by path."""
    kernel = said[KERNEL]
    release = kernel.text.strip()
    found: list[Evidence] = [
        host.attempt("uname -r").reading("kernel", release, "text")
        if kernel.ok and release
        else host.gap("kernel", "uname -r", kernel),
        _uptime(host, said[UPTIME], said[FIRST]),
        *(_sysctl(host, key, said[sysctl_path(key)]) for key in host.probe.sysctl),
    ]
    return [*found, _reboot(host, said["reboot"])] if host.probe.reboot else found


def _uptime(host: OpenHost, uptime: Said, first: Said) -> Evidence:
    """Since the first process started: in a container that is the container's age, and not that of its machine."""
    command = "ps -o etime= -p 1"
    for said in (uptime, first):
        if not said.ok:
            return host.gap("uptime", command, said)
    try:
        # The fields of proc(5) are counted behind the name, which may hold anything.
        started = int(first.text.rpartition(")")[2].split()[19]) / _TICKS
        seconds = float(uptime.text.split()[0]) - started
    except (ValueError, IndexError) as error:
        return host.attempt(command).gap("uptime", f"its answer can't be read: {error}")
    # The two are read one after the other, and rounded differently: a process that just began may seem to be ahead.
    seconds = 0.0 if -1 < seconds < 0 else seconds
    return measured(f"{host.probe.name}.uptime", seconds, "s", source=host.attempt(command).source)


def _sysctl(host: OpenHost, key: str, said: Said) -> Evidence:
    part, command = f"sysctl.{key}", f"sysctl {key}"
    if missing(said):
        return host.attempt(command).absent(part, "this kernel has no such setting")
    if not said.ok:
        return host.gap(part, command, said)
    value = " ".join(said.text.split())
    if re.fullmatch(r"-?\d{1,18}", value):
        return host.attempt(command).reading(part, int(value))
    return host.attempt(command).reading(part, value, "text")


def _reboot(host: OpenHost, said: Said) -> Evidence:
    """Debian and its kin leave a file behind, RHEL and its kin have a program, and a newer kernel speaks for itself."""
    attempt = host.attempt("ls /var/run/reboot-required /lib/modules; uname -r")
    if host.container:
        return attempt.gap("pending_reboot", "a container is not rebooted", "ask the machine that it runs on")
    if not said.ok:
        return host.gap("pending_reboot", "ls /var/run/reboot-required", said)
    lines = [line.partition(" ") for line in said.text.splitlines()]
    told: dict[str, list[str]] = {}
    for word, _, rest in lines:
        told.setdefault(word, []).append(rest.strip())
    running, installed = told.get("running", [""])[0], told.get("installed", [])
    if "required" in told:
        packages = told["required"][0].removeprefix("by").strip()
        return attempt.reading("pending_reboot", True, "bool", f"because of {packages or 'an update'}")
    if told.get("needs-restarting") == ["1"]:
        return attempt.reading("pending_reboot", True, "bool", "needs-restarting says so")
    if not installed or not running:
        return attempt.gap("pending_reboot", "nothing on this host says whether it waits for a reboot")
    newer = [kernel for kernel in installed if is_older(running, kernel)]
    if running not in installed or newer:
        other = newer[0] if newer else "another one"
        return attempt.reading("pending_reboot", True, "bool", f"{running} runs, {other} is installed")
    return attempt.reading("pending_reboot", False, "bool", f"{running} runs, and no newer one is installed")
