"""Reads results of axe-core (version 3 and 4): what `axe.run()` returns for a page, or a list of such for several.

Format: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#results-object
"""

import heapq
from collections.abc import Iterator
from pathlib import Path

from reports.page_quality import KEPT, Accessibility, Impact, Page, Violation
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import mapping, sequence, shown, text, when
from reports.read.words import counted

_ORDER = {impact: number for number, impact in enumerate(Impact)}
_LISTS = ("violations", "passes", "incomplete", "inapplicable")
#: What Chromium and Firefox show in place of a page that they could not load.
_NO_PAGES = ("chrome-error:", "about:neterror", "about:certerror")


def is_axe(shape: Shape) -> bool:
    """Whether a file is a result of axe, by its keys."""
    return any(
        shape.has(f"{item}violations") and shape.any(f"{item}testEngine", f"{item}passes", f"{item}inapplicable")
        for item in ("", "[].")
    )


class _Found:
    """Takes results of any number of pages; keeps the worst violations."""

    def __init__(self) -> None:
        self.problems = ProblemList()
        self.pages: list[Page] = []
        self.by_impact: dict[Impact, int] = {}
        self.version = ""
        self._worst: list[tuple[int, int, Violation]] = []
        self._count = 0

    def add(self, violation: Violation) -> None:
        """Take the next violation."""
        self._count += 1
        self.by_impact[violation.impact] = self.by_impact.get(violation.impact, 0) + 1
        keep = heapq.heappush if len(self._worst) < KEPT else heapq.heappushpop
        keep(self._worst, (_ORDER[violation.impact], -self._count, violation))

    def worst(self) -> tuple[Violation, ...]:
        """The violations that hinder most first."""
        return tuple(violation for _, _, violation in sorted(self._worst, reverse=True))


def read_axe(path: Path) -> Accessibility:
    """Read results of axe. Raises ReportError.

    A rule that axe could not decide (`incomplete`) is no violation; it is noted, as people have to look at it.
    """
    found = _Found()
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        for result in _results(stream):
            _page(stream, result, found)
        stream.finish()
    if not found.pages:
        found.problems.add(Effect.INCONCLUSIVE, "there is no page in the list of results")
    return Accessibility(
        found.version,
        tuple(found.pages),
        {impact: found.by_impact[impact] for impact in Impact if impact in found.by_impact},
        found.worst(),
        stream.sha256,
        found.problems.all(str(path)),
    )


def _results(stream: JsonStream) -> Iterator[dict[str, object]]:
    if stream.kind == "a list":
        yield from stream.records("the list of results")
    else:
        yield stream.record("the result")


def _page(stream: JsonStream, result: dict[str, object], found: _Found) -> None:
    url = text(result.get("url"))
    named = url or f"page {len(found.pages) + 1}"
    if "violations" not in result:
        stream.fail(f"{named} has no list of `violations`: axe did not finish there ({_error(result)})")
    lists = {name: _list(stream, result, name, named) for name in _LISTS}
    for one in lists["violations"]:
        found.add(_violation(stream, one, url))
    page = Page(
        url,
        len(lists["violations"]),
        len(lists["passes"]),
        len(lists["inapplicable"]),
        len(lists["incomplete"]),
        when(result.get("timestamp")),
        _tags(result),
    )
    found.pages.append(page)
    version = text(mapping(result.get("testEngine")).get("version"))
    found.version = found.version or version
    add = found.problems.add
    if version != found.version:
        add(
            Effect.NOTE, f"{named} was looked at by axe {version or 'of an unknown version'}, others by {found.version}"
        )
    if not page.violations and not page.passes:
        # Rules that do not apply to a blank page prove nothing either.
        add(Effect.INCONCLUSIVE, f"axe came to a result for no rule on {named}")
    if url.lower().startswith(_NO_PAGES):
        add(Effect.INCONCLUSIVE, f"the browser showed {url} in place of the page")
    broken = [text(one.get("id")) for one in lists["incomplete"] if _broke(one)]
    if broken:
        add(Effect.INCONCLUSIVE, f"rules of axe broke on {named}: {', '.join(broken[:10])}")
    if left := page.incomplete - len(broken):
        add(Effect.NOTE, f"axe could not decide {counted(left, 'rule')} on {named}: people have to look")
    if _only_rules(result):
        add(Effect.NOTE, f"only chosen rules were run on {named}")


def _list(stream: JsonStream, result: dict[str, object], name: str, page: str) -> list[dict[str, object]]:
    value = result.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        stream.fail(f"`{name}` of {page} is {shown(value)}, wanted a list of rules")
    return value


def _violation(stream: JsonStream, told: dict[str, object], page: str) -> Violation:
    rule = text(told.get("id"))
    if not rule:
        stream.fail("a violation has no `id`")
    word = told.get("impact")
    try:
        impact = Impact(word)
    except ValueError:  # null, and whatever a later version may say
        impact = Impact.UNKNOWN
    return Violation(
        rule,
        impact,
        text(told.get("help")) or text(told.get("description")) or rule,
        page,
        len(sequence(told.get("nodes"))),
        frozenset(text(tag) for tag in sequence(told.get("tags"))),
        text(told.get("helpUrl")),
    )


def _broke(rule: dict[str, object]) -> bool:
    """Whether a rule is undecided because axe itself failed in it."""
    if rule.get("error"):
        return True
    checks = (
        check
        for node in map(mapping, sequence(rule.get("nodes")))
        for group in ("any", "all", "none")
        for check in map(mapping, sequence(node.get(group)))
    )
    return any(check.get("id") == "error-occurred" for check in checks)


def _only(result: dict[str, object]) -> tuple[str, list[object]]:
    """`runOnly`: its type and values. A bare list holds tags, or rules; axe tells them apart by what it knows."""
    only = mapping(result.get("toolOptions")).get("runOnly")
    if isinstance(only, dict):
        return text(only.get("type")), sequence(only.get("values") or only.get("value"))
    return ("", []) if not only else ("tag", sequence(only) or [only])


def _tags(result: dict[str, object]) -> frozenset[str] | None:
    kind, values = _only(result)
    return frozenset(map(text, values)) if kind in ("tag", "tags") else None


def _only_rules(result: dict[str, object]) -> bool:
    return _only(result)[0] in ("rule", "rules")


def _error(result: dict[str, object]) -> str:
    return text(result.get("error")) or text(result.get("message")) or "it does not say why"
