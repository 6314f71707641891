"""Plans: what can't be run is refused in words, caps hold, and the JSON form loses nothing but the secrets."""

import dataclasses
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.secrets import Secret
from checks.step import Capture, StepRequest
from load.mix import Journey, LoadStep, Locustfile
from load.plan import Caps, Closed, External, HostTarget, LoadPlan, Local, Open, Think
from load.plan_file import fingerprint, plan_to_dict
from load.plan_read import plan_from_dict
from load.shape import Phase, Shape
from tests.load.examples import BASE, get, rich_plan

#: A journey that goes where an answer says.
FOLLOWED = Journey(
    "follow",
    (
        LoadStep(StepRequest("list", "/", captures=(Capture("link", "header", "location"),))),
        LoadStep(StepRequest("go", "{{ link }}")),
    ),
)
CONSTANT = Shape.constant(10, 5)


def plan(**changes):
    given_values = {"base_url": BASE, "work": (get(),), "model": Closed(), "shape": CONSTANT, **changes}
    return LoadPlan(**given_values)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"work": ()}, "at least one request"),
        ({"work": (get(), get())}, "two requests have the name 'GET /'"),
        ({"base_url": "ftp://127.0.0.1"}, "http"),
        ({"work": (get("stocks"),)}, "begins with /, not 'stocks'"),
        ({"warm_up": 5}, "leaves nothing of 5 s"),
        ({"warm_up": -1}, "leaves nothing"),
        ({"drain": math.nan}, "drain"),
        ({"late_after": 0}, "late_after"),
        ({"targets": (HostTarget("a"), HostTarget("a"))}, "two watched targets"),
        ({"keep_raw": True, "workers": Local(2)}, "one local process"),
        ({"work": Locustfile("/a/locustfile.py"), "model": Open()}, "only the closed model"),
        ({"caps": Caps(users=9)}, r"10 users, and the cap is 9"),
        ({"caps": Caps(seconds=4)}, r"5 seconds, and the cap is 4"),
        ({"caps": Caps(requests=0)}, r"cap on requests is more than 0"),
        ({"model": Open(), "caps": Caps(rate=9.5)}, r"10 arrivals per second, and the cap is 9.5"),
        ({"model": Open(), "caps": Caps(requests=49)}, r"50 arrivals, and the cap is 49"),
        ({"model": Open(), "work": (FOLLOWED,), "caps": Caps(rate=19)}, r"20 requests per second, and the cap is 19"),
        ({"model": Open(users=1001)}, r"1,001 users, and the cap is 1,000"),
    ],
)
def test_a_plan_that_can_not_be_run_is_refused_in_words(changes, words):
    """Each mistake and each cap is an error that says what is wrong."""
    with pytest.raises(ValueError, match=words):
        plan(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"caps": Caps(users=10, seconds=5, rate=1, requests=1)},
        {"model": Open(users=10), "caps": Caps(users=10, rate=10, seconds=5, requests=50)},
        {"warm_up": 4},
        {"work": (FOLLOWED,)},
    ],
    ids=["closed", "open", "warm-up", "capture"],
)
def test_a_plan_that_just_fits_is_a_plan(changes):
    """What is exactly at a cap is allowed; rate and requests of a closed model only show while it runs."""
    assert plan(**changes).seconds == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: Phase(0, 1, 1),
        lambda: Phase(1.5, 1, 1),
        lambda: Phase(1, math.nan, 1),
        lambda: Phase(1, 1, -1),
        lambda: Shape("constant", ()),
        lambda: Shape.constant(0, 5),
        lambda: Think(2, 1),
        lambda: Closed(-1),
        lambda: Open("even"),
        lambda: Open(users=0),
        lambda: Local(0),
        lambda: External(1, Secret("short")),
        lambda: External(0, Secret("a-token-of-the-workers")),
        lambda: LoadStep(StepRequest("a", "/"), (100,)),
        lambda: Journey("", (LoadStep(StepRequest("a", "/")),)),
        lambda: Journey("a", ()),
        lambda: Journey("a", (LoadStep(StepRequest("a", "/")),), 0),
        lambda: Locustfile("locustfile.py"),
        lambda: get("/{{ id }}"),
        lambda: Journey("a", FOLLOWED.steps[::-1]),
        lambda: get("/", json={"a": ["{{ id }}"]}),
    ],
)
def test_parts_of_a_plan_refuse_nonsense(make):
    """No part can be built that means nothing."""
    with pytest.raises(ValueError):
        make()


def test_a_capture_that_nobody_brings_is_named():
    """Known before the first request, with what there is."""
    with pytest.raises(ValueError, match="the step 'go' needs the capture 'link'; captured before it: nothing"):
        Journey("a", FOLLOWED.steps[::-1])


