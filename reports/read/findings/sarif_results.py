"""One result of a SARIF run: whether it is a finding at all, how bad, where, and whether somebody suppressed it."""

import re
from collections.abc import Mapping

from reports.finding import FindingKind, Severity
from reports.read.findings.collecting import Collector, Place
from reports.read.findings.leaves import line_of, row, table, word
from reports.read.findings.sarif_rules import Rule, Tool, level_of, score_of

_NO_FINDING = frozenset(("pass", "notapplicable"))
_UNDECIDED = frozenset(("open", "review"))
_PLACEHOLDER = re.compile(r"\{(\d{1,3})\}")
#: What Semgrep writes instead of a fingerprint where nobody is logged in.
_NOTHING = "requires login"


def take_result(record: dict[str, object], tool: Tool, found: Collector) -> None:
    """Add the result to what was found, if it is a finding."""
    kind = word(record.get("kind")).lower() or "fail"
    # 3.27.24: absent results were in the run that this one is compared with, and are in this one no more.
    if kind in _NO_FINDING or record.get("baselineState") == "absent":
        return
    rule = tool.rule(record)
    target, line, snippet = _place(record)
    found.add(
        word(record.get("ruleId")) or rule.id or "(no rule)",
        rule.kind,
        _severity(record, rule, kind),
        rule.title if rule.kind is FindingKind.SECRET else _message(record, rule) or rule.title,
        Place(target, line),
        link=rule.link or record.get("hostedViewerUri"),
        tool=tool.name,
        suppressed=_suppressed(record),
        snippet=_fingerprint(record) or snippet,
    )


def _severity(record: Mapping[str, object], rule: Rule, kind: str) -> Severity:
    if kind in _UNDECIDED:  # the tool could not tell, or wants a person to look
        return Severity.UNKNOWN
    properties = record.get("properties")
    score = score_of(properties) if isinstance(properties, dict) else None
    score = score or rule.score
    if score is not None:
        return score
    level = word(record.get("level")).lower()
    if not level:
        level = "none" if kind == "informational" else rule.level or "warning"
    return level_of(level)


def _suppressed(record: Mapping[str, object]) -> str:
    """Why the result does not count: 3.27.23, all of its suppressions are accepted, which they are if not stated."""
    suppressions = [table(item) for item in row(record.get("suppressions"))]
    for suppression in suppressions:
        # `state` is what drafts of the standard called it.
        if word(suppression.get("status") or suppression.get("state") or "accepted").lower() != "accepted":
            return ""
    for suppression in suppressions:
        if reason := word(suppression.get("justification")):
            return f"SARIF: {reason}"
    return "SARIF: suppressed" if suppressions else ""


def _place(record: Mapping[str, object]) -> tuple[str, int, str]:
    """The file, the line and the code of the first location."""
    locations = row(record.get("locations"))
    location = table(locations[0]) if locations else {}
    physical = table(location.get("physicalLocation"))
    region = table(physical.get("region"))
    target = word(table(physical.get("artifactLocation")).get("uri"))
    if not target:
        logical = [table(item) for item in row(location.get("logicalLocations"))]
        target = next((name for item in logical if (name := word(item.get("fullyQualifiedName")))), "")
    snippet = table(region.get("snippet")).get("text")
    return target, line_of(region.get("startLine")), snippet if isinstance(snippet, str) else ""


def _message(record: Mapping[str, object], rule: Rule) -> str:
    """3.11: the text, or the rule's text by its id, with the arguments filled in."""
    message = table(record.get("message"))
    text = message.get("text")
    if not isinstance(text, str):
        text = rule.messages.get(word(message.get("id")), "")
    arguments = [word(argument) for argument in row(message.get("arguments"))]
    if not arguments or "{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda m: arguments[int(m[1])] if int(m[1]) < len(arguments) else m[0], text)


def _fingerprint(record: Mapping[str, object]) -> str:
    """What the tool itself recognises the result by; they are made to survive that lines move."""
    for key in ("fingerprints", "partialFingerprints"):
        prints = table(record.get(key))
        if prints and _NOTHING not in prints.values():
            return repr(sorted(prints.items()))
    return ""
