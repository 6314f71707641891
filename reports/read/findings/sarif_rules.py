"""The tool of a SARIF run: its name, its version, and the rules by which its results are judged."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reports.finding import FindingKind, Severity
from reports.read.findings.leaves import row, said, table, word
from reports.read.json_stream import JsonStream

_VULNERABILITY = re.compile(r"\b(?:CVE-\d|GHSA-|PYSEC-|RUSTSEC-|OSV-|GO-\d|BDSA-|ALAS|DSA-|RHSA-|SNYK-)", re.IGNORECASE)
_SECRET_TOOLS = ("gitleaks", "trufflehog", "detect-secrets", "ggshield", "whispers")
_POLICY_TOOLS = ("checkov", "tfsec", "kics", "terrascan", "hadolint", "kube-linter", "kubesec", "kubescape", "dockle")
_LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW, "none": Severity.INFO}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule says of its results. `score`: its `security-severity`; None where it has none."""

    id: str
    title: str = ""
    level: str = ""
    score: Severity | None = None
    link: str = ""
    kind: FindingKind = FindingKind.CODE
    messages: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Tool:
    """The driver of a run and its rules; `parts`: those of the driver first, then of each extension, by index."""

    name: str = ""
    version: str = ""
    parts: tuple[tuple[Rule, ...], ...] = ((),)
    by_id: Mapping[str, Rule] = field(default_factory=dict, hash=False)

    def rule(self, result: Mapping[str, object]) -> Rule:
        """The rule of a result (3.27.5 to 3.27.7): by its index, or by its id, whose last part may be its own."""
        reference = table(result.get("rule"))
        identity = word(result.get("ruleId")) or word(reference.get("id"))
        index = reference.get("index", result.get("ruleIndex"))
        extension = table(reference.get("toolComponent")).get("index")
        part = extension + 1 if isinstance(extension, int) and extension >= 0 else 0
        if isinstance(index, int) and part < len(self.parts) and 0 <= index < len(self.parts[part]):
            rule = self.parts[part][index]
            if not identity or identity == rule.id or identity.startswith(f"{rule.id}/"):
                return rule
        parent = identity
        while parent:
            if rule_found := self.by_id.get(parent):
                return rule_found
            parent = parent.rpartition("/")[0]
        return Rule(identity, kind=kind_of(self.name, identity, ()))


def read_tool(stream: JsonStream) -> Tool:
    """The tool at the cursor; rules stream by. Raises ReportError."""
    if stream.kind == "null":
        stream.value()
        return Tool()
    name, version = "", ""
    driver: tuple[Rule, ...] = ()
    extensions: list[tuple[Rule, ...]] = []
    for key in stream.members("tool"):
        if key == "driver":
            name, version, driver = _component(stream)
        elif key == "extensions" and stream.kind != "null":
            extensions += [_component(stream)[2] for _ in stream.items(key)]
    parts = (driver, *extensions)
    by_id = {rule.id: rule for part in reversed(parts) for rule in reversed(part) if rule.id}
    return Tool(name, version, parts, by_id)


def _component(stream: JsonStream) -> tuple[str, str, tuple[Rule, ...]]:
    names: dict[str, str] = {}
    records: list[Rule] = []
    for key in stream.members("a tool component"):
        if key == "rules":
            records += map(_rule, stream.records(key))
        elif key in ("name", "version", "semanticVersion"):
            names[key] = word(stream.value())
    # The rules come before the name where a tool sorts its keys.
    name = names.get("name", "")
    rules = [
        replace(rule, kind=kind_of(name, rule.id, ())) if rule.kind is FindingKind.CODE else rule for rule in records
    ]
    return name, names.get("semanticVersion") or names.get("version") or "", tuple(rules)


def _rule(record: dict[str, object]) -> Rule:
    properties = table(record.get("properties"))
    tags = [word(tag).lower() for tag in row(properties.get("tags"))]
    identity = word(record.get("id"))
    titles = (said(table(record.get(key)).get("text")) for key in ("shortDescription", "fullDescription"))
    return Rule(
        id=identity,
        title=next(filter(None, titles), "") or word(record.get("name")),
        level=word(table(record.get("defaultConfiguration")).get("level")).lower(),
        score=score_of(properties),
        link=word(record.get("helpUri")),
        kind=kind_of("", identity, [*tags, word(record.get("name")).lower()]),
        messages={
            key: message
            for key, value in table(record.get("messageStrings")).items()
            if isinstance(message := table(value).get("text"), str)
        },
    )


def kind_of(tool: str, identity: str, tags: list[str] | tuple[str, ...]) -> FindingKind:
    """SARIF has no kinds of findings: they are told from the rule's tags, its id and the tool."""
    tool = tool.lower()
    if any("secret" in tag for tag in tags) or tool.startswith(_SECRET_TOOLS):
        return FindingKind.SECRET
    if any("misconfiguration" in tag for tag in tags) or tool.startswith(_POLICY_TOOLS):
        return FindingKind.MISCONFIGURATION
    if any(tag in ("license", "licence") for tag in tags):
        return FindingKind.LICENCE
    if "vulnerability" in tags or _VULNERABILITY.search(identity):
        return FindingKind.VULNERABILITY
    return FindingKind.CODE


def score_of(properties: Mapping[str, object]) -> Severity | None:
    """What `security-severity` says, in the bands of CVSS 3.1 (section 5); None where it says nothing.

    0 is what Trivy writes for an unknown severity, and counts as nothing said; what is no score is UNKNOWN.
    """
    stated = properties.get("security-severity")
    if stated is None or stated == "":
        return None
    try:
        score = float(stated) if isinstance(stated, str | int | float) else -1.0
    except (ValueError, OverflowError):
        return Severity.UNKNOWN
    if not 0 <= score <= 10:
        return Severity.UNKNOWN
    for limit, severity in ((9, Severity.CRITICAL), (7, Severity.HIGH), (4, Severity.MEDIUM)):
        if score >= limit:
            return severity
    return Severity.LOW if score > 0 else None


def level_of(level: str) -> Severity:
    """The severity of a level (3.27.10); UNKNOWN for a word that is none."""
    return _LEVELS.get(level, Severity.UNKNOWN)
