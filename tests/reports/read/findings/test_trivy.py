"""Trivy's JSON."""

import json

import pytest

from reports.finding import FindingKind, Severity
from reports.read.errors import ReportError
from reports.read.problem import Effect
from tests.reports.read.findings.samples import TRIVY, changed

VULNERABILITY = TRIVY["Results"][0]["Vulnerabilities"][0]


@pytest.mark.parametrize("wrong", [{}, {"a": 1}, "text", 3, True])
@pytest.mark.parametrize("path", [("Results",), ("Results", 0, "Vulnerabilities"), ("Results", 1, "Misconfigurations")])
def test_a_list_that_is_none_is_an_error(read, path, wrong):
    """It says what is there and what was wanted."""
    with pytest.raises(ReportError, match="wanted a list"):
        read(changed(TRIVY, path, wrong))


def test_null_instead_of_a_list_of_findings_is_none(read):
    """Go writes null for an empty list."""
    assert read(changed(TRIVY, ("Results", 0, "Vulnerabilities"), None)).count == 1


def test_everything_that_is_stated_is_there(read):
    """Of the image, the scan and each finding."""
    found = read(TRIVY)
    assert found.subject.artifact == "registry.example/app:1.7"
    assert found.subject.digests == ("registry.example/app@sha256:" + "b" * 64, "sha256:" + "a" * 64)
    assert found.created.isoformat() == "2026-01-21T10:19:22.484900+01:00"
    assert found.by_kind == {FindingKind.VULNERABILITY: 1, FindingKind.MISCONFIGURATION: 1}
    first, second = found.findings
    assert (first.id, first.package, first.installed, first.fixed) == ("CVE-2026-1", "openssl", "3.0.1", "3.0.2")
    assert (first.severity, first.title) == (Severity.HIGH, "openssl: reads too far")
    assert (first.where, first.tool) == ("registry.example/app:1.7 (debian 12.5)", "trivy")
    assert first.link == "https://avd.example/cve-2026-1"
    assert (second.id, second.where, second.aliases) == ("DS002", "Dockerfile:3", ("AVD-DS-0002",))


def test_a_commit_is_taken_from_a_repository_scan(read):
    """Trivy names it in the metadata."""
    assert read(changed(TRIVY, ("Metadata",), {"Commit": "abc123"})).subject.commit == "abc123"


@pytest.mark.parametrize(
    ("status", "count", "suppressed"), [("PASS", 1, 0), ("FAIL", 2, 0), ("EXCEPTION", 1, 1), ("", 2, 0)]
)
def test_only_misconfigurations_that_failed_count(read, status, count, suppressed):
    """A passed check is none, an exception is suppressed, and one without a status counts."""
    found = read(changed(TRIVY, ("Results", 1, "Misconfigurations", 0, "Status"), status))
    assert (found.count, found.suppressed) == (count, suppressed)


def test_what_trivy_was_told_to_ignore_is_kept_as_suppressed(read):
    """With `--show-suppressed` it says why."""
    modified = [
        {"Type": "vulnerability", "Status": "not_affected", "Statement": "not called", "Finding": VULNERABILITY},
        {"Type": "misconfiguration", "Status": "ignored", "Finding": {"ID": "DS001", "Severity": "HIGH"}},
        {"Type": "secret", "Finding": {"RuleID": "aws", "Severity": "HIGH"}},
        {"Type": "license", "Finding": {"Name": "GPL-3.0", "Severity": "HIGH"}},
    ]
    found = read(changed(TRIVY, ("Results", 0, "ExperimentalModifiedFindings"), modified))
    assert (found.count, found.suppressed, len(found.findings)) == (2, 4, 6)
    reasons = [finding.suppressed for finding in found.findings if finding.suppressed]
    assert reasons[:2] == ["Trivy: not_affected, not called", "Trivy: ignored"]


def test_the_target_may_come_after_the_findings(read):
    """Tools like jq sort the keys."""
    document = json.loads(json.dumps(TRIVY, sort_keys=True))
    assert [f.where for f in read(json.dumps(document)).findings] == [f.where for f in read(TRIVY).findings]
    assert read(json.dumps(document)).findings == read(TRIVY).findings


def test_secrets_and_licences_are_findings_of_their_kinds(read):
    """Neither the match nor the code of a secret is kept."""
    secret = {
        "RuleID": "aws-access-key-id",
        "Category": "AWS",
        "Severity": "CRITICAL",
        "Title": "AWS Access Key ID",
        "StartLine": 4,
        "Match": "key = AKIAHUNTER2",
        "Code": {"Lines": [{"Content": "key = AKIAHUNTER2"}]},
    }
    licence = {"Severity": "HIGH", "Category": "restricted", "PkgName": "busybox", "Name": "GPL-2.0"}
    results = [
        {"Target": "app.env", "Class": "secret", "Secrets": [secret]},
        {"Target": "OS Packages", "Class": "license", "Licenses": [licence]},
    ]
    found = read(changed(TRIVY, ("Results",), results))
    assert found.by_kind == {FindingKind.SECRET: 1, FindingKind.LICENCE: 1}
    assert [finding.where for finding in found.findings] == ["app.env:4", "OS Packages"]
    assert "HUNTER2" not in repr(found)


def test_the_list_that_old_versions_wrote_is_read(read):
    """A target without vulnerabilities is a scan that found nothing."""
    found = read([{"Target": "a.lock", "Type": "npm", "Vulnerabilities": None}, TRIVY["Results"][0]])
    assert (found.format, found.count, found.problems) == ("trivy", 1, ())


def test_a_system_without_updates_is_noted(read):
    """Trivy knows no new vulnerabilities of it."""
    found = read(changed(TRIVY, ("Metadata", "OS", "EOSL"), True))
    assert [problem.effect for problem in found.problems] == [Effect.NOTE]


def test_a_report_on_a_cluster_is_refused_by_name(read):
    """Its findings stand in another place."""
    with pytest.raises(ReportError, match="report on a cluster"):
        read({"ClusterName": "prod", "Resources": []})
