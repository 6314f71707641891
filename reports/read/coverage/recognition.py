"""How each coverage format is told from the beginning of a file, and the formats that are refused by name."""

import re
from collections.abc import Callable

from reports.read.foreign import as_text
from reports.read.json_shape import Shape
from reports.read.sniff import Head

_COVERAGE_TAG = re.compile(r"<(?:[\w.-]+:)?coverage\b([^>]*)>\s*(?:<!--.*?-->\s*)*(?:<([\w.:-]+))?", re.DOTALL)
_REPORT_TAG = re.compile(r"<report\b[^>]*>\s*(?:<!--.*?-->\s*)*(?:<(\w+))?", re.DOTALL)
_LCOV = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:TN:|SF:|VER:)")
_GO = re.compile(r"\s*mode:[ \t]*\w*[ \t]*(?:\r?\n|\Z)")
_JACOCO_CHILDREN = frozenset({"sessioninfo", "group", "package", "counter"})


def text_of(head: Head) -> str:
    """The beginning of the file as text, without a byte order mark."""
    return as_text(head.start).lstrip("\ufeff")


def _coverage_tag(head: Head) -> tuple[str, str] | None:
    """Attributes of the root `<coverage>`, and the name of its first child."""
    if head.root != "coverage":
        return None
    match = _COVERAGE_TAG.search(text_of(head))
    return (match[1], (match[2] or "").lower()) if match else ("", "")


def is_clover(head: Head) -> bool:
    """`<coverage clover=...>`, or with a `<project>` in it."""
    tag = _coverage_tag(head)
    return tag is not None and (" clover=" in f" {tag[0]}" or tag[1] in ("project", "testproject"))


def is_sonar(head: Head) -> bool:
    """SonarQube's generic format: `<coverage version="1"><file path=...>`."""
    tag = _coverage_tag(head)
    return tag is not None and tag[1] == "file" and not is_clover(head)


def is_cobertura(head: Head) -> bool:
    """Any other `<coverage>`."""
    return head.root == "coverage" and not is_clover(head) and not is_sonar(head)


def is_jacoco(head: Head) -> bool:
    """`<report>` with JaCoCo's DTD, or with its elements."""
    if head.root != "report":
        return False
    text = text_of(head)
    match = _REPORT_TAG.search(text)
    return "JACOCO" in text[:2000] or bool(match and (match[1] or "").lower() in _JACOCO_CHILDREN)


def is_lcov(head: Head) -> bool:
    """The first record is TN:, SF: or VER:."""
    return bool(_LCOV.match(text_of(head)))


def is_go(head: Head) -> bool:
    """The first line is `mode: ...`."""
    return bool(_GO.match(text_of(head)))


def is_coveragepy(head: Head) -> bool:
    """coverage.py's JSON: `meta`, `files` and `totals`, in any order."""
    shape = _shape(head)
    if shape.any("meta.simplecov_version", "meta.schema_version"):
        return False
    if shape.any("meta.branch_coverage", "totals.percent_covered"):
        return True
    return shape.has("files") and any(path.endswith(".executed_lines") for path in shape.paths)


def is_istanbul_summary(head: Head) -> bool:
    """istanbul's json-summary: `total.lines.pct`."""
    shape = _shape(head)
    if shape.has("total.lines.total", "total.lines.covered") and not shape.has("total.lines.percent"):
        return True
    return any(path.endswith(".lines.pct") for path in shape.paths)


def is_istanbul(head: Head) -> bool:
    """istanbul's json: files with a `statementMap`."""
    return any(path.endswith((".statementMap", ".data.statementMap")) for path in _shape(head).paths)


