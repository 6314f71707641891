"""How many requests may still come, at most."""

import pytest

from checks.step import StepRequest
from gates.objectives.coming import most_in, most_to_come
from load.mix import Journey, LoadStep
from load.plan import Caps, Closed, LoadPlan, Open
from load.shape import Phase, Shape


def plan(model, level=50, *, seconds=10, steps=1, shape=None, **caps):
    """A plan with one journey."""
    journey = Journey("j", tuple(LoadStep(StepRequest(f"s{number}", "/")) for number in range(steps)))
    shape = shape or Shape.constant(level, seconds)
    return LoadPlan("http://127.0.0.1:1", (journey,), model, shape, caps=Caps(**caps))


@pytest.mark.parametrize(
    ("made", "elapsed", "expected"),
    [
        (plan(Open()), 0, 501),
        (plan(Open()), 9, 51),
        (plan(Open()), 10, 1),
        (plan(Open()), 15, 1),
        (plan(Open(), steps=3), 9, 153),
        (plan(Open("poisson")), 9, 76),
        (plan(Open(), shape=Shape("ramp", (Phase(10, 0, 10),))), 5, 39),
        (plan(Closed(), rate=100), 9, 100),
        (plan(Closed(), rate=100, requests=50), 9, 50),
        (plan(Closed(), rate=100), 20, 0),
    ],
)
def test_never_too_few(made, elapsed, expected):
    """The schedule's rest in an open model, the guard rails' in a closed one."""
    assert most_to_come(made, elapsed, made=0) == expected


def test_what_is_under_way_goes_on():
    """A journey that is under way has steps before it; what was made already is taken from the cap."""
    assert most_to_come(plan(Open(), steps=3), 10, made=0, outstanding=4) == 15
    assert most_to_come(plan(Closed(), requests=100), 0, made=90) == 10


def test_windows():
    """A window holds as many as the peak asks for."""
    assert most_in(plan(Open(), steps=2), 3) == 300
    assert most_in(plan(Closed(), rate=70), 3) == 210
