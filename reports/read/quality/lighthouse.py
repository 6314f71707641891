"""Reads a Lighthouse result (LHR, Lighthouse 6 to 13), bare or inside an answer of the PageSpeed Insights API (v5).

Format: https://github.com/GoogleChrome/lighthouse/blob/main/docs/understanding-results.md
"""

import re
from pathlib import Path

from reports.page_quality import Lighthouse
from reports.read.json_shape import Shape
from reports.read.json_stream import JsonStream
from reports.read.opening import open_report
from reports.read.problem import Effect, ProblemList
from reports.read.quality.fields import mapping, sequence, shown, text, when

_KNOWN = range(6, 14)
_VERSION = re.compile(r"(\d{1,4})\.\d+")
_WANTED = frozenset(
    {
        *("lighthouseVersion", "requestedUrl", "finalUrl", "finalDisplayedUrl", "fetchTime", "categories"),
        *("runtimeError", "runWarnings", "gatherMode"),
    }
)
#: Kept of warnings, which Lighthouse makes as many of as it likes.
_WARNINGS = 20


def is_lighthouse(shape: Shape) -> bool:
    """Whether a file is a result of Lighthouse, by its keys."""
    return shape.any("lighthouseVersion", "lighthouseResult.lighthouseVersion", "lighthouseResult")


def read_lighthouse(path: Path) -> Lighthouse:
    """Read a result. Raises ReportError; for a version that is not known, too: its scores may mean something else."""
    problems = ProblemList()
    with open_report(path) as file:
        stream = JsonStream(file, str(path))
        told = _members(stream, "the report")
        version = _version(stream, told)
        failed = _failure(told)
        scores = {text(name): _score(stream, text(name), one) for name, one in _categories(stream, told).items()}
        stream.finish()
    requested = text(told.get("requestedUrl"))
    final = text(told.get("finalDisplayedUrl")) or text(told.get("finalUrl"))
    if final.startswith("chrome-error:"):
        failed = failed or f"the browser showed {final} in place of the page"
    if failed:
        problems.add(Effect.INCONCLUSIVE, f"Lighthouse could not look at the page: {failed}")
        scores = dict.fromkeys(scores)
    if not scores:
        problems.add(Effect.INCONCLUSIVE, "there are no categories: Lighthouse scored nothing")
    for name, score in scores.items():
        if score is None and not failed:
            problems.add(Effect.INCONCLUSIVE, f"the category {name} has no score: an audit of it broke")
    if not failed and requested and final and _page(requested) != _page(final):
        problems.add(Effect.NOTE, f"{requested} led to {final}, which was scored")
    if (mode := text(told.get("gatherMode")) or "navigation") != "navigation":
        problems.add(Effect.NOTE, f"the mode is {mode}: its scores can't be compared with those of a navigation")
    for warning in sequence(told.get("runWarnings"))[:_WARNINGS]:
        problems.add(Effect.NOTE, f"Lighthouse warns: {text(warning)}")
    return Lighthouse(
        version, requested, final, scores, when(told.get("fetchTime")), stream.sha256, problems.all(str(path))
    )


def _members(stream: JsonStream, what: str) -> dict[str, object]:
    """What is needed of the result; the audits, with their screenshots, are stepped over."""
    told: dict[str, object] = {}
    for key in stream.members(what):
        if key == "lighthouseResult":
            told |= _members(stream, "`lighthouseResult`")
        elif key in _WANTED:
            told[key] = stream.value()
    return told


def _version(stream: JsonStream, told: dict[str, object]) -> str:
    version = text(told.get("lighthouseVersion"))
    major = _VERSION.match(version)
    if major is None:
        stream.fail(f"`lighthouseVersion` is {shown(told.get('lighthouseVersion'))}, wanted a version like 12.2.1")
    if int(major[1]) not in _KNOWN:
        known = f"{_KNOWN[0]} to {_KNOWN[-1]}"
        stream.fail(
            f"this is a result of Lighthouse {version}; results of {known} are read, as others score differently"
        )
    return version


def _failure(told: dict[str, object]) -> str:
    """Why Lighthouse could not look at the page; empty where it could."""
    error = told.get("runtimeError")
    if error is None:
        return ""
    code = text(mapping(error).get("code"))
    # Until version 5 success was written so; some tools around Lighthouse still do.
    if code == "NO_ERROR":
        return ""
    return ": ".join(filter(None, (code or "unknown error", text(mapping(error).get("message")))))


def _categories(stream: JsonStream, told: dict[str, object]) -> dict[str, object]:
    categories = told.get("categories")
    # Only a run that failed may have none.
    if not isinstance(categories, dict) and not (categories is None and told.get("runtimeError") is not None):
        stream.fail(f"`categories` is {shown(categories)}, wanted an object of categories with their scores")
    return mapping(categories)


def _score(stream: JsonStream, name: str, category: object) -> float | None:
    if not isinstance(category, dict) or "score" not in category:
        stream.fail(f"the category {name} has no `score`")
    score = category["score"]
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        stream.fail(f"the score of {name} is {shown(score)}, wanted a number between 0 and 1")
    return float(score)


def _page(url: str) -> str:
    """What of a URL names the page."""
    return url.partition("#")[0].rstrip("/")
