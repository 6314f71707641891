"""Which criterion holds for which reading: defaults, limits of gate, group and host, and what was not seen."""

import pytest

from checks.evidence import Gap, Reading
from gates.environment.hosts import whole_host
from gates.environment.hosts_limits import EXPECTED, LIMITED, check_host_limit, default_of, remedy_of
from gates.measured.hosts import judge_host
from reports.verdict import Verdict

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE


def readings(**more):
    """What a healthy host says."""
    values = {
        "reachable": (True, "bool"),
        "cpu.use": (0.5, "ratio"),
        "memory.use": (0.5, "ratio"),
        "disk./.use": (0.5, "ratio"),
        "disk./.inodes": (0.5, "ratio"),
        "disk./var.use": (0.5, "ratio"),
        "disk./var.inodes": (0.5, "ratio"),
        "kernel": ("6.1.0", "text"),
    }
    return {part: Reading(f"app.{part}", value, unit) for part, (value, unit) in values.items()} | more


@pytest.fixture
def judge(load):
    """`judge(parts, host, limits, groups)`: verdicts by subject."""

    def one(parts, host="{connect: 'ssh://app'}", limits="{}", groups="{}"):
        environment = load(host, limits, groups)
        found = judge_host(whole_host(environment, "app"), parts, environment.gates["hosts"].limits)
        assert found
        return {judgement.subject.removeprefix("app."): judgement for judgement in found}

    return one


def verdicts(found):
    return {part: judgement.verdict for part, judgement in found.items()}


def test_nothing_was_measured(judge):
    """No evidence at all, or none of reachability, is no pass."""
    assert verdicts(judge({})) == {"reachable": INCONCLUSIVE}
    assert verdicts(judge({"app": Gap("app", "was not measured in this run")})) == {"app": INCONCLUSIVE}


def test_reachable_and_nothing_else(judge):
    """What has a default is missed, each by its name."""
    found = judge({"reachable": Reading("app.reachable", True, "bool")})
    assert verdicts(found) == {
        "reachable": PASS,
        "cpu.use": INCONCLUSIVE,
        "memory.use": INCONCLUSIVE,
        "disk.*.use": INCONCLUSIVE,
        "disk.*.inodes": INCONCLUSIVE,
    }


def test_a_healthy_host(judge):
    """What has no limit is not judged."""
    found = judge(readings())
    assert set(verdicts(found).values()) == {PASS}
    assert "kernel" not in found


@pytest.mark.parametrize("part", ["cpu.use", "memory.use", "disk./.use", "disk./var.inodes"])
@pytest.mark.parametrize(("value", "verdict"), [(0.8, PASS), (0.80001, FAIL)])
def test_eighty_percent_is_the_default(judge, part, value, verdict):
    """For CPU, memory, disk and inodes; exactly 80 % is within it."""
    found = judge(readings(**{part: Reading(f"app.{part}", value, "ratio")}))
    assert found[part].verdict is verdict
    assert [one for one, judgement in found.items() if judgement.verdict is not PASS] == (
        [part] if verdict is FAIL else []
    )


def test_a_gap_in_place_of_a_reading(judge):
    """It is that one judgement."""
    found = judge(readings(**{"memory.use": Gap("app.memory.use", "it hung")}))
    assert found["memory.use"].verdict is INCONCLUSIVE
    assert [one for one, judgement in found.items() if judgement.verdict is not PASS] == ["memory.use"]


def test_a_look_that_broke_off(judge):
    """The Gap that says so is judged beside what was seen."""
    found = judge(readings(facts=Gap("app.facts", "the check itself failed")))
    assert found["facts"].verdict is INCONCLUSIVE
    assert found["cpu.use"].verdict is PASS


def test_host_before_group_before_gate_before_default(judge):
    """The nearer one counts, and among its own the more exact one."""
    parts = readings(**{"memory.use": Reading("app.memory.use", 0.85, "ratio")})
    host = "{{connect: 'ssh://app', groups: [g], limits: {}}}"
    gate, group, own = "{memory.use: '<= 90 %'}", "{g: {limits: {memory.use: '<= 84 %'}}}", "{memory.use: '<= 86 %'}"
    assert judge(parts)["memory.use"].verdict is FAIL
    assert judge(parts, limits=gate)["memory.use"].verdict is PASS
    assert judge(parts, host.format("{}"), gate, group)["memory.use"].verdict is FAIL
    assert judge(parts, host.format(own), gate, group)["memory.use"].verdict is PASS


def test_one_file_system_and_all(judge):
    """`disk./var.use` before `disk./v*.use` before `disk.use`, wherever they stand in the host and its groups."""
    parts = readings(**{"disk./var.use": Reading("app.disk./var.use", 0.85, "ratio")})
    host = "{{connect: 'ssh://app', groups: [g], limits: {}}}"
    for limits, group, verdict in (
        ("{disk.use: '<= 90 %'}", "{}", PASS),
        ("{disk.use: '<= 90 %', disk./v*.use: '<= 70 %'}", "{}", FAIL),
        ("{disk.use: '<= 70 %', disk./v*.use: '<= 70 %', disk./var.use: '<= 90 %'}", "{}", PASS),
        ("{disk.use: '<= 90 %'}", "{disk./var.use: '<= 70 %'}", FAIL),
    ):
        found = judge(parts, host.format(limits), groups=f"{{g: {{limits: {group}}}}}")
        assert found["disk./var.use"].verdict is verdict, limits


