"""A finding in words: what it is called, what is to know of it, and the next step."""

from typing import assert_never

from reports.finding import Finding, FindingKind


def named(finding: Finding) -> str:
    """`CVE-2026-1234 in openssl at registry/app:1.7`."""
    package = f" in {finding.package}" if finding.package else ""
    return f"{finding.id or finding.title}{package}{f' at {finding.where}' if finding.where else ''}"


def detail(finding: Finding) -> str:
    """`HIGH vulnerability: title, 1.0 is installed, fixed in 1.1`."""
    installed = f", {finding.installed} is installed" if finding.installed else ""
    fixed = f", fixed in {finding.fixed}" if finding.fixed else ""
    return f"{finding.severity.value} {finding.kind.value}: {finding.title}{installed}{fixed}"


def remedy(finding: Finding) -> str:
    """What to do about it."""
    match finding.kind:
        case FindingKind.VULNERABILITY if finding.fixed:
            return f"update {finding.package} to {finding.fixed}"
        case FindingKind.VULNERABILITY:
            return "no fix is stated: replace it, or waive it"
        case FindingKind.SECRET:
            return "revoke the credential first, then take it out of the history"
        case FindingKind.MISCONFIGURATION | FindingKind.LICENCE | FindingKind.CODE:
            return finding.link or "mend it, or waive it with a scope, a reason, an owner and an expiry"
        case unreachable:
            assert_never(unreachable)
