"""A report of findings as `tidegate read` shows it."""

import json

from reports.read.findings import collecting
from reports.read.recognise import read_any
from tests.reports.read.findings.samples import NPM_6, TRIVY, changed
from tidegate.cli import main


def test_the_json_object(write, capsys):
    """Its kind, tool, count and severities, and what else a script may want."""
    path = write(json.dumps(TRIVY), "anything.dat")
    assert main(["read", "--json", str(path)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown.pop("sha256")
    assert shown == {
        "file": str(path),
        "kind": "findings",
        "tool": "trivy",
        "format": "trivy",
        "count": 2,
        "by_severity": {"HIGH": 1, "LOW": 1},
        "by_kind": {"vulnerability": 1, "misconfiguration": 1},
        "suppressed": 0,
        "stated": {},
        "tool_version": None,
        "created": "2026-01-21T10:19:22.484900+01:00",
        "artifact": "registry.example/app:1.7",
        "digests": ["registry.example/app@sha256:" + "b" * 64, "sha256:" + "a" * 64],
        "commit": None,
        "problems": [],
    }


def test_the_severities_that_occur_stand_worst_first(write):
    """What does not occur is not there."""
    document = changed(TRIVY, ("Results", 1, "Misconfigurations", 0, "Severity"), "odd")
    assert list(read_any(write(json.dumps(document))).facts()["by_severity"]) == ["UNKNOWN", "HIGH"]


def test_the_lines_for_people(write):
    """Totals, then the worst findings with what to do about them."""
    target = "registry.example/app:1.7 (debian 12.5)"
    assert read_any(write(json.dumps(TRIVY))).lines() == [
        "findings: trivy: 2 findings · 1 high · 1 low · 2026-01-21 10:19:22",
        f"  high: CVE-2026-1: openssl: reads too far ({target}, openssl 3.0.1, fixed in 3.0.2)",
        "  low: DS002: Image user should not be 'root' (Dockerfile:3)",
    ]


def test_many_findings_are_counted_and_not_all_shown(write):
    """Twenty are what a person reads."""
    results = [{**TRIVY["Results"][0], "Vulnerabilities": TRIVY["Results"][0]["Vulnerabilities"] * 30}]
    lines = read_any(write(json.dumps(changed(TRIVY, ("Results",), results)))).lines()
    assert (len(lines), lines[-1]) == (22, "  and 10 more")


def test_what_is_not_kept_is_counted(write, monkeypatch):
    """With its severity: a limit sees all of them."""
    monkeypatch.setattr(collecting, "KEPT", 1)
    found = read_any(write(json.dumps(TRIVY))).findings
    assert (found.count, len(found.findings), found.more) == (2, 1, 1)
    assert sum(found.by_severity.values()) == 2


def test_totals_that_npm_states_are_beside_the_count(write):
    """They count something else."""
    facts = read_any(write(json.dumps(NPM_6))).facts()
    assert (facts["count"], facts["stated"]["moderate"]) == (2, 4)


def test_halves_of_characters_do_no_harm(write, capsys):
    """A text may hold a lone surrogate, which no terminal takes."""
    text = json.dumps(TRIVY).replace("openssl: reads", "open\\ud83d: reads")
    path = str(write(text))
    assert main(["read", path]) == 0
    assert main(["read", "--json", path]) == 0
    assert "open?: reads" in capsys.readouterr().out
