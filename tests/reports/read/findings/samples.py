"""One small valid report per format, with two findings where not said otherwise, and its parts for other tests."""

import copy

TRIVY = {
    "SchemaVersion": 2,
    "CreatedAt": "2026-01-21T10:19:22.484900675+01:00",
    "ArtifactName": "registry.example/app:1.7",
    "ArtifactType": "container_image",
    "Metadata": {
        "OS": {"Family": "debian", "Name": "12.5"},
        "ImageID": "sha256:" + "a" * 64,
        "RepoDigests": ["registry.example/app@sha256:" + "b" * 64],
    },
    "Results": [
        {
            "Target": "registry.example/app:1.7 (debian 12.5)",
            "Class": "os-pkgs",
            "Type": "debian",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2026-1",
                    "PkgName": "openssl",
                    "InstalledVersion": "3.0.1",
                    "FixedVersion": "3.0.2",
                    "Severity": "HIGH",
                    "Title": "openssl: reads too far",
                    "PrimaryURL": "https://avd.example/cve-2026-1",
                }
            ],
        },
        {
            "Target": "Dockerfile",
            "Class": "config",
            "Type": "dockerfile",
            "MisconfSummary": {"Successes": 20, "Failures": 1},
            "Misconfigurations": [
                {
                    "ID": "DS002",
                    "AVDID": "AVD-DS-0002",
                    "Title": "Image user should not be 'root'",
                    "Message": "Specify a USER",
                    "Severity": "LOW",
                    "Status": "FAIL",
                    "CauseMetadata": {"StartLine": 3},
                },
                {"ID": "DS001", "Title": "':latest' tag used", "Severity": "MEDIUM", "Status": "PASS"},
            ],
        },
    ],
}
GRYPE = {
    "matches": [
        {
            "vulnerability": {
                "id": "GHSA-v6rh-hp5x-86rv",
                "severity": severity,
                "dataSource": "https://github.com/advisories/GHSA-v6rh-hp5x-86rv",
                "description": "Potential bypass",
                "fix": {"versions": ["3.2.10"], "state": "fixed"},
            },
            "relatedVulnerabilities": [{"id": "CVE-2021-44420"}],
            "artifact": {"name": name, "version": "3.2.9", "locations": [{"path": f"/lib/{name}/METADATA"}]},
        }
        for name, severity in (("Django", "High"), ("other", "Negligible"))
    ],
    "source": {
        "type": "image",
        "target": {"userInput": "app:1.7", "imageID": "sha256:" + "a" * 64, "manifestDigest": "sha256:" + "b" * 64},
    },
    "descriptor": {
        "name": "grype",
        "version": "0.87.0",
        "timestamp": "2026-01-02T03:04:05Z",
        "db": {"status": {"built": "2026-01-02T00:00:00Z", "valid": True}},
    },
}
SARIF = {
    "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
    "version": "2.1.0",
    "runs": [
        {
            "tool": {
                "driver": {
                    "name": "CodeQL",
                    "semanticVersion": "2.20.1",
                    "rules": [
                        {
                            "id": "py/sql",
                            "shortDescription": {"text": "SQL from user input"},
                            "helpUri": "https://example/sql",
                            "properties": {"security-severity": "8.8"},
                        },
                        {"id": "py/unused", "defaultConfiguration": {"level": "note"}},
                    ],
                }
            },
            "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-01-02T03:04:05Z"}],
            "versionControlProvenance": [{"repositoryUri": "https://git.example/app", "revisionId": "c" * 40}],
            "results": [
                {
                    "ruleId": "py/sql",
                    "ruleIndex": 0,
                    "message": {"text": "This query depends on user input."},
                    "locations": [
                        {
                            "physicalLocation": {
                                "artifactLocation": {"uri": "app/db.py"},
                                "region": {"startLine": 33, "snippet": {"text": "execute(sql + name)"}},
                            }
                        }
                    ],
                    "partialFingerprints": {"primaryLocationLineHash": "999f5c7e0b05368d:1"},
                },
                {
                    "ruleId": "py/unused",
                    "message": {"text": "Unused variable."},
                    "locations": [{"physicalLocation": {"artifactLocation": {"uri": "app/x.py"}}}],
                },
            ],
        }
    ],
}
BANDIT = {
    "errors": [],
    "generated_at": "2026-01-02T03:04:05Z",
    "metrics": {"_totals": {"SEVERITY.HIGH": 1, "SEVERITY.LOW": 1, "SEVERITY.MEDIUM": 0, "loc": 20, "nosec": 0}},
    "results": [
        {
            "code": "8 import os\n9 subprocess.call(x, shell=True)\n10 \n",
            "filename": "app/run.py",
            "issue_confidence": "HIGH",
            "issue_severity": "HIGH",
            "issue_text": "subprocess call with shell=True identified, security issue.",
            "line_number": 9,
            "line_range": [9],
            "more_info": "https://bandit.readthedocs.io/en/1.8.0/plugins/b602.html",
            "test_id": "B602",
            "test_name": "subprocess_popen_with_shell_equals_true",
        },
        {
            "code": "2 assert x\n",
            "filename": "app/run.py",
            "issue_confidence": "HIGH",
            "issue_severity": "LOW",
            "issue_text": "Use of assert detected.",
            "line_number": 2,
            "line_range": [2],
            "test_id": "B101",
            "test_name": "assert_used",
        },
    ],
}
SEMGREP = {
    "version": "1.100.0",
    "results": [
        {
            "check_id": "python.lang.security.eval",
            "path": "app/a.py",
            "start": {"line": 31, "col": 1},
            "end": {"line": 31, "col": 9},
            "extra": {
                "message": "eval of user data\nmore",
                "severity": severity,
                "metadata": {"shortlink": "https://sg.run/x"},
                "fingerprint": "requires login",
                "lines": code,
            },
        }
        for severity, code in (("ERROR", "eval(a)"), ("WARNING", "eval(b)"))
    ],
    "errors": [],
    "paths": {"scanned": ["app/a.py", "app/b.py"]},
    "skipped_rules": [],
}
PIP_AUDIT = {
    "dependencies": [
        {"name": "fine", "version": "1.0", "vulns": []},
        {
            "name": "jinja2",
            "version": "3.1.2",
            "vulns": [
                {
                    "id": identity,
                    "fix_versions": ["3.1.3"],
                    "aliases": ["GHSA-h5c8-rqwp-cp95"],
                    "description": "Attributes can be injected.\n\nMore.",
                }
                for identity in ("PYSEC-2024-1", "CVE-2024-2")
            ],
        },
    ],
    "fixes": [],
}
NPM_7 = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "lodash": {
            "name": "lodash",
            "severity": "high",
            "isDirect": False,
            "via": [
                {
                    "source": 1065,
                    "name": "lodash",
                    "dependency": "lodash",
                    "title": "Prototype Pollution in lodash",
                    "url": "https://github.com/advisories/GHSA-jf85-cpcp-j695",
                    "severity": "high",
                    "range": "<4.17.12",
                }
            ],
            "effects": ["async"],
            "range": "<4.17.12",
            "nodes": ["node_modules/lodash"],
            "fixAvailable": True,
        },
        "async": {
            "name": "async",
            "severity": "high",
            "isDirect": True,
            "via": ["lodash"],
            "effects": [],
            "range": "2.0.0 - 2.6.1",
            "nodes": ["node_modules/async"],
            "fixAvailable": {"name": "async", "version": "3.2.0", "isSemVerMajor": True},
        },
    },
    "metadata": {
        "vulnerabilities": {"info": 0, "low": 0, "moderate": 0, "high": 2, "critical": 0, "total": 2},
        "dependencies": {"prod": 3, "dev": 0, "optional": 0, "peer": 0, "peerOptional": 0, "total": 2},
    },
}
NPM_6 = {
    "actions": [],
    "advisories": {
        str(number): {
            "findings": [{"version": "2.6.8", "paths": ["express>debug", "express>send>debug"]}],
            "id": number,
            "title": "Regular Expression Denial of Service",
            "module_name": "debug",
            "cves": ["CVE-2017-16137"],
            "patched_versions": patched,
            "severity": "moderate",
            "url": f"https://npmjs.com/advisories/{number}",
        }
        for number, patched in ((534, ">=2.6.9"), (535, "<0.0.0"))
    },
    "muted": [],
    "metadata": {
        "vulnerabilities": {"info": 0, "low": 0, "moderate": 4, "high": 0, "critical": 0},
        "dependencies": 159,
        "totalDependencies": 159,
    },
}
CHECKOV = {
    "check_type": "terraform",
    "results": {
        "passed_checks": [],
        "failed_checks": [
            {
                "check_id": identity,
                "check_name": "Ensure the vault is recoverable",
                "check_result": {"result": "FAILED"},
                "file_path": "/main.tf",
                "file_line_range": [4, 16],
                "resource": "azurerm_key_vault.main",
                "guideline": "https://docs.example/recoverable",
                "severity": severity,
            }
            for identity, severity in (("CKV_AZURE_42", None), ("CKV_AZURE_43", "MEDIUM"))
        ],
        "skipped_checks": [],
        "parsing_errors": [],
    },
    "summary": {
        "passed": 5,
        "failed": 2,
        "skipped": 0,
        "parsing_errors": 0,
        "resource_count": 3,
        "checkov_version": "3.2.1",
    },
}
GITLEAKS = [
    {
        "RuleID": "aws-access-token",
        "Description": "Identified a pattern that may indicate AWS credentials.",
        "StartLine": line,
        "EndLine": line,
        "Match": "key = AKIAHUNTER2HUNTER2",
        "Secret": "AKIAHUNTER2HUNTER2",
        "File": "config/aws.yml",
        "Commit": "d" * 40,
        "Fingerprint": f"{'d' * 40}:config/aws.yml:aws-access-token:{line}",
    }
    for line in (3, 9)
]
HADOLINT = [
    {"line": 9, "code": "DL3008", "message": "Pin versions", "column": 1, "file": "Dockerfile", "level": "warning"},
    {"line": 12, "code": "SC2086", "message": "Double quote", "column": 1, "file": "Dockerfile", "level": "info"},
]

#: Format -> a document with two findings.
SAMPLES = {
    "trivy": TRIVY,
    "grype": GRYPE,
    "sarif": SARIF,
    "bandit": BANDIT,
    "semgrep": SEMGREP,
    "pip-audit": PIP_AUDIT,
    "npm-audit": NPM_7,
    "checkov": CHECKOV,
    "gitleaks": GITLEAKS,
    "hadolint": HADOLINT,
}


ABSENT = object()


def changed(document, path, value=ABSENT):
    """A copy of the document in which the value at the path (keys and indices) is another one; absent without one."""
    copied = copy.deepcopy(document)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    if value is ABSENT:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return copied
