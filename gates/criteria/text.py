"""The text form of criteria, as environment files and JUnit properties hold it.

    <= 500ms    < 80 %    >= 99 %    > 0    between 10 and 20 s    = 200    = healthy    one of 200, 204    ~ ^1\\.
    version >= 3.0.15

Each may end in `with >= 500 samples`. A plain value (`200`, `healthy`, `true`) means `=`. Quotes (JSON's) make a value
text: `= "200"`. `parse(str(criterion)) == criterion` for every criterion.
"""

import json
import re

from checks.evidence import Value
from checks.units import parse_quantity
from gates.criteria.amount import AtLeast, AtMost, Between
from gates.criteria.base import Criterion, CriterionError
from gates.criteria.choice import Equals, Matches, OneOf
from gates.criteria.version import OfVersion

_SAMPLES = re.compile(r"\s+with\s+>=\s*([0-9_]+)\s+samples?\s*$")
_JSON_TEXT = r'"(?:[^"\\]|\\.)*"'
_ITEM = re.compile(rf"\s*({_JSON_TEXT}|[^,\"]+?)\s*(?:,|$)")
_KINDS = "<= < >= > = ~ between one of"
_VERSION = re.compile(r"version\s*(?=[<>=])")


def parse(text: str, unit: str = "") -> Criterion:
    """Read a criterion. `unit`: the base unit of what it will judge, where known; another one is refused.

    Raises CriterionError, which says what is wrong and how it is written.
    """
    body, samples = text.strip(), 1
    try:
        if match := _SAMPLES.search(body):
            body, samples = body[: match.start()], int(match.group(1))
        criterion = _parse_body(body, samples)
    except ValueError as error:
        raise CriterionError(f"{text!r}: {error}") from error
    if unit and (misfit := criterion.misfit(unit)):
        raise CriterionError(f"{text!r} can't judge this: {misfit}")
    return criterion


def from_scalar(value: Value, unit: str = "") -> Criterion:
    """Read a criterion where a file may also hold the plain wanted value: `200`, `true`, `"1.0"` are taken as they are.

    A text that starts like a criterion is parsed as one. Raises CriterionError.
    """
    if isinstance(value, str) and re.match(r"<|>|=|~|(?:between|one of)\s|version\s*[<>=]", value.strip()):
        return parse(value, unit)
    criterion = Equals(value)
    if unit and (misfit := criterion.misfit(unit)):
        raise CriterionError(f"{value!r} can't judge this: {misfit}")
    return criterion


def _parse_body(body: str, samples: int) -> Criterion:
    if not body:
        raise CriterionError(f"a criterion is empty; it starts with one of {_KINDS}")
    for sign, kind, exclusive in (
        ("<=", AtMost, False),
        (">=", AtLeast, False),
        ("<", AtMost, True),
        (">", AtLeast, True),
    ):
        if body.startswith(sign):
            amount = parse_quantity(body[len(sign) :])
            return kind(amount.value, amount.unit, exclusive, min_samples=samples)
    if match := _VERSION.match(body):
        return OfVersion.parse(body[match.end() :], samples)
    if match := re.fullmatch(r"between\s+(.+?)\s+and\s+(.+)", body):
        low, high = (parse_quantity(part) for part in match.groups())
        if low.unit == "1" and high.unit != "1":
            # `between 10 and 20 s`: the unit behind the second bound is meant for both.
            low = parse_quantity(match.group(1) + re.sub(r"^[0-9._+-]+(?:[eE][+-]?[0-9]+)?", "", match.group(2)))
        if low.unit != high.unit:
            raise CriterionError(f"its bounds have different units, {low.unit!r} and {high.unit!r}")
        return Between(low.value, high.value, low.unit, min_samples=samples)
    if match := re.fullmatch(r"one of\s+(.+)", body, re.DOTALL):
        return OneOf(tuple(_items(match.group(1))), min_samples=samples)
    if body.startswith("~"):
        pattern = body[1:].strip()
        return Matches(str(_value(pattern)[0]) if re.fullmatch(_JSON_TEXT, pattern) else pattern, min_samples=samples)
    if body[0] in "!" or body.startswith(("between", "=>", "=<", "==")):
        raise CriterionError(f"it is not a criterion; one starts with {_KINDS}")
    value, unit = _value(body[1:].strip() if body.startswith("=") else body)
    return Equals(value, unit, min_samples=samples)


def _items(text: str) -> list[Value]:
    values, position = [], 0
    while position < len(text):
        match = _ITEM.match(text, position)
        if match is None:
            raise CriterionError("its list can't be read; write `one of 200, 204` or quote the values")
        value, unit = _value(match.group(1))
        if unit not in ("1", "text", "bool"):
            raise CriterionError(f"'one of' lists plain values, and {match.group(1)!r} has a unit")
        values.append(value)
        position = match.end()
    return values


def _value(text: str) -> tuple[Value, str]:
    if not text:
        raise CriterionError("its value is missing")
    if re.fullmatch(_JSON_TEXT, text, re.DOTALL):
        try:
            return json.loads(text, strict=False), "text"
        except ValueError as error:
            raise CriterionError(f"its quoted text can't be read: {error}") from error
    if text.startswith('"'):
        raise CriterionError("its quote is not closed")
    if text in ("true", "false"):
        return text == "true", "bool"
    if re.fullmatch(r"[+-]?[0-9]{1,300}", text):
        return int(text), "1"
    try:
        amount = parse_quantity(text)
    except ValueError:
        return text, "text"
    return amount.value, amount.unit