def test_a_limit_has_to_find_what_it_names(judge):
    """A path that was not measured is a Gap, of the host and of the gate."""
    for host, limits in (
        ("{connect: 'ssh://app', limits: {disk./srv.use: '<= 90 %'}}", "{}"),
        (None, "{disk./srv.use: '<= 90 %'}"),
    ):
        found = judge(readings(), host or "{connect: 'ssh://app'}", limits)
        assert found["disk./srv.use"].verdict is INCONCLUSIVE
    absent = Reading("app.disk./srv.use", False, "present", detail="there is no such path")
    found = judge(readings(**{"disk./srv.use": absent}), limits="{disk./srv.use: '<= 90 %'}")
    assert found["disk./srv.use"].verdict is FAIL
    assert "remove the limit" in found["disk./srv.use"].remedy


def test_a_pattern_has_to_find_something(judge):
    """Of the host itself; that of a group or of the gate is for those who have what it names."""
    limits = "{disk./mnt/*.use: '<= 90 %'}"
    found = judge(readings(), f"{{connect: 'ssh://app', limits: {limits}}}")
    assert [part for part, one in found.items() if one.verdict is not PASS] == ["disk./mnt/*.use"]
    assert found["disk./mnt/*.use"].verdict is INCONCLUSIVE
    assert found["disk./mnt/*.use"].reason == "no file system that this limit names was found"
    mounted = readings(**{"disk./mnt/a.use": Reading("app.disk./mnt/a.use", 0.85, "ratio")})
    assert set(verdicts(judge(mounted, f"{{connect: 'ssh://app', limits: {limits}}}")).values()) == {PASS}
    assert set(verdicts(judge(readings(), limits=limits)).values()) == {PASS}
    groups = f"{{g: {{limits: {limits}}}}}"
    assert set(verdicts(judge(readings(), "{connect: 'ssh://app', groups: [g]}", groups=groups)).values()) == {PASS}


def test_what_is_expected_has_to_be_seen(judge):
    """One Gap for each thing, by what the others depend on."""
    host = """{connect: 'ssh://app', services: {nginx: {running: true, enabled: true}}, packages: {openssl: '>= 3'},
        ports: {443: listening, 53/udp: closed, 5432: loopback}, processes: {nginx: running}, sysctl: {a.b: 1},
        files: {/a: {mode: '0640', owner: 7, contains: x}}, users: {app: {uid: 1, groups: [g]}},
        user_groups: {g: {gid: 2}}}"""
    found = judge(readings(), host)
    missed = {part for part, judgement in found.items() if judgement.verdict is INCONCLUSIVE}
    assert missed == {
        "services.nginx.running",
        "services.nginx.enabled",
        "packages.openssl.installed",
        "ports.443.listening",
        "ports.53/udp.listening",
        "ports.5432.listening",
        "processes.nginx",
        "sysctl.a.b",
        "files./a.exists",
        "users.app.exists",
        "user_groups.g.exists",
    }


def test_of_what_is_not_there_nothing_else_is_judged(judge):
    """A package that is missing has no version: one failure, not two."""
    host = "{connect: 'ssh://app', packages: {openssl: '>= 3'}}"
    missing = Reading("app.packages.openssl.installed", False, "bool", detail="openssl is not installed")
    found = judge(readings(**{"packages.openssl.installed": missing}), host)
    assert [part for part, judgement in found.items() if judgement.verdict is not PASS] == [
        "packages.openssl.installed"
    ]
    there = Reading("app.packages.openssl.installed", True, "bool")
    found = judge(readings(**{"packages.openssl.installed": there}), host)
    assert found["packages.openssl.version"].verdict is INCONCLUSIVE


@pytest.mark.parametrize(
    ("offset", "uncertainty", "verdict"),
    [
        (0.2, 0.1, PASS),
        (0.45, 0.1, INCONCLUSIVE),
        (0.55, 0.1, INCONCLUSIVE),
        (0.7, 0.1, FAIL),
        (0.0, 0.6, INCONCLUSIVE),
        (60.0, 5.0, FAIL),
        (0.4, 0.1, PASS),
    ],
)
def test_the_clock_within_its_uncertainty(judge, offset, uncertainty, verdict):
    """It is judged only where both ends fall on the same side of the limit."""
    parts = readings(
        **{
            "clock.offset": Reading("app.clock.offset", offset, "s"),
            "clock.uncertainty": Reading("app.clock.uncertainty", uncertainty, "s"),
        }
    )
    assert judge(parts, limits="{clock.offset: '<= 500ms'}")["clock.offset"].verdict is verdict


def test_the_clock_of_this_machine_is_not_judged(judge):
    """A gate's limit of all clocks is about the others; one whose offset is a Gap is missed."""
    limits = "{clock.offset: '<= 500ms'}"
    assert "clock.offset" not in judge(readings(), "{connect: 'local://'}", limits)
    assert judge(readings(), limits=limits)["clock.offset"].verdict is INCONCLUSIVE


def test_the_hosts_own_remedy_comes_first(judge):
    """What to do is known best by who wrote the file."""
    full = readings(**{"memory.use": Reading("app.memory.use", 0.9, "ratio")})
    assert judge(full)["memory.use"].remedy == LIMITED["memory.use"].remedy
    assert judge(full, "{connect: 'ssh://app', remedy: page ops}")["memory.use"].remedy == "page ops"


def test_every_default_is_a_limit_that_could_be_written():
    """And each has a remedy."""
    for name, subject in LIMITED.items():
        assert remedy_of(name.replace("*", "/x"))
        criterion = default_of(name.replace("*", "/x"))
        assert (criterion is not None) == bool(subject.default)
        if criterion is not None:
            check_host_limit(name.replace("*", "/x"), criterion)
    assert all(EXPECTED.values())
