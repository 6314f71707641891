"""A load objective: a metric, of which requests, in which windows, and its limit."""

import dataclasses
import json
import re
from dataclasses import dataclass

from checks.units import format_value
from gates.criteria import Criterion
from gates.objectives.metric import Metric


@dataclass(frozen=True, slots=True)
class Subject:
    """What is limited.

    `selector`: a request's name, or a journey's, or `GET /path`; empty: all requests. `service`: the time from the real
    start of a request and not from the intended one. `over`: seconds of a window; 0: all the time that is judged, as
    one. `windows`: so many windows in a row have to miss the limit.
    """

    metric: Metric
    selector: str = ""
    service: bool = False
    over: int = 0
    windows: int = 1

    def __str__(self) -> str:
        parts = [self.metric.name]
        parts += ["of service time"] if self.service else []
        parts += [f"of {quoted(self.selector)}"] if self.selector else []
        parts += [f"over {format_value(self.over, 's').replace(' ', '')}"] if self.over else []
        parts += [f"for {self.windows} windows"] if self.windows > 1 else []
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Objective:
    """What load has to satisfy. `criterion`: has the samples that are needed; `abort`: ends a hopeless run early."""

    subject: Subject
    criterion: Criterion
    abort: bool = False

    def __str__(self) -> str:
        return f"{self.subject} {self.criterion}"

    @property
    def metric(self) -> Metric:
        """What is limited."""
        return self.subject.metric

    @property
    def fewest(self) -> int:
        """How many samples are needed, of each window."""
        return self.criterion.min_samples

    @property
    def bare(self) -> Criterion:
        """The limit alone: for what fails however many samples are missing."""
        return dataclasses.replace(self.criterion, min_samples=1)


_PLAIN = re.compile(r"[^\s\"<>=~]+(?: [^\s\"<>=~]+)*")
_WORDS = re.compile(r"\b(?:of|over|for|with|between|service time|response time)\b")


def quoted(name: str) -> str:
    """A request's name as objectives write it: in quotes where it could be mistaken for more."""
    plain = _PLAIN.fullmatch(name) and " " not in name and not _WORDS.search(name)
    return name if plain else json.dumps(name, ensure_ascii=False)
