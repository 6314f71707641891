"""Criteria: what evidence has to satisfy. Pure: evidence in, Judgement out."""

from gates.criteria.amount import AtLeast, AtMost, Between
from gates.criteria.base import Criterion, CriterionError
from gates.criteria.choice import Equals, Matches, OneOf
from gates.criteria.text import from_scalar, parse
from gates.criteria.version import OfVersion

__all__ = [
    "AtLeast",
    "AtMost",
    "Between",
    "Criterion",
    "CriterionError",
    "Equals",
    "Matches",
    "OfVersion",
    "OneOf",
    "from_scalar",
    "parse",
]
