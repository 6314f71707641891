"""Trivy: vulnerabilities, misconfiguration, secrets and licences of images, file systems, IaC and SBOMs.

`--exit-code 0` is forced, so that only exit code 0 means that it scanned. https://trivy.dev
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, assert_never

from checks.scanners.scanner import DEADLINE, About, Scan, Tool, target
from checks.scanners.trivy_about import about_trivy
from checks.scanners.trivy_files import has_file_for_secrets
from checks.scanners.trivy_words import KNOWN, PASSED
from checks.secrets import Secret


class Target(Enum):
    """What Trivy looks at."""

    IMAGE = "image"
    FILESYSTEM = "fs"
    CONFIG = "config"
    SBOM = "sbom"


class Scanner(Enum):
    """What Trivy looks for."""

    VULNERABILITY = "vuln"
    SECRET = "secret"
    MISCONFIGURATION = "misconfig"
    LICENCE = "license"


#: What each target is looked at for, unless it is told otherwise.
DEFAULT_SCANNERS: Final[Mapping[Target, tuple[Scanner, ...]]] = MappingProxyType(
    {
        Target.IMAGE: (Scanner.VULNERABILITY, Scanner.SECRET),
        Target.FILESYSTEM: (Scanner.VULNERABILITY, Scanner.SECRET, Scanner.MISCONFIGURATION),
        Target.CONFIG: (Scanner.MISCONFIGURATION,),
        Target.SBOM: (Scanner.VULNERABILITY,),
    }
)


def _nothing(document: object) -> str:
    if not isinstance(document, dict) or document.get("SchemaVersion") != 2:
        return "its report is not of schema version 2"
    results = document.get("Results")
    return "" if results is None or isinstance(results, list) else "its report has `Results` that are no list"


TRIVY: Final = Tool(
    "trivy",
    "install Trivy (https://trivy.dev) and put it on PATH",
    frozenset({0}),
    _nothing,
    passes=PASSED,
    # As variables, because older versions know no such switches.
    sets={"TRIVY_DISABLE_TELEMETRY": "true", "TRIVY_SKIP_VERSION_CHECK": "true"},
    known=KNOWN,
    about=about_trivy,
)


def _about_program(text: str, subject: str) -> About:
    return About(about_trivy(text, subject).version)


_WITHOUT_DATABASE: Final = replace(TRIVY, about=_about_program)


def trivy(
    subject: str,
    kind: Target,
    name: str,
    folder: Path,
    *,
    scanners: tuple[Scanner, ...] = (),
    offline: bool = False,
    update_database: bool = True,
    cache: str = "",
    root: Path = Path(),
    deadline: float = DEADLINE,
    environment: Mapping[str, str | Secret] = MappingProxyType({}),
) -> Scan:
    """Scan an image (a name, or `archive.tar`), a folder or an SBOM; the report is `trivy-KIND.json` in `folder`.

    `scanners`: what it looks for, `DEFAULT_SCANNERS` where empty; `offline`: nothing is fetched at all;
    `update_database`: False uses the database as it is; `cache`: where database and cache are; `environment`: more
    variables, as TRIVY_PASSWORD. `.trivyignore` and `trivy.yaml` are not followed, so that every waived finding stays
    visible.
    Raises ValueError for a target that is none, or a scanner that does not fit it.
    """
    wanted = scanners or DEFAULT_SCANNERS[kind]
    output = folder.absolute() / f"trivy-{kind.value}.json"
    archive = kind is Target.IMAGE and name.endswith((".tar", ".tar.gz", ".tgz"))
    cache_switch = ("--cache-dir", cache) if cache else ()
    arguments = (
        *(kind.value, "--format", "json", "--output", str(output), "--quiet", "--exit-code", "0"),
        # Trivy's own words on what took so long are worth more than ours: it ends first.
        *("--timeout", f"{max(1, int(deadline * 0.9))}s"),
        # A `trivy.yaml` or a `.trivyignore` that lies there would leave findings out, and nobody would see which.
        *("--severity", "UNKNOWN,LOW,MEDIUM,HIGH,CRITICAL", "--ignorefile", "/dev/null", "--config", "/dev/null"),
        *_scanner_switch(kind, wanted),
        *_offline_switches(kind, wanted, offline=offline, update_database=update_database),
        *cache_switch,
        *(("--input",) if archive else ()),
        target(name),
    )
    return Scan(
        TRIVY if Scanner.VULNERABILITY in wanted else _WITHOUT_DATABASE,
        subject,
        arguments,
        output,
        root=root,
        needs=() if kind is Target.IMAGE and not archive else (Path(name),),
        deadline=deadline,
        environment=environment,
        version=("version", "--format", "json", *cache_switch),
        parts=partial(_unproven, scanners=wanted, kind=kind, scanned=root / name),
    )


def _scanner_switch(kind: Target, scanners: tuple[Scanner, ...]) -> tuple[str, ...]:
    match kind:
        case Target.IMAGE | Target.FILESYSTEM:
            return ("--scanners", ",".join(one.value for one in scanners))
        case Target.CONFIG:
            fit: tuple[Scanner, ...] = (Scanner.MISCONFIGURATION,)
        case Target.SBOM:
            fit = (Scanner.VULNERABILITY, Scanner.LICENCE)
        case unreachable:
            assert_never(unreachable)
    if wrong := [one.value for one in scanners if one not in fit]:
        raise ValueError(f"trivy {kind.value} does not look for {wrong[0]}; it knows {', '.join(o.value for o in fit)}")
    return ("--scanners", ",".join(one.value for one in scanners)) if kind is Target.SBOM else ()


def _offline_switches(
    kind: Target, scanners: tuple[Scanner, ...], *, offline: bool, update_database: bool
) -> tuple[str, ...]:
    out: list[str] = []
    if Scanner.VULNERABILITY in scanners and (offline or not update_database):
        out += ["--skip-db-update", "--skip-java-db-update"]
    if offline and kind is not Target.CONFIG:
        out.append("--offline-scan")
    if offline and kind is not Target.SBOM:
        out.append("--skip-check-update")
    return tuple(out)


def _unproven(document: object, scanners: tuple[Scanner, ...], kind: Target, scanned: Path) -> Mapping[str, str]:
    """Kinds of findings that Trivy saw no input for: it says nothing about them, which must not look like none.

    Of secrets it writes nothing where it found none, however many files it looked through.
    """
    results = (document.get("Results") or []) if isinstance(document, dict) else []
    classes = {one.get("Class") for one in results if isinstance(one, dict)}
    out = {}
    if Scanner.VULNERABILITY in scanners and not classes & {"os-pkgs", "lang-pkgs"}:
        out["vulnerability"] = "it recognised no packages there, so it knows nothing of their vulnerabilities"
    if Scanner.MISCONFIGURATION in scanners and "config" not in classes:
        out["misconfiguration"] = "it recognised no configuration files there"
    if Scanner.LICENCE in scanners and not classes & {"license", "license-file"}:
        out["licence"] = "it recognised no licences there"
    if Scanner.SECRET in scanners and "secret" not in classes and not _looked_through(document, kind, scanned):
        out["secret"] = "there was no file that it would look through for secrets"
    return out


def _looked_through(document: object, kind: Target, scanned: Path) -> bool:
    match kind:
        case Target.FILESYSTEM:
            return has_file_for_secrets(scanned)
        case Target.IMAGE:
            metadata = document.get("Metadata") if isinstance(document, dict) else None
            layers = metadata.get("DiffIDs") if isinstance(metadata, dict) else None
            return isinstance(layers, list) and bool(layers)
        case Target.CONFIG | Target.SBOM:  # there it does not look for them
            return False
        case unreachable:
            assert_never(unreachable)
