"""What a scanner found: single findings of one severity order, and everything that one report holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from reports.read.problem import Problem

#: So many findings of a report are kept whole; the others are counted, by severity too.
KEPT = 100_000


class Severity(Enum):
    """How bad a finding is, from harmless to worst.

    UNKNOWN comes last: a severity that nobody stated is at least as bad as any limit.
    """

    INFO = "INFO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"
    UNKNOWN = "UNKNOWN"

    def at_least(self, limit: "Severity") -> bool:
        """Whether a finding of this severity counts against a limit on `limit`: UNKNOWN does against each."""
        return _ORDER[self] >= _ORDER[limit]

    @classmethod
    def of(cls, word: object) -> "Severity":
        """The severity that a tool's own word means, in any case of letters; UNKNOWN for whatever is no such word."""
        return _WORDS.get(word.strip().lower(), cls.UNKNOWN) if isinstance(word, str) else cls.UNKNOWN


_ORDER = {severity: number for number, severity in enumerate(Severity)}
_WORDS = {
    **{severity.value.lower(): severity for severity in Severity},
    "informational": Severity.INFO,
    "negligible": Severity.INFO,
    "minor": Severity.LOW,
    "moderate": Severity.MEDIUM,
}


class FindingKind(Enum):
    """What a finding is about; limits can be set for each kind."""

    VULNERABILITY = "vulnerability"
    """A known flaw in a package that is used."""
    SECRET = "secret"
    """A credential in the sources or the image."""
    MISCONFIGURATION = "misconfiguration"
    """A setting in infrastructure code, a Dockerfile or a cluster that a policy forbids."""
    LICENCE = "licence"
    """A licence that a policy wants looked at."""
    CODE = "code"
    """A pattern in the project's own code."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    `id`: the rule or the vulnerability, empty where the report states none; `where`: `file:line`, a file or another
    target; `package`, `installed`, `fixed`: versions as stated, `fixed` empty where there is no fix; `aliases`: other
    ids of the same vulnerability; `suppressed`: why the tool itself does not count it, empty where it does;
    `fingerprint`: the same in the next report when lines have moved; two findings of one report never share one.

    The value of a secret is in none of them.
    """

    id: str
    kind: FindingKind
    severity: Severity
    title: str
    where: str
    package: str = ""
    installed: str = ""
    fixed: str = ""
    link: str = ""
    tool: str = ""
    aliases: tuple[str, ...] = ()
    suppressed: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report says that it is about; each empty where it says nothing.

    `artifact`: the name it was scanned by (an image, a path); `digests`: of the image, `sha256:...` or
    `name@sha256:...`; `commit`: as stated, which may be shortened.
    """

    artifact: str = ""
    digests: tuple[str, ...] = ()
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What one report holds.

    `tool`: who looked, several joined by `, `; `format`: which reader understood the file; `findings`: the first
    100,000, suppressed ones included; `count`, `by_severity`: all that are not suppressed, only severities that occur,
    the worst first; `by_kind`: the same per kind; `suppressed`: how many the tool was told not to count; `stated`:
    totals that the file itself states and that count something else (npm counts paths); `created`: when the scan ran,
    None where the file does not say; `sha256`: of the file's bytes, hexadecimal.
    """

    path: str
    sha256: str
    tool: str
    tool_version: str
    format: str
    findings: tuple[Finding, ...]
    count: int
    by_severity: Mapping[Severity, int] = field(hash=False)
    by_kind: Mapping[FindingKind, int] = field(hash=False)
    suppressed: int = 0
    stated: Mapping[str, int] = field(default_factory=dict, hash=False)
    created: datetime | None = None
    subject: Subject = Subject()
    problems: tuple[Problem, ...] = ()

    @property
    def more(self) -> int:
        """Findings that were counted and not kept."""
        return self.count + self.suppressed - len(self.findings)

    def at_least(self, limit: Severity) -> int:
        """How many findings are as bad as `limit` or worse; unknown severities are."""
        return sum(number for severity, number in self.by_severity.items() if severity.at_least(limit))
