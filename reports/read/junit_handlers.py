"""What happens at the tags of a JUnit file that are not plain passed cases: suites, outcomes, properties, output."""

from collections.abc import Callable
from pyexpat import XMLParserType

from reports.case import Case, Outcome
from reports.read.errors import ReportError
from reports.read.excerpt import Excerpt
from reports.read.foreign import refuse_root
from reports.read.junit_case import (
    FLAKY_ELEMENTS,
    RERUN_ELEMENTS,
    SKIP_ELEMENTS,
    CaseContent,
    build_case,
    stated_outcome,
)
from reports.read.junit_file import SuiteCount
from reports.read.junit_loop import inner_loop
from reports.read.junit_suites import Suites
from reports.read.junit_totals import Totals
from reports.read.junit_values import duration
from reports.read.problem import Effect, ProblemList
from reports.read.words import counted

#: Real reports nest three or four deep; what goes deeper than this is an attack or a defect.
DEEPEST = 200

_SUITES = frozenset({"testsuites", "testsuite"})
_OUTCOMES = SKIP_ELEMENTS | RERUN_ELEMENTS | FLAKY_ELEMENTS | {"failure", "error"}
_OUTPUTS = frozenset({"system-out", "system-err", "systemout", "systemerr", "output"})
_HARMLESS = _OUTPUTS | {"properties", "property", "name", "classname", "package", "attachments", "attachment"}
_ALARMING = ("fail", "err", "abort", "crash", "broken", "timeout", "exception", "killed")
_LONGEST_PROPERTY = 1 << 20


