"""pip-audit (PyPI `pip-audit`): known vulnerabilities of Python packages. Exit codes 0 and 1 mean that it may have run.

It says 1 for "vulnerable" and for "could not audit" alike: the report that is missing then makes the difference.
"""

from pathlib import Path
from typing import Final

from checks.scanners.scanner import DEADLINE, Scan, Tool, targets


def _nothing(document: object) -> str:
    # Before version 2.0 the list stood alone.
    found = document.get("dependencies") if isinstance(document, dict) else document
    if not isinstance(found, list):
        return "its report has no list of dependencies"
    audited = [one for one in found if isinstance(one, dict) and isinstance(one.get("vulns"), list)]
    if audited:
        return ""
    skipped = next((one["skip_reason"] for one in found if isinstance(one, dict) and one.get("skip_reason")), "")
    return f"it could audit none of {len(found)} dependencies: {skipped}" if skipped else "there was nothing to audit"


PIP_AUDIT: Final = Tool(
    "pip-audit",
    "pip install pip-audit",
    frozenset({0, 1}),
    _nothing,
    passes=frozenset({"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "PIP_AUDIT_OSV_URL"}),
    sets={"PYTHONUTF8": "1"},
)


def pip_audit(
    subject: str,
    requirements: tuple[str, ...],
    folder: Path,
    *,
    installed: tuple[str, ...] = (),
    pinned: bool = True,
    service: str = "pypi",
    osv_url: str = "",
    root: Path = Path(),
    deadline: float = DEADLINE,
) -> Scan:
    """Audit requirements files, or folders of installed packages; the report is `pip-audit.json` in `folder`.

    `pinned`: the requirements name all packages and their versions, so nothing needs to be resolved or downloaded;
    `service`: `pypi` or `osv`; `osv_url`: another place of OSV's API. Raises ValueError for targets that are none.
    """
    if bool(requirements) == bool(installed):
        raise ValueError("pip-audit audits either requirements files or folders of installed packages: name one kind")
    if service not in ("pypi", "osv"):
        raise ValueError(f"pip-audit knows no vulnerability service {service!r}; known are pypi, osv")
    output = folder.absolute() / "pip-audit.json"
    names = targets(requirements or installed)
    switch = "--requirement" if requirements else "--path"
    arguments = (
        *("--format", "json", "--output", str(output), "--progress-spinner", "off", "--vulnerability-service", service),
        *(("--osv-url", osv_url) if osv_url else ()),
        *(("--no-deps", "--disable-pip") if requirements and pinned else ()),
        *(word for name in names for word in (switch, name)),
    )
    return Scan(
        PIP_AUDIT, subject, arguments, output, root=root, needs=tuple(Path(name) for name in names), deadline=deadline
    )
