"""`load:` in an environment file: each broken file with its twin that fits, before any load."""

import pytest

from gates.environment import examine

FRAME = """\
service: shop
base_url: {base}
endpoints:
  quote: {{http: /quote}}
  login: {{http: /login, method: POST, json: {{user: a}}}}
  db: {{tcp: "h:1"}}
  both: {{http: /both}}
  away: {{http: /away, follow_redirects: true}}
  odd: {{http: /odd, expect: {{status: "= 150"}}}}
journeys:
  buy:
    steps:
      - {{name: log in, request: {{url: /login}}}}
      - {{name: pay, request: {{url: /pay}}}}
  look: {{steps: [{{name: look around, request: {{url: /look}}}}]}}
  both: {{steps: [{{name: one, request: {{url: /both}}}}, {{name: two, request: {{url: /two}}}}]}}
gates: {{load: {gate}}}
"""
GOOD = "{rate: 50/s, duration: 10s, warm_up: 2s, mix: {quote: 3, buy: 1}, objectives: ['p95 <= 1s']}"


def problems(folder, load, *, base="http://127.0.0.1:8000", gate="{}", more=""):
    """The problems of a file, as `key: words`."""
    text = FRAME.format(base=base, gate=gate) + f"load: {load}\n{more}"
    (folder / "env.yaml").write_text(text)
    return [f"{problem.key}: {problem}" for problem in examine(folder / "env.yaml", {"TOKEN": "t" * 20}).problems]


def profile(**changes):
    """The good profile as YAML, with some keys written otherwise; None leaves a key out."""
    keys = {
        "rate": "50/s",
        "duration": "10s",
        "warm_up": "2s",
        "mix": "{quote: 3, buy: 1}",
        "objectives": "['p95 <= 1s']",
    } | changes
    inner = ", ".join(f"{key}: {value}" for key, value in keys.items() if value is not None)
    return f"{{profiles: {{steady: {{{inner}}}}}}}"


