"""From the words of an environment's file to the runs of a scanner."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from checks.scanners.bandit import bandit
from checks.scanners.checkov import checkov
from checks.scanners.hadolint import hadolint
from checks.scanners.jscpd import jscpd
from checks.scanners.pip_audit import pip_audit
from checks.scanners.radon import radon
from checks.scanners.scanner import Scan
from checks.scanners.trivy import Scanner, Target, trivy

if TYPE_CHECKING:
    from gates.environment.scans import ScanSettings


def scans_of(
    name: str, settings: "ScanSettings", targets: tuple[str, ...], root: Path, folder: Path
) -> tuple[Scan, ...]:
    """The runs that look at all targets, each with a folder of its own below `folder`.

    Trivy and Checkov take one target at a time. Raises ValueError for a target that is none.
    """
    if not targets:
        raise ValueError("a scanner needs at least one target")
    found = _scans(name, settings, targets, root, folder)
    return tuple(replace(one, environment=settings.variables) for one in found)


def _scans(name: str, settings: "ScanSettings", targets: tuple[str, ...], root: Path, folder: Path) -> tuple[Scan, ...]:
    seconds = settings.deadline
    first = folder / "1"
    match settings.tool:
        case "bandit":
            return (bandit(name, targets, first, root=root, deadline=seconds),)
        case "hadolint":
            return (hadolint(name, targets, first, root=root, deadline=seconds),)
        case "radon":
            return (radon(name, targets, first, root=root, deadline=seconds),)
        case "jscpd":
            copies = {"min_lines": settings.min_lines, "min_tokens": settings.min_tokens}
            return (jscpd(name, targets, first, **copies, root=root, deadline=seconds),)
        case "pip-audit":
            files, folders = ((), targets) if settings.kind == "installed" else (targets, ())
            return (
                pip_audit(name, files, first, installed=folders, pinned=settings.pinned, root=root, deadline=seconds),
            )
        case "checkov":
            frameworks = settings.frameworks
            return tuple(
                checkov(name, target, folder / str(number), frameworks=frameworks, root=root, deadline=seconds)
                for number, target in enumerate(targets, 1)
            )
        case "trivy":
            return tuple(
                trivy(
                    name,
                    Target(settings.kind or "fs"),
                    target,
                    folder / str(number),
                    scanners=tuple(map(Scanner, settings.scanners)),
                    offline=settings.offline,
                    update_database=settings.update_database,
                    cache=settings.cache or "",
                    root=root,
                    deadline=seconds,
                )
                for number, target in enumerate(targets, 1)
            )
        case unreachable:
            assert_never(unreachable)
