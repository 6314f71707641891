"""Collects what a reader finds in a report: findings with their fingerprints, totals, problems, what it is about."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from reports.finding import KEPT, Finding, FindingKind, Findings, Severity, Subject
from reports.read.findings.leaves import hidden, said, word
from reports.read.problem import Effect, ProblemList


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding is: a file or another target, and a line in it (0 where unknown).

    `shown`: what people are shown instead, where `target` is only what stays the same from report to report.
    """

    target: str
    line: int = 0
    shown: str = ""

    def __str__(self) -> str:
        if self.shown:
            return self.shown
        return f"{self.target}:{self.line}" if self.line and self.target else self.target


@dataclass(frozen=True, slots=True)
class _Draft:
    """A finding that still lacks its place, which some formats state only after it, and its fingerprint."""

    finding: Finding
    place: Place
    code: str


class Collector:
    """Takes the findings of one report, in the order of the report.

    A reader sets `tool`, `tool_version`, `created`, `subject` and `stated` as it comes across them.
    """

    def __init__(self, form: str, tool: str = "") -> None:
        self.format = form
        self.tool = tool
        self.tool_version = ""
        self.created: datetime | None = None
        self.subject = Subject()
        self.stated: dict[str, int] = {}
        self.problems = ProblemList()
        self._kept: list[Finding] = []
        self._deferred: list[_Draft] | None = None
        self._severities: Counter[Severity] = Counter()
        self._kinds: Counter[FindingKind] = Counter()
        self._suppressed = 0
        self._seen: Counter[bytes] = Counter()

    @property
    def count(self) -> int:
        """Findings so far that are not suppressed."""
        return self._severities.total()

    @property
    def suppressed(self) -> int:
        """Findings so far that the tool was told not to count."""
        return self._suppressed

    def severities(self) -> Counter[Severity]:
        """How many of each severity were counted so far."""
        return Counter(self._severities)

    def add(
        self,
        identity: object,
        kind: FindingKind,
        severity: Severity,
        title: object,
        place: Place,
        *,
        package: object = "",
        installed: object = "",
        fixed: object = "",
        link: object = "",
        tool: str = "",
        aliases: Iterable[object] = (),
        suppressed: str = "",
        snippet: object = "",
    ) -> None:
        """Take one finding.

        `snippet`: the code that was found, or the tool's own fingerprint; it goes into the fingerprint and nowhere
        else, and for a secret not even there.
        """
        if suppressed:
            self._suppressed += 1
        else:
            self._severities[severity] += 1
            self._kinds[kind] += 1
        name = word(identity)
        if not name:
            self.problems.add(Effect.INCONCLUSIVE, "a finding names no rule or vulnerability: the report is damaged")
        if len(self._kept) + len(self._deferred or ()) >= KEPT:
            return
        secret = kind is FindingKind.SECRET
        code = "" if secret else " ".join(str(snippet).split())
        tool, package = tool or self.tool, word(package)
        deferred = self._deferred
        finding = Finding(
            id=name,
            kind=kind,
            severity=severity,
            title=hidden(said(title), only_quoted=not secret),
            where=word(str(place)),
            package=package,
            installed=word(installed),
            fixed=word(fixed),
            link=word(link),
            tool=tool,
            aliases=tuple(filter(None, map(word, aliases))),
            suppressed=said(suppressed),
            fingerprint=""
            if deferred is not None
            else self._fingerprint((tool, kind.value, name, place.target, package, code)),
        )
        if deferred is None:
            self._kept.append(finding)
        else:
            deferred.append(_Draft(finding, place, code))

    def defer(self) -> None:
        """Wait for `place` with the findings that come now: their target is stated only after them."""
        self._deferred = []

    def place(self, target: str, stable: str) -> None:
        """Name the target of those of the deferred findings that have none. `stable`: what of it stays the same."""
        for draft in self._deferred or ():
            finding, place = draft.finding, draft.place
            if not place.target:
                place = Place(stable, place.line, str(Place(target, place.line)))
            parts = (finding.tool, finding.kind.value, finding.id, place.target, finding.package, draft.code)
            fingerprint = self._fingerprint(parts)
            self._kept.append(replace(finding, where=word(str(place)), fingerprint=fingerprint))
        self._deferred = None

    def findings(self, path: str, sha256: str) -> Findings:
        """Everything, once the report was read to its end."""
        return Findings(
            path=path,
            sha256=sha256,
            tool=self.tool,
            tool_version=self.tool_version,
            format=self.format,
            findings=tuple(self._kept),
            count=self.count,
            by_severity={each: self._severities[each] for each in reversed(Severity) if self._severities[each]},
            by_kind={each: self._kinds[each] for each in FindingKind if self._kinds[each]},
            suppressed=self._suppressed,
            stated=self.stated,
            created=self.created,
            subject=self.subject,
            problems=self.problems.all(path),
        )

    def _fingerprint(self, parts: tuple[str, ...]) -> str:
        """Of tool, kind, rule, path, package and code, never of a line or a version.

        Equal ones are numbered in the order of the report, so that a second secret of the same rule in the same file
        is a new one.
        """
        digest = hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).digest()[:16]
        number = self._seen[digest]
        self._seen[digest] = number + 1
        return hashlib.sha256(digest + str(number).encode()).hexdigest()[:32] if number else digest.hex()