class JunitHandlers:
    """Counts and checks while expat reads; the `Slow` path of the inner loop.

    `only`: cases with the names in these identities are handed over though nothing is notable; None: every case.
    """

    def __init__(
        self,
        parser: XMLParserType,
        path: str,
        on_case: Callable[[Case], None] | None,
        only: frozenset[str] | None,
        on_suite: Callable[[SuiteCount], None] | None,
    ) -> None:
        self._parser, self._path, self._on_case = parser, path, on_case
        self._every = on_case is not None and only is None
        # A wanted `a::b::c` may be class `a` and name `b::c`, or class `a::b` and name `c`.
        self._names = frozenset(name for wanted in only or () for name in _endings(wanted))
        self._loop = inner_loop(self, self._names, every=self._every, digesting=on_suite is not None)
        self.problems = ProblemList()
        self.suites = Suites(self.problems, on_suite)
        self._failures = self._errors = self._skipped = self._flaky = self._reruns = self._marks = 0
        self._content: CaseContent | None = None
        self._depth = 0
        self._capture: Excerpt | None = None
        self._capture_depth = 0
        self._property = ""
        self._strange: set[str] = set()
        self._text_only = False
        parser.ordered_attributes = True
        parser.StartElementHandler = self._root
        parser.EndElementHandler = self._loop.end

    def totals(self, tests: int) -> Totals:
        """What has been counted so far; the cases are counted by the loop."""
        return Totals(tests, self._failures, self._errors, self._skipped, self._flaky, self._reruns, self._marks)

    def finish(self) -> tuple[Totals, int]:
        """The file ended well: its totals, and how many cases repeat an earlier one.

        Raises ReportError where it holds nothing but text.
        """
        if self._text_only:
            raise ReportError(self._path, 0, "the root element holds text and no suites: this is no JUnit report")
        self.suites.finish()
        totals = self.totals(self._loop.exchange(0, False).tests)
        if not totals.tests:
            self.problems.add(Effect.NOTE, "the file holds no test case")
        doubles = self._loop.repeated()
        if doubles:
            stands = "; a failure stands, whatever the other runs say" if totals.failing else ""
            self.problems.add(
                Effect.NOTE,
                f"{counted(doubles, 'case')} with the class and name of an earlier one; each counts{stands}",
            )
        return totals, doubles

    def _root(self, tag: str, attributes: list[str]) -> None:
        if _local(tag) not in _SUITES and _local(tag) != "testcase":
            raise ReportError(self._path, self._parser.CurrentLineNumber, refuse_root(tag))
        self._parser.StartElementHandler = self._second
        self._parser.CharacterDataHandler = self._stray
        self._loop.start(tag, attributes)

    def _second(self, tag: str, attributes: list[str]) -> None:
        self._text_only = False
        self._parser.CharacterDataHandler = None
        self._parser.StartElementHandler = self._loop.start
        self._loop.start(tag, attributes)

    def _stray(self, text: str) -> None:
        self._text_only = self._text_only or bool(text.strip())

    def begin_outside(self, tag: str, attributes: dict[str, str]) -> bool:
        """A tag outside of cases; True where it is a case after all (`<ns:testcase>`)."""
        local = _local(tag)
        if local == "testcase":
            return True
        self._depth += 1
        self._check_depth(0)
        if local in _SUITES:
            # The cases so far stand in the suite around this one; its digest waits until this one has ended.
            before = self._loop.exchange(0, True)
            self.suites.add_seconds(before.seconds)
            line = self._parser.CurrentLineNumber
            self.suites.begin(local, attributes, line, self.totals(before.tests), before.digest)
            self._loop.exchange(0, self.suites.untimed)
        elif local == "property":
            self._begin_property(attributes)
        elif local in ("failure", "error"):
            self.suites.failed_outside(local, attributes, self._parser.CurrentLineNumber)
        elif local not in _HARMLESS:
            self._note_strange(tag, "a suite")
        return False

    def end_outside(self, tag: str) -> None:
        """The end of a tag outside of cases."""
        if self._capture is not None and self._depth == self._capture_depth:
            self._end_capture()
        if _local(tag) in _SUITES:
            ended = self._loop.exchange(0, True)
            outer = self.suites.end(self.totals(ended.tests), ended.digest, ended.seconds)
            self._loop.exchange(outer, self.suites.untimed)
        self._depth -= 1

    def begin_within(self, tag: str, attributes: dict[str, str], depth: int) -> None:
        """A tag inside of a case."""
        self._check_depth(depth)
        content = self._content
        if content is None:
            content = self._content = CaseContent(self._parser.CurrentLineNumber)
        local = _local(tag)
        if local in _OUTCOMES:
            content.saw(local, attributes)
            self._begin_capture(content.texts, depth)
        elif local == "property":
            self._begin_property(attributes, depth)
        elif local in _OUTPUTS:
            if content.failing:
                self._begin_capture(content.output, depth)
        elif local == "testcase":
            self.problems.add(Effect.INCONCLUSIVE, "a test case inside a test case was not counted", content.line)
        elif depth == 1 and local not in _HARMLESS:
            self._note_strange(tag, "a test case")

    def end_within(self, depth: int) -> None:
        """The end of a tag inside of a case."""
        if self._capture is not None and self._depth + depth == self._capture_depth:
            self._end_capture()

    def end_case(self, attributes: dict[str, str]) -> str:
        """The end of a case that is not plain. Returns its outcome."""
        content, self._content = self._content, None
        name = attributes.get("name", "")
        if not name:
            self.problems.add(Effect.NOTE, "a test case has no name", self._parser.CurrentLineNumber)
        outcome, stated = stated_outcome(attributes)
        if content is not None:
            outcome, stated = self._combined(content, outcome, stated, name)
        self._count(outcome, content)
        if self._on_case is not None and (self._every or self._notable(name, outcome, content)):
            self._on_case(
                build_case(
                    attributes,
                    outcome,
                    content=content,
                    stated=stated,
                    suite=self.suites.path,
                    report=self._path,
                    line=self._parser.CurrentLineNumber,
                )
            )
        return outcome.value

    def seconds(self, time: str) -> float:
        """A case's time, 0.0 where it is no duration."""
        value = duration(time)
        if value is None:
            self.suites.bad_time()
            return 0.0
        return value

    def _combined(self, content: CaseContent, outcome: Outcome, stated: str, name: str) -> tuple[Outcome, str]:
        if content.lost_properties:
            self.problems.add(
                Effect.INCONCLUSIVE, f"case {name!r} has more of Tidegate's properties than are read", content.line
            )
        if outcome is Outcome.SKIPPED and content.failing:
            self.problems.add(
                Effect.INCONCLUSIVE, f"case {name!r} says {stated} and holds a failure: which is it?", content.line
            )
            return Outcome.SKIPPED, stated
        if content.failing or content.skips:
            return content.outcome, ""
        return outcome, stated

    def _count(self, outcome: Outcome, content: CaseContent | None) -> None:
        self._failures += outcome is Outcome.FAILED
        self._errors += outcome is Outcome.ERROR
        self._skipped += outcome is Outcome.SKIPPED
        if content is not None:
            self._flaky += content.flakies > 0 and outcome is Outcome.PASSED
            self._reruns += content.attempts - 1
            self._marks += content.marks

    def _notable(self, name: str, outcome: Outcome, content: CaseContent | None) -> bool:
        told = content is not None and (content.flakies or content.own)
        return bool(told) or outcome in (Outcome.FAILED, Outcome.ERROR) or name in self._names

    def _begin_property(self, attributes: dict[str, str], depth: int = 0) -> None:
        name = attributes.get("name", "")
        if "value" in attributes:
            self._add_property(name, attributes["value"])
        else:
            self._property = name
            self._begin_capture(Excerpt(_LONGEST_PROPERTY, 0), depth)

    def _add_property(self, name: str, value: str) -> None:
        if self._content is not None:
            self._content.add_property(name, value)
        else:
            self.suites.add_property(name, value, self._parser.CurrentLineNumber)

    def _begin_capture(self, into: Excerpt, depth: int) -> None:
        self._capture, self._capture_depth = into, self._depth + depth
        self._parser.CharacterDataHandler = into.add

    def _end_capture(self) -> None:
        self._parser.CharacterDataHandler = None
        if self._property and self._capture is not None:
            self._add_property(self._property, self._capture.text())
        self._capture, self._property = None, ""

    def _note_strange(self, tag: str, where: str) -> None:
        alarming = any(word in tag.lower() for word in _ALARMING)
        if tag in self._strange or (len(self._strange) >= ProblemList.KEPT and not alarming):
            return
        if len(self._strange) < ProblemList.KEPT:
            self._strange.add(tag)
        self.problems.add(
            Effect.INCONCLUSIVE if alarming else Effect.NOTE,
            f"unknown element <{tag[:100]}> in {where}" + (": it may say that something failed" if alarming else ""),
            self._parser.CurrentLineNumber,
        )

    def _check_depth(self, inside: int) -> None:
        if self._depth + inside > DEEPEST:
            line = self._parser.CurrentLineNumber
            raise ReportError(self._path, line, f"elements are nested deeper than {DEEPEST}: this is no test report")


def _local(tag: str) -> str:
    return tag.rpartition(":")[2].lower()


def _endings(identity: str) -> list[str]:
    parts = identity.split("::")
    return ["::".join(parts[start:]) for start in range(len(parts))]
