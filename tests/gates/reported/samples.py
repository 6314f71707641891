"""Small reports in the tools' own formats, made to measure."""

import json
from collections.abc import Mapping, Sequence


def cobertura(files: Mapping[str, str], *, branches: tuple[int, int] | None = None) -> str:
    """`{"shop/cart.py": "++-."}`: a mark a line, `+` covered, `-` not, `.` not executable. `branches`: of line 1."""
    classes = []
    for name, marks in files.items():
        lines = []
        for number, mark in enumerate(marks, 1):
            if mark == ".":
                continue
            part = ""
            if branches and number == 1:
                taken, ways = branches
                part = f' branch="true" condition-coverage="{100 * taken // ways}% ({taken}/{ways})"'
            lines.append(f'<line number="{number}" hits="{int(mark == "+")}"{part}/>')
        classes.append(f'<class name="c" filename="{name}"><methods/><lines>{"".join(lines)}</lines></class>')
    body = "".join(classes)
    return (
        f'<?xml version="1.0" ?><coverage version="7.6"><packages><package name="p"><classes>{body}</classes>'
        "</package></packages></coverage>"
    )


def share(covered: int, total: int, name: str = "shop/cart.py") -> str:
    """A Cobertura report of so many lines."""
    return cobertura({name: "+" * covered + "-" * (total - covered)})


def lcov(files: Mapping[str, str]) -> str:
    """The same as LCOV, with a branch for each line that is covered or not."""
    records = []
    for name, marks in files.items():
        numbered = [(number, mark == "+") for number, mark in enumerate(marks, 1) if mark != "."]
        lines = "".join(f"DA:{number},{int(hit)}\n" for number, hit in numbered)
        hits = sum(hit for _, hit in numbered)
        records.append(f"TN:\nSF:{name}\n{lines}LF:{len(numbered)}\nLH:{hits}\nend_of_record\n")
    return "".join(records)


def vulnerability(identity: str = "CVE-2026-1", severity: str = "HIGH", fixed: str = "1.1", **more: object) -> dict:
    """One of Trivy."""
    found = {
        "VulnerabilityID": identity,
        "PkgName": "openssl",
        "InstalledVersion": "1.0",
        "Severity": severity,
        "Title": "a flaw",
        **more,
    }
    return {**found, **({"FixedVersion": fixed} if fixed else {})}


def trivy(*vulnerabilities: dict, digests: Sequence[str] = (), created: str = "", image: str = "", **more) -> str:
    """Trivy's JSON about one image. `more`: keys of the result, such as Secrets."""
    report = {
        "SchemaVersion": 2,
        **({"CreatedAt": created} if created else {}),
        "ArtifactName": "registry/app:1.7",
        "Metadata": {"RepoDigests": list(digests), **({"ImageID": image} if image else {})},
        "Results": [{"Target": "registry/app:1.7 (debian 12.5)", "Vulnerabilities": list(vulnerabilities), **more}],
    }
    return json.dumps(report)


def sarif(*results: tuple[str, str, int], commit: str = "", tool: str = "Semgrep", **more: object) -> str:
    """SARIF with results of (rule, level, line) in src/app.py. `more`: keys of each result, such as suppressions."""
    listed = [
        {
            "ruleId": rule,
            "level": level,
            "message": {"text": f"{rule} was broken"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "src/app.py"},
                        "region": {"startLine": line, "snippet": {"text": f"call({rule})"}},
                    }
                }
            ],
            **more,
        }
        for rule, level, line in results
    ]
    run: dict[str, object] = {"tool": {"driver": {"name": tool}}, "results": listed}
    if commit:
        run["versionControlProvenance"] = [{"repositoryUri": "https://git.example.com/shop", "revisionId": commit}]
    return json.dumps({"version": "2.1.0", "runs": [run]})


def bandit(*issues: tuple[str, str, int]) -> str:
    """Bandit's JSON with issues of (test, severity, line) in shop/cart.py."""
    results = [
        {
            "code": f"{line} eval({name})\n",
            "filename": "shop/cart.py",
            "issue_confidence": "HIGH",
            "issue_severity": severity,
            "issue_text": "Use of something",
            "line_number": line,
            "line_range": [line],
            "more_info": "https://bandit.readthedocs.io/",
            "test_id": name,
            "test_name": "blacklist",
        }
        for name, severity, line in issues
    ]
    totals = {"loc": 100, "nosec": 0}
    return json.dumps(
        {"errors": [], "generated_at": "2026-01-01T00:00:00Z", "metrics": {"_totals": totals}, "results": results}
    )


def npm_audit(severity: str = "high") -> str:
    """npm 7's report of one vulnerable package."""
    advisory = {
        "source": 1097,
        "name": "minimist",
        "dependency": "minimist",
        "title": "Prototype pollution",
        "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
        "severity": severity,
        "range": "<1.2.6",
    }
    package = {
        "name": "minimist",
        "severity": severity,
        "isDirect": True,
        "via": [advisory],
        "effects": [],
        "range": "<1.2.6",
        "nodes": ["node_modules/minimist"],
        "fixAvailable": True,
    }
    counts = {"info": 0, "low": 0, "moderate": 0, "high": 0, "critical": 0, severity: 1, "total": 1}
    return json.dumps(
        {
            "auditReportVersion": 2,
            "vulnerabilities": {"minimist": package},
            "metadata": {"vulnerabilities": counts, "dependencies": {"prod": 10, "total": 10}},
        }
    )
