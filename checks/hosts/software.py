"""Services and packages of a host, by testinfra's modules: systemd, Upstart, OpenRC, SysV; dpkg, rpm, apk, others."""

import shlex
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from checks.evidence import Evidence, Gap
from checks.hosts.asking import OpenHost
from checks.hosts.session import SessionError
from checks.hosts.testinfra_host import REMEDY, testinfra_host

#: What testinfra's modules raise where a command does not answer as they expect.
_UNEXPECTED: Final = (AssertionError, RuntimeError, ValueError, LookupError, TypeError, NotImplementedError)
_Find: TypeAlias = Callable[[], Any]


def look_at_software(host: OpenHost) -> list[Evidence]:
    """`services.NAME.running`, `services.NAME.enabled`, `packages.NAME.*` for those that are asked for."""
    probe = host.probe
    if not probe.services and not probe.packages:
        return []
    try:
        inner = testinfra_host(host.session, probe.name)
    except ImportError:
        reason = "the Python package pytest-testinfra is not installed"
        return [host.attempt(source).gap(subject, reason, REMEDY) for subject, source in _subjects(host)]
    found: list[Evidence] = []
    for service in probe.services:
        found += _service(host, inner, service)
    for package in probe.packages:
        found += _package(host, inner, package)
    return found


def _subjects(host: OpenHost) -> list[tuple[str, str]]:
    services = [(f"services.{name}.running", f"service {shlex.quote(name)} status") for name in host.probe.services]
    return [*services, *((f"packages.{name}.installed", _PACKAGE) for name in host.probe.packages)]


_PACKAGE: Final = "dpkg-query -W || rpm -qa || apk list --installed"


def _service(host: OpenHost, inner: Any, name: str) -> list[Evidence]:
    quoted = shlex.quote(name)
    found: list[Evidence] = []
    for part, command, find in (
        ("running", f"systemctl is-active {quoted} || service {quoted} status", lambda: inner.service(name).is_running),
        ("enabled", f"systemctl is-enabled {quoted} || ls /etc/rc?.d", lambda: inner.service(name).is_enabled),
    ):
        value = _tell(host, f"services.{name}.{part}", command, find)
        if isinstance(value, Gap):
            found.append(value)
        else:
            words = f"{name} is {part}" if value else f"{name} is not {part}, or there is no such service"
            found.append(host.attempt(command).reading(f"services.{name}.{part}", bool(value), "bool", words))
    return found


def _package(host: OpenHost, inner: Any, name: str) -> list[Evidence]:
    part = f"packages.{name}"

    def version() -> str | None:
        package = inner.package(name)
        return str(package.version).strip() if package.is_installed else None

    value = _tell(host, f"{part}.installed", _PACKAGE, version)
    if isinstance(value, Gap):
        return [value]
    attempt = host.attempt(_PACKAGE)
    if value is None:
        return [attempt.reading(f"{part}.installed", False, "bool", f"{name} is not installed")]
    installed = attempt.reading(f"{part}.installed", True, "bool", f"version {value}")
    read = attempt.reading(f"{part}.version", value, "text") if value else attempt.gap(f"{part}.version", "it is empty")
    return [installed, read]


def _tell(host: OpenHost, part: str, command: str, find: _Find) -> Any:
    """What testinfra says, or the Gap where it can't tell."""
    try:
        return find()
    except SessionError as error:
        return host.attempt(command).gap(part, str(error))
    except NotImplementedError:
        return host.attempt(command).gap(part, "testinfra knows no package or service manager of this host")
    except _UNEXPECTED as error:
        return host.attempt(command).gap(part, f"testinfra can't tell: {_words(error)}")


def _words(error: Exception) -> str:
    """The first line of what went wrong; testinfra's own words show a whole command result."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 240 else f"{text[:239]}…"
