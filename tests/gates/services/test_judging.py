"""Judging what a look brought: what is missing is a Gap, what is down is one failure."""

import pytest

from checks.evidence import Gap, Reading
from gates.measured.services import judge_service
from reports.verdict import Verdict


@pytest.fixture
def judge(load):
    """Judge these parts of a Redis: verdict and reason by subject."""

    def by(*evidence, declared="", limits="{}"):
        environment = load(f'{{redis: {{kv: {{url: "redis://h"{declared}}}}}}}', limits).model
        (_, name, service) = next(environment.services.looks())
        parts = {found.subject.removeprefix("kv."): found for found in evidence}
        judged = judge_service(name, service, parts, environment.gates["services"].limits)
        return {found.subject.removeprefix("kv."): (found.verdict, found.reason) for found in judged}

    return by


UP = Reading("kv.up", True, "bool")
DEFAULTS = {
    "read_only",
    "connections.used_ratio",
    "memory.used_ratio",
    "persistence.aof.written",
    "persistence.rdb.saved",
    "replication.connected",
    "replication.heard",
}


def test_nothing_is_a_gap(judge):
    """A service that was not looked at is not well."""
    assert judge() == {"up": (Verdict.INCONCLUSIVE, "was not measured in this run")}


def test_up_alone_leaves_everything_else_unknown(judge):
    """Each default needs its reading, and the role says which there are."""
    found = judge(UP)
    assert found.pop("up")[0] is Verdict.PASS
    assert found == dict.fromkeys(DEFAULTS, (Verdict.INCONCLUSIVE, "was not measured in this run"))
    primary = judge(UP, Reading("kv.role", "primary", "text"))
    assert "replication.connected" not in primary


def test_the_reason_of_the_rest_is_told(judge):
    """Where our own side could not go on, each missing part says why."""
    found = judge(UP, Gap("kv.rest", "no free socket", remedy="raise ulimit -n"))
    assert found["memory.used_ratio"] == (Verdict.INCONCLUSIVE, "no free socket")
    assert "rest" not in found


def test_down_is_one_failure_and_what_was_read_is_judged(judge):
    """The parts that could not be read are not ten more."""
    down = Reading("kv.up", False, "bool", detail="connection refused")
    assert judge(down, limits='{version: "= 7"}'.replace("= 7", '= \\"7\\"')) == {
        "up": (Verdict.FAIL, "connection refused")
    }
    found = judge(down, Reading("kv.memory.used_ratio", 0.95, "ratio"))
    assert found.keys() == {"up", "memory.used_ratio"}
    assert found["memory.used_ratio"][0] is Verdict.FAIL


def test_not_known_is_not_down(judge):
    """A Gap in place of `up` is INCONCLUSIVE, with nothing beside it."""
    assert judge(Gap("kv.up", "no route to the host")) == {"up": (Verdict.INCONCLUSIVE, "no route to the host")}


def test_the_nearest_limit_holds(judge):
    """The service's before the gate's before the default, the name before the pattern."""
    full = Reading("kv.memory.used_ratio", 0.85, "ratio")
    assert judge(UP, full)["memory.used_ratio"][0] is Verdict.PASS
    strict = '{memory.used_ratio: "<= 50 %"}'
    assert judge(UP, full, limits=strict)["memory.used_ratio"][0] is Verdict.FAIL
    own = ', limits: {memory.used_ratio: "<= 86 %"}'
    assert judge(UP, full, limits=strict, declared=own)["memory.used_ratio"][0] is Verdict.PASS
    lag = Reading("kv.replica.a:1.lag", 20, "s")
    pattern = '{replica.*.lag: "<= 5s", "replica.a:1.lag": "<= 25s"}'
    assert judge(UP, lag, limits=pattern)["replica.a:1.lag"][0] is Verdict.PASS
    assert judge(UP, lag, limits='{replica.*.lag: "<= 5s"}')["replica.a:1.lag"][0] is Verdict.FAIL


def test_a_limit_of_the_service_has_to_find_what_it_names(judge):
    """A replica that is not connected is no replica that is in step."""
    own = ', limits: {"replica.a:1.lag": "<= 5s"}'
    assert judge(UP, declared=own)["replica.a:1.lag"] == (Verdict.INCONCLUSIVE, "was not measured in this run")


def test_what_was_limited_and_not_measured_says_when_it_is(load):
    """Not what to do where it fails: it did not fail. The service's own words come first."""

    def remedy(more, parts):
        limits = '{nodes.running: ">= 3"}'
        environment = load(f'{{rabbitmq: {{kv: {{url: "amqp://h", limits: {limits}{more}}}}}}}').model
        (_, name, service) = next(environment.services.looks())
        found = {judged.subject: judged for judged in judge_service(name, service, parts, {})}
        return found["kv.nodes.running"].remedy

    assert remedy("", {"up": UP}) == "it is measured with management"
    assert remedy(", remedy: call the team", {"up": UP}) == "call the team"
    stopped = {"up": UP, "nodes.running": Reading("kv.nodes.running", 1)}
    assert remedy("", stopped) == "start the node, and read its log"


def test_a_pattern_of_the_service_has_to_find_something(judge):
    """Of a limit that is about nothing nobody can say that it holds; the gate's is for those who have what it names."""
    lag = Reading("kv.replica.a:1.lag", 1, "s")
    own = ', limits: {replica.*.lag: "<= 5s"}'
    assert judge(UP, declared=own)["replica.*.lag"] == (
        Verdict.INCONCLUSIVE,
        "nothing that this limit names was found",
    )
    found = judge(UP, lag, declared=own)
    assert found["replica.a:1.lag"][0] is Verdict.PASS
    assert "replica.*.lag" not in found
    assert "replica.*.lag" not in judge(UP, limits='{replica.*.lag: "<= 5s"}')
    down = Reading("kv.up", False, "bool", detail="connection refused")
    assert judge(down, declared=own).keys() == {"up"}


def test_a_declared_role_is_wanted(judge):
    """And a replica takes no writes."""
    primary = Reading("kv.role", "primary", "text")
    assert judge(UP, primary, declared=", role: replica")["role"] == (Verdict.FAIL, "'primary', wanted = 'replica'")
    assert judge(UP, primary, declared=", role: primary")["role"][0] is Verdict.PASS
    assert judge(UP, declared=", role: primary")["role"][0] is Verdict.INCONCLUSIVE
    writable = Reading("kv.read_only", False, "bool")
    assert judge(UP, writable, declared=", role: replica")["read_only"][0] is Verdict.FAIL


def test_the_wrong_role_is_one_failure(judge):
    """A primary that should be a replica takes writes: that is what a primary does."""
    role, replica = Reading("kv.role", "primary", "text"), Reading("kv.role", "replica", "text")
    writable = Reading("kv.read_only", False, "bool")
    assert "read_only" not in judge(UP, role, writable, declared=", role: replica")
    assert judge(UP, replica, writable, declared=", role: replica")["read_only"][0] is Verdict.FAIL
    own = ', role: primary, limits: {read_only: "= true"}'
    assert judge(UP, replica, writable, declared=own)["read_only"][0] is Verdict.FAIL