def test_the_twin_of_all_of_these_fits(tmp_path):
    """What the others break is right."""
    assert problems(tmp_path, profile()) == []
    assert problems(tmp_path, f"{{profiles: {{steady: {GOOD}}}}}") == []


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"rate": "50"}, "steady.rate", "has no unit: write 50/s"),
        ({"rate": "0/s"}, "steady.rate", "a rate is more than 0"),
        ({"rate": "10ms"}, "steady.rate", "wanted an amount in '1/s'"),
        ({"users": "5"}, "profiles.steady", "exactly one of rate and users has to be there; it has both"),
        ({"rate": None}, "profiles.steady", "exactly one of rate and users has to be there; it has neither"),
        ({"mix": None}, "profiles.steady", "exactly one of mix and locustfile has to be there; it has neither"),
        ({"duration": None}, "steady.duration", "is missing"),
        ({"duration": "10"}, "steady.duration", "has no unit"),
        ({"duration": "1500ms"}, "steady.duration", "whole seconds are needed"),
        ({"warm_up": "10s"}, "profiles.steady", "leaves nothing of 10 s to be judged"),
        ({"mix": "{qote: 1}"}, "steady.mix.qote", "did you mean 'quote'?"),
        ({"mix": "{db: 1}"}, "steady.mix.db", "is asked over tcp, and load is HTTP"),
        ({"mix": "{both: 1}"}, "steady.mix.both", "is an endpoint and a journey; write `endpoint both` or"),
        ({"mix": "{endpoint both: 1, journey both: 1}"}, "steady.mix", "a request and a journey are both called"),
        ({"mix": "{away: 1}"}, "steady.mix.away", "follows redirects, which load does not"),
        ({"mix": "{odd: 1}"}, "steady.mix.odd", "no status of an answer is"),
        ({"mix": "{quote: 0}"}, "steady.mix.quote", "a weight is a number above 0"),
        ({"mix": "{quote: many}"}, "steady.mix.quote", "a weight is a number above 0"),
        ({"mix": "{}"}, "profiles.steady", "exactly one of mix and locustfile"),
        ({"objectives": None}, "steady.objectives", "there is none: this load would prove nothing"),
        ({"objectives": "[]"}, "steady.objectives", "there is none: this load would prove nothing"),
        ({"objectives": "'p95 <= 1s'"}, "steady.objectives", "a list of objectives is needed"),
        ({"objectives": "['p955 <= 1s']"}, "steady.objectives.0", "did you mean 'p95'?"),
        ({"objectives": "['p95 <= 1']"}, "steady.objectives.0", "measured in 's', the limit is in '1'"),
        ({"objectives": "['p95 of qoute <= 1s']"}, "steady.objectives.0", "the mix has no request 'qoute'"),
        ({"objectives": "['p95 of qoute <= 1s']"}, "steady.objectives.0", "did you mean 'quote'?"),
        ({"objectives": "['p95 <= 1s', 'p95 <= 2s']"}, "steady.objectives.1", "has a limit already"),
        ({"objectives": "[{abort: true}]"}, "steady.objectives.0", "an objective has a `limit:`"),
        ({"objectives": "[{limit: 'p95 <= 1s', abrot: true}]"}, "objectives.0.abrot", "unknown key 'abrot'"),
        ({"objectives": "[{limit: 'p95 <= 1s', abort: yes}]"}, "objectives.0.abort", "true or false is needed"),
        ({"objectives": "[{limit: 'p95 <= 1'}]"}, "objectives.0.limit", "the limit is in '1'"),
        ({"objectives": "['p95 over 9s <= 1s']"}, "steady.objectives.0", "needs 9 s, and 8 s are judged"),
        ({"objectives": "['p95 over 3s for 3 windows <= 1s']"}, "objectives.0", "3 windows of 3 s, and 8 s"),
        ({"objectives": "['p99.9 <= 1s']"}, "steady.objectives.0", "needs 5,000 samples, and at most 800 requests"),
        ({"objectives": "['p95 over 1s <= 1s']", "rate": "5/s"}, "objectives.0", "at most 10 requests are made in 1 s"),
        ({"arrivals": "random"}, "steady.arrivals", "known are constant, poisson"),
        ({"spawn_rate": "5/s"}, "steady.spawn_rate", "means nothing without `users:`"),
        ({"rate": None, "users": "5", "max_in_flight": "5"}, "max_in_flight", "means nothing without `rate:`"),
        ({"user_classes": "[A]"}, "steady.user_classes", "means nothing without `locustfile:`"),
        ({"locustfile": "gone.py", "mix": None}, "steady.locustfile", "there is no"),
        ({"think_time": "2s to 1s"}, "steady.think_time", "a think time is `1s`, or `500ms to 2s`"),
        ({"shape": "{}"}, "steady.shape", "exactly one of ramp, soak, spike and steps"),
        ({"shape": "{ramp: 5s, steps: 2}"}, "steady.shape", "it has ramp and steps"),
        ({"shape": "{ramp: 10s}"}, "profiles.steady", "leaves nothing of 10 s at the full load"),
        ({"shape": "{steps: 11}"}, "profiles.steady", "11 steps don't fit into 10 s"),
        ({"shape": "{spike: {after: 5s, during: 5s}}"}, "profiles.steady", "leaves nothing of 10 s"),
        ({"shape": "{spike: {after: 5s, during: 1s, base: 100 %}}"}, "spike.base", "less than 100 %"),
        ({"needs": "[dq]"}, "steady.needs.0", "there is no endpoint 'dq'"),
        ({"processes": "65"}, "steady.processes", "from 1 to 64"),
        ({"processes": "2", "workers": "{count: 2, token: '${TOKEN}'}"}, "steady.processes", "beside `workers:`"),
        ({"workers": "{count: 2, token: short}"}, "profiles.steady", "at least 16 characters"),
        ({"generator": "{cpu: <= 1s}"}, "generator.cpu", "write it as in '<= 90 %'"),
        ({"baseline": "{limits: {p95: <= 20 %}}"}, "baseline.limits.p95", "write it as in '<= 1.2'"),
        ({"baseline": "{limits: {error_ratio: <= 1.2}}"}, "limits.error_ratio", "is not compared with a baseline"),
        ({"baseline": "{limits: {p95 of qoute: <= 1.2}}"}, "baseline.limits", "did you mean 'quote'?"),
        ({"baseline": "{limits: {}}"}, "baseline.limits", "nothing would be compared"),
        ({"unknown": "1"}, "steady.unknown", "unknown key"),
    ],
)
def test_what_does_not_fit_is_an_error(tmp_path, changes, key, words):
    """It names the key and says what is known."""
    found = problems(tmp_path, profile(**changes))
    assert any(key in problem.partition(": ")[0] and words in problem for problem in found), found


@pytest.mark.parametrize(
    ("cap", "words"),
    [
        ("rate: 62/s", "the plan has 62.5 requests per second, and the cap is 62"),  # a journey has two
        ("users: 199", "the plan has 200 users, and the cap is 199"),
        ("duration: 9s", "the plan has 10 seconds, and the cap is 9"),
        ("requests: 624", "the plan has 625 requests, and the cap is 624"),
    ],
)
def test_guard_rails_hold_before_any_load(tmp_path, cap, words):
    """Each by itself; a cap of just enough lets it pass."""
    load = profile()[:-1] + f", caps: {{{cap}}}}}"
    assert any(words in problem for problem in problems(tmp_path, load))
    enough = cap.replace("62/", "63/").replace("199", "200").replace("9s", "10s").replace("624", "625")
    assert problems(tmp_path, profile()[:-1] + f", caps: {{{enough}}}}}") == []


