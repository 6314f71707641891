"""What suites declare of themselves against what their cases show: declaring more than there is hides something.

Counting rules differ between runners, so several are accepted: own cases or those of nested suites too, with skipped
cases or without, each rerun as a test of its own (Surefire). What none of them explains is a problem.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reports.read.junit_values import count
from reports.read.problem import Effect
from reports.read.words import counted

_SKIP_ATTRIBUTES = ("skipped", "skips", "skip", "disabled", "ignored")


#: pytest 9 counts each subtest and writes only the test around them: a case that was lost would look the same.
_PYTEST = ", or they are subtests, which pytest counts and does not list (docs/junit.md has a hook that mends it)"


class Totals(NamedTuple):
    """Counted cases. `reruns`: runs beyond the first; `marks`: failure and error elements of every run."""

    tests: int = 0
    failures: int = 0
    errors: int = 0
    skipped: int = 0
    flaky: int = 0
    reruns: int = 0
    marks: int = 0

    @property
    def failing(self) -> int:
        """Cases that failed or could not be carried out."""
        return self.failures + self.errors

    def plus(self, other: "Totals") -> "Totals":
        """The sum."""
        return Totals(*(a + b for a, b in zip(self, other, strict=True)))

    def minus(self, other: "Totals") -> "Totals":
        """The difference."""
        return Totals(*(a - b for a, b in zip(self, other, strict=True)))


NOTHING = Totals()


def compare(attributes: Mapping[str, str], own: Totals, everything: Totals) -> Iterator[tuple[Effect, str]]:
    """Problems between a suite's attributes and its cases. `everything` includes the nested suites."""
    tests, failures, errors = (_declared(attributes, name) for name in ("tests", "failures", "errors"))
    skipped = max(_declared(attributes, name) or 0 for name in _SKIP_ATTRIBUTES)
    hidden_skips = max(0, skipped - everything.skipped)
    unlisted = max(0, (tests or 0) - everything.tests - everything.reruns)
    if tests is not None:
        yield from _tests(tests, hidden_skips, own, everything, by_pytest=attributes.get("name") == "pytest")
    if hidden_skips > unlisted:
        yield (
            Effect.INCONCLUSIVE,
            f"declares {skipped:,} skipped, its cases show {everything.skipped:,}: what looks passed may not have run",
        )
    if failures is not None or errors is not None:
        yield from _failing(failures or 0, errors or 0, own, everything)


def _tests(
    tests: int, hidden_skips: int, own: Totals, everything: Totals, *, by_pytest: bool
) -> Iterator[tuple[Effect, str]]:
    found = everything.tests
    said = f"declares {counted(tests, 'test')}, holds {found:,}"
    if tests > found + everything.reruns:
        if hidden_skips >= tests - found:
            yield Effect.NOTE, f"{said}: the others are the skipped ones"
        else:
            yield Effect.INCONCLUSIVE, f"{said}: the evidence of the others is missing{_PYTEST if by_pytest else ''}"
    elif tests < found and tests not in (own.tests, found - everything.skipped, own.tests - own.skipped):
        yield Effect.NOTE, f"{said}: all of them count"


def _failing(failures: int, errors: int, own: Totals, everything: Totals) -> Iterator[tuple[Effect, str]]:
    declared, found = failures + errors, everything.failing
    said = f"declares {counted(failures, 'failure')} and {counted(errors, 'error')}, its cases show {found:,}"
    if declared > found:
        if declared > everything.marks:
            yield Effect.FAIL, f"{said}: what failed outside of a case counts as failed"
        elif not found:
            yield Effect.NOTE, f"{said}: the declared ones are runs that passed when repeated"
    elif declared < found and declared != own.failing:
        yield Effect.NOTE, f"{said}: all of them count"


def _declared(attributes: Mapping[str, str], name: str) -> int | None:
    text = attributes.get(name, "")
    return count(text) if text else None
