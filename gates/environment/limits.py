"""What may be limited, in which unit and in which direction; how expectations and limits are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from gates.criteria import AtLeast, AtMost, Between, Criterion, CriterionError, OneOf, from_scalar, parse
from gates.environment.fields import Reader
from gates.environment.names import nearest
from gates.environment.readers import kind_of, mapping, read_header_name, read_json_path, read_text


@dataclass(frozen=True, slots=True)
class LimitSubject:
    """Something that a gate measures by itself: its base unit, and on which side a limit makes sense."""

    unit: str
    side: Literal["most", "least"]
    example: str


_RESPONSE_TIME = LimitSubject("s", "most", "<= 500ms")
_DURATION = LimitSubject("s", "most", "<= 10min")
_COUNT = LimitSubject("1", "most", "<= 0")
_SHARE = LimitSubject("ratio", "least", ">= 80 %")
_DROP = LimitSubject("ratio", "most", "<= 0 %")
_EXPIRES_IN = LimitSubject("s", "least", ">= 14d")


class LoadReportSubjects(Mapping[str, LimitSubject]):
    """What a load generator's report says: metrics of load objectives, also `of` one request (`p95 of quote`)."""

    _METRICS = ("p50", "p90", "p95", "p99", "mean", "max", "error_ratio", "failures", "rps", "requests")

    def __getitem__(self, subject: str) -> LimitSubject:
        """A subject in any spelling. Raises KeyError for what a report does not tell: windows, service times."""
        from gates.objectives.metric import LIVE_ONLY
        from gates.objectives.text import parse_subject

        try:
            found = parse_subject(subject)
        except ValueError as error:
            raise KeyError(subject) from error
        if found.metric.kind in LIVE_ONLY or found.over or found.service:
            raise KeyError(subject)
        return LimitSubject(found.metric.unit, "most" if found.metric.most else "least", found.metric.example)

    def __iter__(self) -> Iterator[str]:
        return iter(self._METRICS)

    def __len__(self) -> int:
        return len(self._METRICS)


#: What endpoints, steps and gates with `reports:` may limit. Users' own gates limit what they like.
ENDPOINT_SUBJECTS = {"response_time": _RESPONSE_TIME, "certificate.expires_in": _EXPIRES_IN}
STEP_SUBJECTS = {"response_time": _RESPONSE_TIME}
REPORT_SUBJECTS: Mapping[str, Mapping[str, LimitSubject]] = {
    "junit": {"flaky": _COUNT, "skipped": _COUNT, "duration": _DURATION},
    "coverage": {"lines": _SHARE, "branches": _SHARE, "patch": _SHARE, "drop": _DROP},
    "findings": dict.fromkeys(
        ("critical", "high", "medium", "low", "info", "vulnerability", "secret", "misconfiguration", "licence", "code"),
        _COUNT,
    ),
    "complexity": {"complexity": LimitSubject("1", "most", "<= 10")},
    "duplication": {"duplication": LimitSubject("ratio", "most", "<= 3 %")},
    "quality_gate": {},
    "sonarqube": {},
    "lighthouse": dict.fromkeys(("performance", "accessibility", "best-practices", "seo", "pwa"), _SHARE),
    "axe": dict.fromkeys(("violations", "minor", "moderate", "serious", "critical"), _COUNT),
    "durations": dict.fromkeys(("build", "tests", "lint", "package", "deploy"), _DURATION),
    "image": {"image": LimitSubject("B", "most", "<= 500MB")},
    "load": LoadReportSubjects(),
}
GATE_SUBJECTS: Mapping[str, Mapping[str, LimitSubject]] = {
    "health": ENDPOINT_SUBJECTS,
    "smoke": {**STEP_SUBJECTS, "duration": _DURATION},
}


def read_limit(value: object) -> Criterion:
    """A limit of any subject: the text form of a criterion. Raises ValueError."""
    if isinstance(value, str):
        return parse(value)
    raise ValueError(f"a limit is a text such as '<= 500ms' or '>= 99 %', not {kind_of(value)}")


