"""`hosts:` and `host_groups:` in an environment file: each broken file with its twin that fits, and floors."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.hosts.probe import FileAsk, PortAsk, ProcessAsk, UserAsk
from gates.environment import examine
from gates.environment.hosts import whole_host
from gates.environment.hosts_expectations import FIELDS

FRAME = "service: shop\nendpoints: {db: {tcp: 'h:1'}}\ngates: {hosts: {}}\n"
SSH = "connect: 'ssh://app'"


def problems(folder, text, floor=None):
    """The problems of a file, as `key: words`."""
    (folder / "env.yaml").write_text(text)
    (folder / "id_ed25519").write_text("key")
    if floor is not None:
        (folder / "floor.yaml").write_text(floor)
    return [f"{problem.key}: {problem}" for problem in examine(folder / "env.yaml", {"TOKEN": "t0ps3cret"}).problems]


@pytest.mark.parametrize(
    ("bad", "key", "words", "good"),
    [
        ("connect: {}", "connect", "a text is needed, not a mapping", ""),
        ("connect: app-1", "connect", "write one of local://", "connect: docker://app-1"),
        ("connect: paramiko://app", "connect", "not reached by 'paramiko'", "connect: local://"),
        ("connect: 'ssh://u:secret@app'", "connect", "holds a password", "connect: 'ssh://u@app'"),
        ("connect: 5", "connect", "a text is needed", ""),
        ("conect: x", "hosts.app.conect", "unknown key", ""),
        ("groups: [web]", "groups.0", "there is no host group 'web'; did you mean 'wep'?", "groups: [wep]"),
        ("needs: [dbb]", "needs.0", "did you mean 'db'?", "needs: [db]"),
        ("sudo: yes please", "sudo", "true or false is needed", "sudo: true"),
        ("timeout: 30", "timeout", "has no unit", "timeout: 30s"),
        ("timeout: 500ms", "hosts.app", "a timeout is 1 to 600 s", "timeout: 5s"),
        ("timeout: 30min", "hosts.app.timeout", "at most 10min", "timeout: 10min"),
        ("interval: 2min", "interval", "at most 60s", "interval: 10s"),
        ("interval: 20s, timeout: 10s", "hosts.app", "less than the timeout", "interval: 2s, timeout: 10s"),
        ("ssh: {identity_file: id_rsa}", "ssh.identity_file", "there is no file", "ssh: {identity_file: id_ed25519}"),
        ("ssh: {identity_file: .}", "ssh.identity_file", "there is no file", ""),
        ("ssh: {host_keys: no}", "ssh.host_keys", "is not known", "ssh: {host_keys: accept-new}"),
        ("connect: local://, ssh: {}", "hosts.app.ssh", "means nothing", "ssh: {}"),
        ("engine: 'unix:///x'", "hosts.app.engine", "reached by ssh://", "connect: docker://a, engine: 'unix:///x'"),
        ("limits: {disk.us: '<= 80 %'}", "limits.disk.us", "did you mean 'disk.use'?", "limits: {disk.use: '<= 80 %'}"),
        ("limits: {disk.use: '<= 80'}", "limits", "write it as in '<= 80 %'", "limits: {disk.use: '<= 95 %'}"),
        (
            "limits: {disk./var/.use: '<= 80 %'}",
            "limits",
            "without a slash at its end",
            "limits: {disk./var.use: '<= 80 %'}",
        ),
        ("limits: {disk.var.use: '<= 80 %'}", "limits", "starts with `/`", "limits: {disk./.use: '<= 80 %'}"),
        ("limits: {kernel: '>= 6.1'}", "limits.kernel", "as in 'version >= 6.1'", "limits: {kernel: 'version >= 6.1'}"),
        ("limits: {pending_reboot: '= no'}", "limits", "it is true or false", "limits: {pending_reboot: '= false'}"),
        ("limits: {memory.use: 'version >= 1'}", "limits", "can't limit memory.use", ""),
        ("limits: {reachable: '= true'}", "limits", "'reachable' can't be limited", ""),
        ("limits: {services.nginx: '= true'}", "limits", "write it under `services:`", "services: {nginx: running}"),
        (
            "connect: local://, limits: {clock.offset: '<= 1s'}",
            "clock.offset",
            "compared with",
            "limits: {clock.offset: '<= 1s'}",
        ),
        ("services: {nginx: runing}", "services.nginx", "did you mean 'running'?", "services: {nginx: running}"),
        ("services: {nginx: true}", "services.nginx", "is not known", "services: {nginx: {running: true}}"),
        (
            "services: {nginx: {runing: true}}",
            "services.nginx.runing",
            "did you mean 'running'?",
            "services: {nginx: {enabled: false}}",
        ),
        ("services: {nginx: {}}", "services.nginx", "says nothing", ""),
        ("services: {'-x': running}", "services", "does not start with `-`", ""),
        ("packages: {openssl: latest}", "packages.openssl", "is no version", "packages: {openssl: 3.0.15-1}"),
        ("packages: {openssl: 3.0}", "packages.openssl", "not the number 3.0", "packages: {openssl: '3.0'}"),
        ("packages: {openssl: '>='}", "packages.openssl", "is no version", "packages: {openssl: '>= 3'}"),
        ("ports: {http: listening}", "ports.http", "write 443 or 53/udp", "ports: {80: listening}"),
        ("ports: {70000: listening}", "ports.70000", "from 1 to 65535", "ports: {53/udp: closed}"),
        ("ports: {443: open}", "ports.443", "write closed, listening, loopback", "ports: {443/tcp: loopback}"),
        ("processes: {nginx: up}", "processes.nginx", "write running, absent", "processes: {nginx: 3}"),
        (
            "processes: {nginx: {command: '('}}",
            "processes.nginx.command",
            "not a regular expression",
            "processes: {nginx: {command: 'a b', count: '>= 2'}}",
        ),
        ("files: {etc/app: present}", "files.etc/app", "starts with `/`", "files: {/etc/app: present}"),
        ("files: {/a: {mode: 640}}", "files./a.mode", 'octal digits in quotes: "0640"', "files: {/a: {mode: '640'}}"),
        ("files: {/a: {mode: rw}}", "files./a.mode", "octal digits", ""),
        (
            "files: {/a: {sha256: abc}}",
            "files./a.sha256",
            "64 hexadecimal digits",
            "files: {/a: {sha256: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}",
        ),
        (
            "files: {/a: {contains: [x, '(']}}",
            "files./a.contains.1",
            "not a regular expression",
            "files: {/a: {contains: [x], lacks: y}}",
        ),
        ("files: {/a: {kind: folder}}", "files./a.kind", "known are", "files: {/a: {kind: directory}}"),
        ("files: {/a: {size: '<= 5s'}}", "files./a.size", "can't judge this", "files: {/a: {size: '<= 5MB'}}"),
        ("users: {app: {uid: root}}", "users.app.uid", "a whole number is needed", "users: {app: {uid: 0}}"),
        ("users: {app: {groups: docker}}", "users.app.groups", "a list of names", "users: {app: {groups: [docker]}}"),
        ("user_groups: {docker: yes}", "user_groups.docker", "write absent, present", "user_groups: {docker: present}"),
        (
            "sysctl: {somaxconn: 1}",
            "sysctl.somaxconn",
            "as in net.core.somaxconn",
            "sysctl: {net.core.somaxconn: '>= 1'}",
        ),
        ("sysctl: {../../etc/shadow: x}", "sysctl", "is no setting", "sysctl: {net/ipv4/conf/eth0.1/forwarding: 0}"),
        ("sysctl: {net.ipv4.ip_forward: true}", "sysctl", "write 1 or 0", "sysctl: {net.ipv4.ip_forward: 1}"),
    ],
)
def test_a_broken_host_and_its_twin(tmp_path, bad, key, words, good):
    """The key and the words; nothing else is wrong with it, and nothing with the twin."""

    def written(host):
        reached = host if host.startswith("connect:") else f"{SSH}, {host}"
        return f"{FRAME}host_groups: {{wep: {{}}}}\nhosts: {{app: {{{reached}}}}}\n"

    found = problems(tmp_path, written(bad))
    assert len(found) == 1, found
    assert key in found[0].partition(": ")[0]
    assert words in found[0]
    assert "secret" not in found[0]
    assert problems(tmp_path, written(good)) == []


def test_a_secret_can_not_stand_there(tmp_path):
    """It would be on the command line."""
    found = problems(tmp_path, FRAME + "hosts: {app: {connect: 'ssh://app', packages: {openssl: '${TOKEN}'}}}\n")
    assert len(found) == 1
    assert "t0ps3cret" not in found[0]


def test_limits_of_groups_and_of_the_gate(tmp_path):
    """They are checked where they stand."""
    text = (
        "service: shop\nhosts: {{}}\nhost_groups: {{web: {{limits: {{{}: '<= 80 %'}}}}}}\n"
        "gates: {{hosts: {{limits: {{{}: '<= 80 %'}}}}}}\n"
    )
    assert problems(tmp_path, text.format("disk.use", "memory.use")) == []
    (found,) = problems(tmp_path, text.format("disk", "memory.use"))
    assert "host_groups.web.limits.disk" in found
    (found,) = problems(tmp_path, text.format("disk.use", "memory"))
    assert "gates.hosts.limits.memory" in found


@pytest.mark.parametrize(
    ("one", "other", "own", "words"),
    [
        ("sudo: true", "sudo: false", "sudo: true", "differ in sudo"),
        (
            "limits: {disk.use: '<= 80 %'}",
            "limits: {disk.use: '<= 90 %'}",
            "limits: {disk.use: '<= 85 %'}",
            "limits.disk.use",
        ),
        ("services: {nginx: running}", "services: {nginx: stopped}", "services: {nginx: running}", "services.nginx"),
    ],
)
def test_groups_that_want_different_things(tmp_path, one, other, own, words):
    """Which of them is meant is not guessed: the host says it."""
    text = f"{FRAME}host_groups: {{a: {{{one}}}, b: {{{other}}}}}\nhosts: {{app: {{{SSH}, groups: [a, b]{{}}}}}}\n"
    (found,) = problems(tmp_path, text.replace("{}}}\n", "}}\n"))
    assert words in found
    assert "the groups 'a' and 'b' differ" in found
    assert problems(tmp_path, text.replace("{}}}\n", f", {own}}}}}\n")) == []
    same = text.replace(other, one).replace("{}}}\n", "}}\n")
    assert problems(tmp_path, same) == []


def test_what_is_asked_of_a_host(load):
    """Everything that is declared, of the host and its groups, as the checks want it."""
    model = load(
        """{connect: 'ssh://deploy@app:2222', groups: [web], sudo: true, timeout: 10s, services: {nginx: running},
            packages: {openssl: installed}, ports: {443: listening, 53/udp: closed},
            files: {/a: {sha256: %s, lacks: x}}, processes: {w: {command: 'a b'}},
            users: {u: {groups: [g]}}, user_groups: {g: present}, sysctl: {a.b: 1},
            limits: {disk./var.use: '<= 90 %%', disk./mnt/*.use: '<= 99 %%'}}"""
        % ("a" * 64),
        limits="{disk./srv.free: '>= 1GB', clock.offset: '<= 1s', pending_reboot: '= false'}",
        groups="{web: {interval: 2s, timeout: 20s, services: {cron: enabled}, ssh: {connect_timeout: 3s}}}",
    )
    from gates.measured.hosts import gate_limits

    probe = whole_host(model, "app").probe(gate_limits(model))
    assert (probe.connect, probe.sudo, probe.timeout, probe.interval) == ("ssh://deploy@app:2222", True, 10.0, 2.0)
    assert probe.ssh.connect_timeout == 3.0
    assert set(probe.disks) == {"/var", "/srv"}
    assert probe.services == ("cron", "nginx")
    assert probe.packages == ("openssl",)
    assert probe.ports == (PortAsk(443), PortAsk(53, "udp"))
    assert probe.files == (FileAsk("/a", True, ("x",)),)
    assert probe.processes == (ProcessAsk("w", "a b"),)
    assert probe.users == (UserAsk("u", ("g",)),)
    assert (probe.user_groups, probe.sysctl) == (("g",), ("a.b",))
    assert (probe.clock, probe.reboot) == (True, True)
    plain = whole_host(load("{connect: 'ssh://app'}"), "app").probe({})
    assert (plain.clock, plain.reboot, plain.timeout, plain.interval) == (False, False, 30.0, 1.0)


def test_a_floor_can_be_tightened_and_not_loosened(tmp_path):
    """By the gate, a host, a group, and by a limit of one file system."""
    floor = "gates: {hosts: {limits: {disk.use: '<= 80 %', memory.use: '<= 80 %'}}}\n"
    text = (
        "service: shop\nfloor: floor.yaml\nhosts: {{app: {{connect: local://, limits: {}, groups: [g]}}}}\n"
        "host_groups: {{g: {{limits: {}}}}}\ngates: {{hosts: {{limits: {}}}}}\n"
    )
    assert problems(tmp_path, text.format("{}", "{}", "{}"), floor) == []
    assert (
        problems(
            tmp_path,
            text.format("{disk./var.use: '<= 70 %'}", "{memory.use: '<= 50 %'}", "{disk.use: '<= 75 %'}"),
            floor,
        )
        == []
    )
    for loose in (
        text.format("{disk./var.use: '<= 90 %'}", "{}", "{}"),
        text.format("{disk.use: '<= 90 %'}", "{}", "{}"),
        text.format("{}", "{memory.use: '<= 90 %'}", "{}"),
        text.format("{}", "{}", "{disk./var.use: '<= 90 %'}"),
        text.format("{}", "{}", "{disk.use: '<= 90 %'}"),
    ):
        (found,) = problems(tmp_path, loose, floor)
        assert "<= 80 %" in found or "floor" in found


_WORDS = st.sampled_from(["running", "absent", ">= 3", "present"])
_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 99999), st.floats(allow_nan=False), st.text(max_size=12), _WORDS
)
_KEYS = st.sampled_from(["mode", "running", "count", "uid", "contains", "gid", "x"])
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=12), _VALUES)
def test_any_value_is_read_or_refused(field, key, value):
    """No other exception than ValueError, for any key and any value."""
    read_key, read_value, _ = FIELDS[field]
    for read, given_ in ((read_key, key), (read_value, value)):
        with contextlib.suppress(ValueError):
            read(given_)
