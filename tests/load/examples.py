"""Values of the load package that several tests use."""

from checks.secrets import Secret
from checks.step import Capture, StepRequest
from load.histogram import Histogram
from load.measured import Health, Measured
from load.mix import Journey, LoadStep
from load.plan import Caps, ContainerTarget, External, HostTarget, LoadPlan, Open, ProcessTarget, Think, Trust
from load.plan_file import plan_to_dict
from load.result import Ending, LoadResult, TargetUsage, Usage
from load.shape import Shape
from load.tally import UNFINISHED, Tally

BASE = "http://127.0.0.1:8000"


def get(path="/", name="", weight=1.0, **more):
    """A journey of one GET."""
    expect = more.pop("expect", ())
    name = name or f"GET {path}"
    return Journey(name, (LoadStep(StepRequest(name, path, **more), expect),), weight)


def rich_plan():
    """A plan that uses everything a plan can say."""
    log_in = StepRequest(
        "log in",
        "/login",
        "POST",
        headers=(("X-Key", Secret("key-9f3a77")), ("Accept", "text/html")),
        params=(("q", "a b"),),
        json={"user": "u", "password": Secret("hunter2-hunter2"), "object": [1, None, {"secret": True}]},
        captures=(Capture("token", "json", "token"),),
    )
    pay = StepRequest("pay", "/pay?x=1", "POST", body=b"\x00\xff", timeout=2.5)
    note = StepRequest("note", Secret("http://127.0.0.1:8000/s3cret-path"), "PUT", body="{{ token }}")
    return LoadPlan(
        base_url=BASE,
        work=(
            get("/stocks", weight=3.0),
            Journey("checkout", (LoadStep(log_in, (200, 302)), LoadStep(pay), LoadStep(note))),
        ),
        model=Open("poisson", users=50),
        shape=Shape.spike(10, 40, before=3, during=2, after=4),
        warm_up=2,
        think=Think(0.1, 0.3),
        drain=4.0,
        late_after=0.25,
        seed=7,
        workers=External(3, Secret("a-token-of-the-workers"), "127.0.0.1", 5577, 12.5),
        caps=Caps(60, 100.0, 600, 5000),
        trust=Trust(verify=False, ca_file="/etc/ca.pem"),
        targets=(ProcessTarget("app", 1), ContainerTarget("db", "pg_1"), HostTarget("web1")),
    )


def tally():
    """A tally with every fate in it."""
    return Tally(
        intended=10,
        late=2,
        successes=3,
        failures={"status 503": 2, UNFINISHED: 1},
        lost={"this machine has no free local port or address for it": 1},
        dropped=3,
        response=Histogram.merged((Histogram.of([0.2, 0.3, 1.5]), Histogram({}, 3))),
        service=Histogram.of([0.2, 0.2, 0.4]),
    )


def rich_result():
    """A result that has everything a result can have."""
    health = Health(0.42, Histogram.of([0.001, 0.002, 0.02]), 0.0213, 2)
    measured = Measured(1, {"GET /stocks": {0: tally(), 2: tally()}}, {0: 5, 1: 7}, {0: health, 1: health})
    return LoadResult(
        began=1_700_000_000.123,
        plan=plan_to_dict(rich_plan()),
        seconds=9,
        elapsed=3.25,
        ending=Ending.ABORTED,
        why="p95 2.1 s, wanted <= 500 ms",
        measured=measured,
        generators=3,
        reported=3,
        targets=(
            TargetUsage("app", "psutil.Process(1)", (Usage(0.5, 1.25, 2.0, 1000, 2000, 0.0, 12.5, 0.5), Usage(1.5))),
            TargetUsage("db", "docker stats pg_1", gap="the Docker engine can't be asked"),
        ),
        tools={"locust": "2.47.0", "python": "3.11.7"},
    )