@pytest.mark.parametrize(
    ("base", "more", "allowed"),
    [
        ("http://127.0.0.1:8000", "", True),
        ("http://[::1]:8000", "", True),
        ("http://localhost:8000", "", True),
        ("http://127.0.0.1:8000", "policy: {approvals: [CTO]}", False),
        ("https://shop.example.com", "", False),
        ("http://10.0.0.5", "", False),
        ("http://localhost.example.com", "", False),
    ],
)
def test_load_needs_leave_where_it_can_hurt(tmp_path, base, more, allowed):
    """On another machine, and wherever people approve: only with `allow_load: true`."""
    found = problems(tmp_path, profile(), base=base, more=more)
    assert [problem.partition(": ")[0] for problem in found] == ([] if allowed else ["load.allow_load"])
    assert problems(tmp_path, profile()[:-1] + ", allow_load: true}", base=base, more=more) == []


def test_a_foreign_host_behind_an_endpoint_needs_leave_too(tmp_path):
    """An endpoint of the mix may be somebody else's."""
    frame = FRAME.format(base="http://127.0.0.1:1", gate="{}")
    frame = frame.replace("endpoints:\n", "endpoints:\n  theirs: {http: 'https://other.example.com/a'}\n")
    (tmp_path / "env.yaml").write_text(f"{frame}load: {profile(mix='{theirs: 1}')}\n")
    found = [str(problem) for problem in examine(tmp_path / "env.yaml").problems]
    assert len(found) == 1
    assert "load is not allowed on other.example.com, which is not this machine" in found[0]


@pytest.mark.parametrize(
    ("watch", "words"),
    [
        ("{api: {}}", "exactly one of container, host and port says what is watched; it has none"),
        ("{api: {container: a, port: 80}}", "it has container and port"),
        ("{api: {host: db}}", "there is no host 'db'; declare it under `hosts:`"),
        ("{api: {host: db, limits: {disk_read: <= 1MB}}}", "is not read of a whole machine"),
        ("{api: {port: 0}}", "a port is a number from 1 to 65535"),
        ("{api: {port: 80, limits: {cpu: <= 2}}}", "write it as in '<= 80 %'"),
        ("{api: {port: 80, limits: {cup: <= 2 %}}}", "did you mean 'cpu'?"),
    ],
)
def test_what_is_watched(tmp_path, watch, words):
    """One thing, by limits of what is measured of it."""
    load = profile()[:-1] + f", watch: {watch}}}"
    assert any(words in problem for problem in problems(tmp_path, load))
    good = profile()[:-1] + ", watch: {api: {port: 80, limits: {cpu: <= 80 %, memory: <= 1GB}}}}"
    assert problems(tmp_path, good) == []


class TestGates:
    """The gate's own limits, and gates that divide the profiles."""

    def test_limits_of_the_gate_are_objectives(self, tmp_path):
        """They are checked like these, and make objectives of a profile unnecessary."""
        assert problems(tmp_path, profile(objectives=None), gate="{limits: {p95: <= 1s}}") == []
        found = problems(tmp_path, profile(), gate="{limits: {p95s: <= 1s}}")
        assert any("gates.load.limits.p95s" in problem and "did you mean 'p95'?" in problem for problem in found)
        assert any("measured in 's'" in p for p in problems(tmp_path, profile(), gate="{limits: {p95: <= 1 %}}"))

    def test_two_gates_want_the_same_of_a_profile(self, tmp_path):
        """Else nobody knows by what it is judged; `only:` divides them."""
        one = "{limits: {p95: <= 1s}}, stress: {kind: load, limits: {p95: <= 2s}}"
        found = problems(tmp_path, profile(), gate=one)
        assert any("the gate 'load' has another limit for the profile 'steady'" in problem for problem in found)
        assert problems(tmp_path, profile(), gate=one.replace("p95: <= 2s", "p99: <= 2s")) == []

    def test_a_floor_may_be_tightened_and_never_loosened(self, tmp_path):
        """By the gate and by a profile's own objective of the same subject."""
        (tmp_path / "floor.yaml").write_text("gates: {load: {limits: {error_ratio: <= 2 %}}}\n")
        more = "floor: floor.yaml\n"
        loose = profile(objectives="['error_ratio <= 5 %']")
        assert any("looser than the floor's" in problem for problem in problems(tmp_path, loose, more=more))
        assert any(
            "looser" in p for p in problems(tmp_path, profile(), gate="{limits: {error_ratio: <= 3 %}}", more=more)
        )
        assert problems(tmp_path, profile(objectives="['error_ratio <= 1 %']"), more=more) == []
        assert problems(tmp_path, profile(), more=more) == []

    def test_a_gate_without_profiles_is_no_error_and_judges_nothing(self, tmp_path):
        """The gate says so itself: INCONCLUSIVE."""
        assert problems(tmp_path, "{}") == []
