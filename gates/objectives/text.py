"""The text form of load objectives.

    p95 <= 500ms
    p99 of "GET /api/v1/stocks" <= 2s
    p95 of service time of quote over 10s for 3 windows <= 500ms with >= 100 samples
    error_ratio <= 1%        rps >= 200        achieved >= 99 %

`over`, `for` and `with` may also follow the limit. `parse(str(objective)) == objective` for every objective.
"""

import dataclasses
import json
import re
from typing import Final

from checks.units import parse_in
from gates.criteria import CriterionError
from gates.criteria import parse as parse_criterion
from gates.objectives.metric import Kind, Metric, metric
from gates.objectives.objective import Objective, Subject

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_LIMIT: Final = re.compile(rf"({_QUOTED})|(<=|>=|=<|=>|==|!=|[<>=~]|\b(?:between|one of)\s)")
_METRIC: Final = re.compile(r"[A-Za-z_][\w.]*")
_CLAUSE: Final = re.compile(
    rf"""\s*(?:
      of\s+(?P<time>service|response)\s+time(?!\S)
    | of\s+(?P<quoted>{_QUOTED})(?!\S)
    | of\s+(?P<name>\S+(?:\s+(?!(?:of|over|for|with)\s)\S+)*)
    | over\s+(?P<over>[0-9.]+\s*\w+)(?!\S)
    | for\s+(?P<windows>[0-9]+)\s+windows?(?!\S)
    )\s*""",
    re.VERBOSE,
)
_AFTER: Final = re.compile(r"\s+(?=(?:over|for|with)\s)")
_GRAMMAR: Final = "write METRIC [of REQUEST] [over 10s] [for 3 windows] LIMIT, as in 'p95 of quote <= 500ms'"
_MOST_WINDOWS: Final = 1000


def parse(text: str, *, abort: bool = False) -> Objective:
    """Read an objective. Raises ValueError, which says what is wrong and how it is written."""
    split = next((match.start() for match in _LIMIT.finditer(text) if match[2]), None)
    if split is None:
        parse_subject(text)  # a metric that is unknown is the more important news
        raise ValueError(f"{text!r} has no limit; {_GRAMMAR}")
    limit, *clauses = _AFTER.split(text[split:].strip())
    with_samples = [clause for clause in clauses if clause.startswith("with")]
    behind = " ".join(clause for clause in clauses if not clause.startswith("with"))
    subject = parse_subject(f"{text[:split].strip()} {behind}".strip())
    body = " ".join([_with_unit(limit, subject.metric), *with_samples])
    try:
        criterion = parse_criterion(body)
        subject.metric.refuse(criterion)
    except CriterionError as error:
        raise ValueError(f"the limit of {text!r} can't be read: {error}") from None
    if not with_samples:
        criterion = dataclasses.replace(criterion, min_samples=subject.metric.fewest(criterion))
    return Objective(subject, criterion, abort)


def parse_subject(text: str) -> Subject:
    """Read what stands before the limit. Raises ValueError."""
    text = text.strip()
    start = _METRIC.match(text)
    found = metric(start[0] if start else "")
    given: dict[str, str] = {}
    position = start.end() if start else 0
    while text[position:].strip():
        match = _CLAUSE.match(text, position)
        if match is None:
            raise ValueError(f"{text[position:].strip()!r} can't be read in {text!r}; {_GRAMMAR}")
        for key, value in match.groupdict().items():
            name = "of" if key in ("quoted", "name") else key
            if value is not None and given.setdefault(name, value) is not value:
                raise ValueError(f"{text!r} says `{_words(name)}` twice")
        position = match.end()
    if "time" in given and not found.latency:
        raise ValueError(f"{text!r}: {found.name} is no time; service time has p50, p95, p99, mean, max")
    over = _over(given["over"]) if "over" in given else 0
    windows = int(given["windows"]) if "windows" in given else 1
    if not 1 <= windows <= _MOST_WINDOWS:
        raise ValueError(f"{text!r} is for {windows} windows; write 1 to {_MOST_WINDOWS:,}")
    if "windows" in given and not over:
        raise ValueError(f"{text!r} says how many windows, and not how long they are: write `over 10s`, too")
    return Subject(found, _name(given.get("of", "")), given.get("time") == "service", over, windows)


def _words(name: str) -> str:
    return {"time": "of service time", "windows": "for N windows"}.get(name, name)


def _name(text: str) -> str:
    if not text.startswith('"'):
        return text.strip()
    try:
        return str(json.loads(text, strict=False))
    except ValueError as error:
        raise ValueError(f"the name {text} can't be read: {error}") from None


def _over(text: str) -> int:
    seconds = parse_in(text, "s")
    if seconds < 1 or seconds != int(seconds):
        raise ValueError(f"windows last whole seconds, at least 1s, not {text.strip()!r}")
    return int(seconds)


def _with_unit(limit: str, found: Metric) -> str:
    """`rps >= 200` means 200/s: the name has the unit already."""
    if found.kind is Kind.RATE and re.fullmatch(r"[<>=]+\s*[0-9._]+", limit):
        return f"{limit}/s"
    return limit
