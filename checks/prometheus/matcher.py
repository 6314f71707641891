"""A condition on a label, as PromQL writes and means it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checks.prometheus.promql import quoted

_LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Matcher:
    """`label="value"`; `operator` is one of = != =~ !~.

    Prometheus reads patterns as RE2, and Python reads them here: what both know means the same. Raises ValueError for a
    name that no label can have and for what is no pattern.
    """

    label: str
    value: str
    operator: str = "="

    def __post_init__(self) -> None:
        if not _LABEL.fullmatch(self.label):
            raise ValueError(f"{self.label!r} is not the name of a label: use letters, digits and `_`")
        if self.operator in ("=~", "!~"):
            try:
                re.compile(self.value)
            except (re.error, OverflowError, RecursionError) as error:
                raise ValueError(f"{self.value!r} is not a regular expression: {error}") from None

    def __str__(self) -> str:
        return f"{self.label}{self.operator}{quoted(self.value)}"

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels has it. A label that is not there is empty; patterns match all of it."""
        value = labels.get(self.label, "")
        if self.operator in ("=", "!="):
            return (value == self.value) == (self.operator == "=")
        return (re.fullmatch(self.value, value) is not None) == (self.operator == "=~")
