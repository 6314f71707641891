"""What the tests of objectives share: runs that are made up, second by second."""

from collections.abc import Mapping

import pytest

from gates.objectives.measuring import evidence_of
from gates.objectives.observed import Observed
from gates.objectives.text import parse
from load.histogram import Histogram
from load.measured import Health, Measured
from load.tally import Tally

#: A generator that had nothing to do.
IDLE = Health(cpu=0.1, lateness=Histogram.of([0.001] * 50), latest=0.004)


def made(times=(), *, failed=0, kind="status 503", dropped=0, late=0, lost=0, outstanding=0):
    """A tally of successes that took these seconds, and of others."""
    times = list(times)
    return Tally(
        intended=len(times) + failed + dropped + lost + outstanding,
        late=late,
        successes=len(times),
        failures={kind: failed} if failed else {},
        lost={"no free port": lost} if lost else {},
        dropped=dropped,
        response=Histogram.of([*times, *([float("inf")] * dropped)]),
        service=Histogram.of(times),
    )


def observed(seconds, *, start=0, name="quote", health=IDLE, selectors: Mapping | None = None, **changes):
    """A run whose seconds had these tallies; each of one request name, or a mapping of several."""
    by_name: dict = {}
    for at, tally in enumerate(seconds):
        for request, one in (tally if isinstance(tally, dict) else {name: tally}).items():
            by_name.setdefault(request, {})[at] = one
    measured = Measured(1, by_name, {}, dict.fromkeys(range(len(seconds)), health))
    known = {request: (request,) for request in by_name} if selectors is None else selectors
    options = {"settled": float(len(seconds)), "selectors": known} | changes
    return Observed(measured, start, options.pop("end", len(seconds)), **options)


@pytest.fixture
def verdict():
    """`verdict("p95 <= 1s", run)` is the verdict and the reason, as the gate would judge it."""

    def _verdict(text, run, bottleneck=""):
        objective = parse(text)
        evidence = evidence_of(objective, run, subject=str(objective.subject), source="f", bottleneck=bottleneck)
        enough = getattr(evidence, "samples", objective.fewest) >= objective.fewest
        judged = (objective.criterion if enough else objective.bare).judge(evidence)
        return judged.verdict.value, judged.reason

    return _verdict
