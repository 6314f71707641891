"""Collects what a reader finds in a report: findings with their fingerprints, totals, problems, what it is about."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
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
    code: bytes


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
        self._kept: list[_Draft] = []
        self._severities: Counter[Severity] = Counter()
        self._kinds: Counter[FindingKind] = Counter()
        self._suppressed = 0

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

    def mark(self) -> int:
        """How many are kept so far: for `place`."""
        return len(self._kept)

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
        if not word(identity):
            self.problems.add(Effect.INCONCLUSIVE, "a finding names no rule or vulnerability: the report is damaged")
        if len(self._kept) >= KEPT:
            return
        finding = Finding(
            id=word(identity),
            kind=kind,
            severity=severity,
            title=hidden(said(title)) if kind is FindingKind.SECRET else hidden(said(title), only_quoted=True),
            where="",
            package=word(package),
            installed=word(installed),
            fixed=word(fixed),
            link=word(link),
            tool=tool or self.tool,
            aliases=tuple(filter(None, map(word, aliases))),
            suppressed=said(suppressed),
        )
        code = b"" if kind is FindingKind.SECRET else _digest(" ".join(str(snippet).split()))
        self._kept.append(_Draft(finding, place, code))

    def place(self, since: int, target: str, stable: str) -> None:
        """Name the target of the findings since `mark` that have none, for formats that state it after them.

        `stable`: what of the target is the same in the next report.
        """
        for number, draft in enumerate(self._kept[since:], since):
            if not draft.place.target:
                place = Place(stable, draft.place.line, str(Place(target, draft.place.line)))
                self._kept[number] = replace(draft, place=place)

    def findings(self, path: str, sha256: str) -> Findings:
        """Everything, once the report was read to its end."""
        return Findings(
            path=path,
            sha256=sha256,
            tool=self.tool,
            tool_version=self.tool_version,
            format=self.format,
            findings=tuple(self._finished()),
            count=self.count,
            by_severity={each: self._severities[each] for each in reversed(Severity) if self._severities[each]},
            by_kind={each: self._kinds[each] for each in FindingKind if self._kinds[each]},
            suppressed=self._suppressed,
            stated=self.stated,
            created=self.created,
            subject=self.subject,
            problems=self.problems.all(path),
        )

    def _finished(self) -> Iterator[Finding]:
        """Each with its place and its fingerprint: tool, rule, path, package and code, never a line or a version.

        Equal ones are numbered in the order of the report, so that a second secret of the same rule in the same file
        is a new one.
        """
        seen: Counter[bytes] = Counter()
        for draft in self._kept:
            finding, target = draft.finding, draft.place.target
            parts = (finding.tool, finding.kind.value, finding.id, target, finding.package)
            digest = _digest("\0".join(parts), draft.code)
            number = seen[digest]
            seen[digest] += 1
            fingerprint = _digest(str(number), digest) if number else digest
            yield replace(finding, where=word(str(draft.place)), fingerprint=fingerprint.hex())


def _digest(text: str, more: bytes = b"") -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass") + b"\0" + more).digest()[:16]