def test_a_short_token_is_not_repeated():
    """The error about a token does not show it."""
    with pytest.raises(ValueError) as error:
        External(1, Secret("hunter2"))
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    ("shape", "at", "level"),
    [
        (Shape.constant(7, 5), 4.9, 7),
        (Shape.ramp(0, 10, 10, hold=5), 5, 5),
        (Shape.ramp(0, 10, 10, hold=5), 12, 10),
        (Shape.steps(10, 5, 3, 2), 3.9, 15),
        (Shape.spike(1, 9, before=2, during=1, after=2), 2.5, 9),
        (Shape.spike(1, 9, before=2, during=1, after=2), 3, 1),
        (Shape.soak(8, 100, rise=4), 2, 4),
        (Shape.constant(7, 5), 99, 7),
    ],
)
def test_a_shape_has_a_level_at_every_time(shape, at, level):
    """Constant, ramp, steps, spike and soak."""
    assert shape.level(at) == level


def test_the_area_of_a_shape_is_the_number_of_arrivals():
    """A ramp from 0 to 10 in 10 s has 50 arrivals, and 5 s at 10 another 50."""
    assert Shape.ramp(0, 10, 10, hold=5).area == 100


def test_requests_are_named_by_themselves_and_steps_by_their_journey():
    """`GET /stocks` and `checkout: pay`."""
    assert rich_plan().names == ("GET /stocks", "checkout: log in", "checkout: pay", "checkout: note")


def test_long_runs_have_longer_windows():
    """An hour is measured in seconds, a day in 24 of them."""
    caps = Caps(seconds=86400)
    intervals = [plan(shape=Shape.constant(1, seconds), caps=caps).interval for seconds in (10, 3600, 3601, 86400)]
    assert intervals == [1, 1, 2, 24]


def test_a_plan_reaches_the_generator_as_it_was():
    """Through JSON and back with its secrets, a plan is the same."""
    there = json.loads(json.dumps(plan_to_dict(rich_plan(), secrets=True)))
    assert plan_from_dict(there) == rich_plan()


def test_a_locustfile_plan_reaches_the_generator_as_it_was():
    """The other kind of work, model and workers."""
    mine = plan(work=Locustfile("/a/b.py", ("A",)), model=Closed(2.5), workers=Local(2))
    assert plan_from_dict(json.loads(json.dumps(plan_to_dict(mine, secrets=True)))) == mine


def test_the_form_for_people_has_no_secret():
    """Headers, JSON bodies, URLs and the workers' token are masked."""
    text = json.dumps(plan_to_dict(rich_plan()))
    for secret in ("key-9f3a77", "hunter2", "s3cret-path", "a-token-of"):
        assert secret not in text


def test_runs_of_the_same_profile_have_the_same_fingerprint():
    """What is watched, and rotated secrets, don't count; what is asked does."""
    mine = rich_plan()
    assert fingerprint(dataclasses.replace(mine, targets=())) == fingerprint(mine)
    assert fingerprint(dataclasses.replace(mine, seed=8)) != fingerprint(mine)
    assert fingerprint(dataclasses.replace(mine, work=mine.work[:1])) != fingerprint(mine)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda d: d.pop("seed"), "plan: the key 'seed' is missing"),
        (lambda d: d.update(extra=1), "plan: unknown key 'extra'"),
        (lambda d: d["shape"]["phases"][0].update(seconds=True), r"plan.shape.phases.0.seconds: wanted a whole"),
        (lambda d: d["model"].update(kind="ajar"), "plan.model: wanted the kind 'closed' or 'open'"),
        (lambda d: d["work"]["journeys"][0].update(weight=-1), "plan.work.journeys.0.weight: wanted a number"),
        (lambda d: d["workers"].update(token="plain"), "plan.workers.token: wanted a secret"),
    ],
)
def test_a_damaged_plan_names_the_place(damage, words):
    """One error, with the path to what is wrong."""
    there = plan_to_dict(rich_plan(), secrets=True)
    damage(there)
    with pytest.raises(ValueError, match=words):
        plan_from_dict(there)


@settings(max_examples=80, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.text(max_size=5) | st.integers() | st.floats(), st.lists, max_leaves=5)
)
def test_anything_in_the_place_of_a_part_is_a_clear_error(junk):
    """Whatever stands where a part of a plan should be, it is a ValueError."""
    for key in ("work", "model", "shape", "think", "workers", "caps", "trust"):
        there = {**plan_to_dict(rich_plan(), secrets=True), key: junk}
        with pytest.raises(ValueError, match=f"plan.{key}"):
            plan_from_dict(there)