def check_limit(subject: str, criterion: Criterion, subjects: Mapping[str, LimitSubject]) -> None:
    """Refuse a limit of an unknown subject, in a wrong unit or on the wrong side. Raises ValueError."""
    if subject not in subjects:
        raise ValueError(f"{subject!r} is not measured here; {nearest(subject, subjects)}")
    known = subjects[subject]
    if misfit := criterion.misfit(known.unit):
        raise ValueError(f"'{criterion}' can't limit {subject}: {misfit}; write it as in '{known.example}'")
    right = AtMost if known.side == "most" else AtLeast
    if not isinstance(criterion, right | Between):
        raise ValueError(f"'{criterion}' is no limit of {subject}; write it as in '{known.example}'")


def read_status(value: object) -> Criterion:
    """An HTTP status, a list of them, or a criterion on one."""
    if isinstance(value, tuple | list):
        if not value:
            raise ValueError("a list of statuses needs at least one: nothing would ever satisfy it")
        return OneOf(tuple(_status(item) for item in value))
    if isinstance(value, str) and not value.isdigit():
        return parse(value, "1")
    return from_scalar(_status(value), "1")


def _status(value: object) -> int:
    if isinstance(value, str) and value.isdigit() and getattr(value, "from_variable", False):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        quoted = " without quotes" if isinstance(value, str) and value.isdigit() else ""
        raise ValueError(f"an HTTP status{quoted} is needed, as in 200 or '< 400', not {kind_of(value)}")
    if not 100 <= value <= 599:
        raise ValueError(f"{value} is not an HTTP status: they are from 100 to 599")
    return value


def read_wanted(value: object) -> Criterion:
    """A plain wanted value, or a criterion where a text starts like one."""
    if isinstance(value, bool | int | float | str):
        return from_scalar(str(value) if isinstance(value, str) else value)
    if isinstance(value, tuple | list):
        raise ValueError("a list can't be compared; write 'one of a, b', or give paths such as items.0")
    raise ValueError(f"a value or a criterion is needed, not {kind_of(value)}")


def read_wanted_text(value: object) -> Criterion:
    """The same for what is always a text (a header, the body)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"a text or a criterion is needed, not {kind_of(value)}")
    criterion = from_scalar(str(value))
    if misfit := criterion.misfit("text"):
        raise CriterionError(f"'{criterion}' can't judge a text: {misfit}; quote the value, or use '~' and a pattern")
    return criterion


def _read_headers(value: object) -> object:
    criteria = mapping(read_header_name, read_wanted_text)(value)
    return {name.lower(): criterion for name, criterion in dict(criteria).items()}  # type: ignore[call-overload]


CRITERION_SCHEMA = {
    "type": "string",
    "minLength": 1,
    "description": "a criterion: '<= 500ms', '>= 99 %', 'between 1 and 5', '= 200', 'one of a, b', '~ pattern'; "
    "it may end in 'with >= 500 samples'",
}
_LIMIT_SCHEMA = {**CRITERION_SCHEMA, "pattern": r"^\s*(<|>|=|~|between\s|one of\s|version\s)|\$\{[^{}]+\}"}
_WANTED_SCHEMA = {
    "type": ["string", "number", "boolean"],
    "description": "the wanted value, or a text that starts like a criterion: '> 0', 'one of a, b', '~ ^1\\.'",
}
_STATUS_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": 100, "maximum": 599},
        {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 100, "maximum": 599}},
        CRITERION_SCHEMA,
    ]
}

Limits = Annotated[
    dict[str, Criterion],
    Reader(mapping(read_text, read_limit), {"type": "object", "additionalProperties": _LIMIT_SCHEMA}),
]
Status = Annotated[Criterion, Reader(read_status, _STATUS_SCHEMA)]
WantedText = Annotated[Criterion, Reader(read_wanted_text, {"type": ["string", "number"]})]
WantedValues = Annotated[
    dict[str, Criterion],
    Reader(mapping(read_json_path, read_wanted), {"type": "object", "additionalProperties": _WANTED_SCHEMA}),
]
WantedHeaders = Annotated[
    dict[str, Criterion],
    Reader(_read_headers, {"type": "object", "additionalProperties": {"type": ["string", "number"]}}),
]