def foreign(head: Head) -> str:
    """The message for a coverage format that is not read; empty for everything else."""
    if is_sonar(head):
        return _refusal("SonarQube's generic coverage", "have the tool behind it write Cobertura or LCOV")
    if known := _FOREIGN_ROOTS.get(head.root):
        name, advice, sign = known
        return _refusal(name, advice) if sign in text_of(head) else ""
    shape = _shape(head)
    for name, advice, recognises in _FOREIGN_JSON:
        if recognises(shape):
            return _refusal(name, advice)
    text = text_of(head)
    for pattern, name, advice in _FOREIGN_TEXTS:
        if pattern.search(text):
            return _refusal(name, advice)
    return ""


def _refusal(name: str, advice: str) -> str:
    return f"this is {name}, which Tidegate does not read: {advice}"


def _shape(head: Head) -> Shape:
    return head.json or Shape("nothing")


#: Root element -> what it is, the next step, and what else has to be in it.
_FOREIGN_ROOTS = {
    "coveragesession": ("an OpenCover report", "convert it with `reportgenerator -reporttypes:Cobertura`", ""),
    "coveragedspriv": ("a Visual Studio coverage report", "convert it with `dotnet-coverage merge -f cobertura`", ""),
    "root": ("a dotCover report", "convert it with `reportgenerator -reporttypes:Cobertura`", "CoveredStatements"),
    "results": (
        "a dynamic code coverage report (Microsoft)",
        "write Cobertura: `dotnet test --collect 'Code Coverage;Format=cobertura'`",
        "block_coverage",
    ),
}
_FOREIGN_JSON: tuple[tuple[str, str, Callable[[Shape], bool]], ...] = (
    (
        "SimpleCov's JSON",
        "add simplecov-cobertura or simplecov-lcov to the formatters",
        lambda shape: (
            shape.any("meta.simplecov_version", "result.covered_percent", "result.line", "metrics.covered_percent")
            or any(path.endswith(".coverage") and path.count(".") == 1 for path in shape.paths)
            or any(re.fullmatch(r"[^.]+\.coverage\..*", path) for path in shape.paths)
        ),
    ),
    ("gcovr's JSON", "run `gcovr --cobertura`", lambda shape: shape.any("gcovr/format_version")),
    (
        "llvm-cov's JSON",
        "run `llvm-cov export -format=lcov`",
        lambda shape: shape.has("data") and shape.any("data[].totals", "data[].functions"),
    ),
    (
        "V8's raw coverage",
        "run `c8 report --reporter=lcov`",
        lambda shape: shape.any("result[].scriptId", "result[].functions"),
    ),
    ("gcov's JSON", "run `gcovr --cobertura`", lambda shape: shape.has("gcc_version")),
    (
        "Xcode's coverage JSON",
        "convert it with `xcresultparser -o cobertura`",
        lambda shape: shape.any("targets[].lineCoverage", "coveredLines"),
    ),
    ("a Coveralls request", "write Cobertura or LCOV", lambda shape: shape.any("source_files[].source_digest")),
)
_FOREIGN_TEXTS = (
    (
        re.compile(r"^Name +Stmts +Miss\b", re.MULTILINE),
        "coverage.py's table for people",
        "run `coverage xml`, `coverage json` or `coverage lcov`, or pytest with --cov-report=xml",
    ),
    (re.compile(r"\A!coverage\.py:"), "coverage.py's data file", "run `coverage xml` or `coverage json`"),
    (re.compile(r"\A\x01\xc0\xc0"), "JaCoCo's execution data", "have the build write JaCoCo's XML report"),
    (re.compile(r"^ +-: +0:Source:", re.MULTILINE), "gcov's listing", "run `gcovr --cobertura` or `lcov --capture`"),
    (re.compile(r"\A(?:oncg|adcg|gcno|gcda)"), "gcov's data", "run `gcovr --cobertura` or `lcov --capture`"),
    (
        re.compile(r"\A(?:\x81rforpl\xff|\xff\x6clprofr\x81)"),
        "LLVM's raw profile",
        "run `llvm-cov export -format=lcov`",
    ),
    (
        re.compile(r"^File +\| +% Stmts \|", re.MULTILINE),
        "istanbul's table for people",
        "add `lcov` or `cobertura` to the reporters",
    ),
)
