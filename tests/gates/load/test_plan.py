"""From a profile to the plan that is run, and to the names that objectives may use."""

import pytest

from gates.environment import load as load_environment
from gates.environment.load_section import LoadShape
from gates.measured.load_plan import mixable, plan_of, selectors_of, shape_of
from load.plan import Closed, External, Local, Open
from load.plan_file import plan_to_dict

TEXT = """\
service: shop
base_url: http://127.0.0.1:8000/shop
endpoints:
  quote: {http: /quote?symbol=A, timeout: 3s, expect: {status: [200, 404]}}
  login: {http: /login, method: POST, json: {user: a}, headers: {X-Key: "${KEY}"}, expect: {status: "< 300"}}
journeys:
  buy:
    timeout: 7s
    steps:
      - {name: log in, request: {url: /login, method: POST}, capture: {token: {json: token}}}
      - {name: pay, request: {url: /pay, headers: {Authorization: "Bearer {{ token }}"}}, expect: {status: 204}}
  look: {steps: [{name: look around, request: {url: /quote?symbol=A}}]}
load:
  caps: {users: 500}
  profiles:
    open:
      rate: 600/min
      arrivals: poisson
      max_in_flight: 20
      duration: 30s
      warm_up: 5s
      mix: {quote: 3, login: 1, buy: 0.5, look: 1}
      objectives: [p95 <= 1s]
      think_time: 1s to 2s
    closed: {users: 40, spawn_rate: 5/s, duration: 1min, mix: {quote: 1}, objectives: [p95 <= 1s], processes: 2}
    far: {users: 4, duration: 1min, mix: {quote: 1}, objectives: [p95 <= 1s], workers: {count: 2, token: "${KEY}"}}
gates: {load: {}}
"""


@pytest.fixture
def environment(tmp_path):
    """The environment above."""
    (tmp_path / "env.yaml").write_text(TEXT)
    return load_environment(tmp_path / "env.yaml", environ={"KEY": "k" * 20}).model


def test_an_open_plan(environment):
    """Rate, arrivals, mix with weights, expected statuses, timeouts."""
    plan = plan_of(environment, environment.load.profiles["open"])
    assert plan.model == Open("poisson", 20)
    assert (plan.shape.peak, plan.seconds, plan.warm_up, plan.caps.users) == (10, 30, 5, 500)
    assert (plan.think.least, plan.think.most) == (1, 2)
    assert plan.names == ("quote", "login", "buy: log in", "buy: pay", "look: look around")
    assert [journey.weight for journey in plan.work] == [3, 1, 0.5, 1]
    quote, login, buy, _ = plan.work
    assert quote.steps[0].expect == (200, 404)
    assert quote.steps[0].request.timeout == 3
    assert login.steps[0].expect == tuple(range(200, 300))
    assert login.steps[0].request.body == b'{"user": "a"}'
    assert dict(login.steps[0].request.headers)["Content-Type"] == "application/json"
    assert buy.steps[0].request.captures[0].name == "token"
    assert (buy.steps[1].expect, buy.steps[1].request.timeout) == ((204,), 7)
    assert "k" * 20 not in str(plan_to_dict(plan))


def test_a_closed_plan_and_workers_elsewhere(environment):
    """Users, spawn rate, processes; or a number of workers with their secret."""
    closed = plan_of(environment, environment.load.profiles["closed"])
    assert (closed.model, closed.workers, closed.shape.peak) == (Closed(5.0), Local(2), 40)
    far = plan_of(environment, environment.load.profiles["far"])
    assert isinstance(far.workers, External)
    assert far.workers.count == 2


def test_what_objectives_may_name(environment):
    """A request, a journey, or what is asked: then every request that asks for it is meant."""
    assert selectors_of(environment, environment.load.profiles["open"]) == {
        "quote": ("quote",),
        "GET /quote?symbol=A": ("quote", "look: look around"),
        "login": ("login",),
        "POST /login": ("login", "buy: log in"),
        "buy": ("buy: log in", "buy: pay"),
        "buy: log in": ("buy: log in",),
        "buy: pay": ("buy: pay",),
        "GET /pay": ("buy: pay",),
        "look: look around": ("look: look around",),
    }
    assert list(mixable(environment)) == ["quote", "login", "buy", "look"]


@pytest.mark.parametrize(
    ("shape", "levels"),
    [
        (None, [10] * 10),
        ({"ramp": "5s"}, [0, 2, 4, 6, 8, 10, 10, 10, 10, 10]),
        ({"soak": "5s"}, [0, 2, 4, 6, 8, 10, 10, 10, 10, 10]),
        ({"steps": 3}, [10 / 3] * 3 + [20 / 3] * 4 + [10] * 3),
        ({"spike": {"after": "4s", "during": "2s", "base": "20 %"}}, [2] * 4 + [10] * 2 + [2] * 4),
    ],
)
def test_shapes(shape, levels):
    """The level at the beginning of each second of ten."""
    declared = None if shape is None else LoadShape.model_validate(shape)
    made = shape_of(declared, 10, 10)
    assert made.seconds == 10
    assert [made.level(at) for at in range(10)] == pytest.approx(levels)
    assert made.name == (next(iter(shape)) if shape else "constant")


def test_a_mark_in_the_base_is_filled_in_later(tmp_path):
    """The demo target's address is not known while the file is read."""
    (tmp_path / "env.yaml").write_text(
        "service: s\nbase_url: ${demo.url}\ndemo: {}\nendpoints: {q: {http: /q}}\n"
        "load: {profiles: {a: {rate: 5/s, duration: 40s, mix: {q: 1}, objectives: [p95 <= 1s]}}}\ngates: {load: {}}\n"
    )
    model = load_environment(tmp_path / "env.yaml").model
    assert str(plan_of(model, model.load.profiles["a"]).base_url).startswith("http://127.0.0.1")
