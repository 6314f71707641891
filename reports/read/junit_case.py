"""A test case that holds more than its attributes: outcome elements, reruns, properties, output."""

from collections.abc import Mapping

from checks.secrets import mask
from reports.case import Case, Outcome
from reports.read.excerpt import Excerpt
from reports.read.junit_values import duration

#: Attributes that say something about the outcome. A case without any of them, and without elements, passed.
OUTCOME_ATTRIBUTES = frozenset({"status", "result", "disabled", "skipped", "ignored", "executed", "run"})
SKIP_ELEMENTS = frozenset({"skipped", "skip", "ignored", "disabled"})
RERUN_ELEMENTS = frozenset({"rerunfailure", "rerunerror"})
FLAKY_ELEMENTS = frozenset({"flakyfailure", "flakyerror"})

# "inconclusive" is NUnit's word for a test that ended without an outcome, "notrunnable" for one that could not start.
_SKIP_WORDS = frozenset(
    "disabled skipped skip notrun notexecuted ignored pending suppressed todo inconclusive".split()  # noqa: SIM905 - words
)
_FAIL_WORDS = frozenset(
    "failed fail failure error errored broken aborted crashed timeout timedout killed notrunnable".split()  # noqa: SIM905 - words
)
_BLANKS = str.maketrans("", "", " _-")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})

#: Tidegate's own properties are evidence and are kept whole; of others, this much.
OWN_PREFIX = "tidegate."
_PROPERTIES_KEPT = 100
_OWN_PROPERTIES_KEPT = 10_000
_LONGEST_VALUE = 2_000
_LONGEST_MESSAGE = 500


def stated_outcome(attributes: Mapping[str, str]) -> tuple[Outcome, str]:
    """What the attributes alone say of a case, and the attribute that says it (`status="disabled"`).

    googletest writes `status="notrun"` and `result="skipped"`, others `disabled="true"` or `executed="false"`. A word
    that says nothing bad, or that nobody knows, leaves the case as its elements show it.
    """
    for key in ("status", "result"):
        word = attributes.get(key, "").lower().translate(_BLANKS)
        if word in _FAIL_WORDS:
            return Outcome.FAILED, f'{key}="{attributes[key]}"'
        if word in _SKIP_WORDS:
            return Outcome.SKIPPED, f'{key}="{attributes[key]}"'
    for key in ("disabled", "skipped", "ignored"):
        if attributes.get(key, "").lower() in _TRUE:
            return Outcome.SKIPPED, f'{key}="{attributes[key]}"'
    for key in ("executed", "run"):
        if attributes.get(key, "").lower() in _FALSE:
            return Outcome.SKIPPED, f'{key}="{attributes[key]}"'
    return Outcome.PASSED, ""


class CaseContent:
    """What has been seen inside an open test case."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.failures = self.errors = self.skips = self.reruns = self.flakies = 0
        self.message = ""
        self._weight = 0
        self.texts = Excerpt(4_000, 4_000)
        self.output = Excerpt(0, 2_000)
        self.properties: list[tuple[str, str]] = []
        self.own = 0
        self.lost_properties = 0

    @property
    def failing(self) -> bool:
        """Whether an element says so. A rerun that failed, in a case without a word of success, is a failure."""
        return bool(self.failures or self.errors or self.reruns)

    @property
    def marks(self) -> int:
        """Failure and error elements of every run."""
        return self.failures + self.errors + self.reruns + self.flakies

    @property
    def outcome(self) -> Outcome:
        """The worst that its elements say. A failure outweighs an error, both outweigh a skip."""
        if self.failures or (self.reruns and not self.errors):
            return Outcome.FAILED
        if self.errors:
            return Outcome.ERROR
        return Outcome.SKIPPED if self.skips else Outcome.PASSED

    @property
    def attempts(self) -> int:
        """How often the case ran, as its elements show it."""
        return 1 + self.reruns + self.flakies

    def saw(self, element: str, attributes: Mapping[str, str]) -> None:
        """An outcome element began. The first of the weightiest gives the message."""
        weight = 3
        if element == "failure":
            self.failures += 1
        elif element == "error":
            self.errors += 1
        elif element in RERUN_ELEMENTS:
            self.reruns += 1
        elif element in FLAKY_ELEMENTS:
            self.flakies += 1
            weight = 2
        else:
            self.skips += 1
            weight = 1
        if weight > self._weight:
            self._weight = weight
            self.message = attributes.get("message", "") or attributes.get("type", "")
        if not self.texts.empty:
            self.texts.add("\n")

    def add_property(self, name: str, value: str) -> None:
        """Keep a property; an own one that has to be dropped is counted, because it was evidence."""
        if name.startswith(OWN_PREFIX):
            if self.own >= _OWN_PROPERTIES_KEPT:
                self.lost_properties += 1
                return
            self.own += 1
            self.properties.append((name, value))
        elif len(self.properties) - self.own < _PROPERTIES_KEPT:
            self.properties.append((name[:_LONGEST_VALUE], value[:_LONGEST_VALUE]))


def build_case(
    attributes: Mapping[str, str],
    outcome: Outcome,
    *,
    content: CaseContent | None,
    stated: str,
    suite: tuple[str, ...],
    report: str,
    line: int,
) -> Case:
    """The Case for a callback. `stated`: the attribute that decided the outcome, if one did. Texts are masked."""
    seconds = duration(attributes.get("time") or attributes.get("duration") or "")
    name, classname = attributes.get("name", ""), attributes.get("classname") or attributes.get("class") or ""
    file = attributes.get("file", "")
    if content is None:
        return Case(name, classname, outcome, suite, file, seconds, message=stated, report=report, line=line)
    details = content.texts.text()
    if not content.output.empty:
        details += f"\n--- output ---\n{content.output.text()}"
    return Case(
        name=name,
        classname=classname,
        outcome=outcome,
        suite=suite,
        file=file,
        duration=seconds,
        message=_one_line(content.message or stated) or _one_line(details),
        details=mask(details),
        properties=tuple(content.properties),
        attempts=content.attempts,
        flaky=content.flakies > 0 and outcome is Outcome.PASSED,
        report=report,
        line=content.line,
    )


def _one_line(text: str) -> str:
    line = next((stripped for line in mask(text).splitlines() if (stripped := line.strip())), "")
    return f"{line[: _LONGEST_MESSAGE - 1]}…" if len(line) > _LONGEST_MESSAGE else line
