"""The three verdicts and their order."""

from itertools import product

import pytest

from reports.verdict import Verdict, worst


def test_nothing_judged_is_inconclusive():
    """The worst of an empty list is INCONCLUSIVE, never PASS."""
    assert worst([]) is Verdict.INCONCLUSIVE
    assert worst([Verdict.PASS]) is Verdict.PASS


@pytest.mark.parametrize(("one", "other"), list(product(Verdict, Verdict)))
def test_worst_is_the_worse_of_two(one, other):
    """FAIL beats INCONCLUSIVE beats PASS, in either order."""
    order = [Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL]
    assert worst([one, other]) is worst([other, one]) is order[max(order.index(one), order.index(other))]
