"""The fault table: each fault, made for real, is the one judgement that must fail, in its words; its twin passes."""

import hashlib
import os
import signal
from dataclasses import dataclass

import pytest

from reports.verdict import Verdict
from tests.checks.hosts.machines import busy, debian

#: What the machine that runs these tests does meanwhile is no fault of the containers.
CALM = "limits: {cpu.use: '<= 100 %', memory.use: '<= 99 %'}"
#: Where the machine's own disk is fuller than most: what is looked at is /data.
ROOT = "limits: {cpu.use: '<= 100 %', memory.use: '<= 99 %', disk./.use: '<= 100 %', disk./.inodes: '<= 100 %'}"
DIGEST = hashlib.sha256(b"right\n").hexdigest()


@dataclass(frozen=True)
class Fault:
    """`wanted`: what the host is declared to be; `make` and `heal`: scripts in the container; `subject` and `words`:
    what has to fail, and how."""

    name: str
    wanted: str
    make: str
    heal: str
    subject: str
    words: str


FAULTS = [
    Fault(
        "full disk",
        "",
        "cat /dev/zero >/data/big 2>/dev/null || true",
        "rm /data/big",
        "disk./data.use",
        "100 % (of",
    ),
    Fault(
        "no inodes left",
        "",
        "i=0; while touch /data/$i 2>/dev/null; do i=$((i+1)); done",
        "rm -r /data/*",
        "disk./data.inodes",
        "100 % (of 100), wanted <= 80 %",
    ),
    Fault(
        "stopped process",
        "processes: {nc: running}",
        "killall nc",
        "nc -ll -p 8080 -e true >/dev/null 2>&1 &",
        "processes.nc",
        "(1 dead), wanted >= 1",
    ),
    Fault(
        "halted process",
        "processes: {worker: {command: 'nc -ll', count: 1}}",
        "kill -STOP $(pidof nc)",
        "kill -CONT $(pidof nc)",
        "processes.worker",
        "0 (whose command line matches 'nc -ll'; 1 halted), wanted = 1",
    ),
    Fault(
        "nobody listens",
        "ports: {8080: listening}",
        "killall nc",
        "nc -ll -p 8080 -e true >/dev/null 2>&1 &",
        "ports.8080.listening",
        "nobody listens on tcp port 8080",
    ),
    Fault(
        "a port for everybody",
        "ports: {5432: loopback}",
        "killall httpd; until httpd -p 5432 2>/dev/null; do sleep 0.05; done",
        "killall httpd; until httpd -p 127.0.0.1:5432 2>/dev/null; do sleep 0.05; done",
        "ports.5432.loopback",
        "it listens on",
    ),
    Fault(
        "an open port",
        "ports: {23: closed}",
        "httpd -p 127.0.0.1:23",
        "kill $(pidof httpd | cut -d' ' -f1)",
        "ports.23.listening",
        "yes (on 127.0.0.1), wanted = no",
    ),
    Fault(
        "wrong mode",
        "files: {/etc/app.conf: {mode: '0640'}}",
        "chmod 644 /etc/app.conf",
        "chmod 640 /etc/app.conf",
        "files./etc/app.conf.mode",
        "'0644', wanted = '0640'",
    ),
    Fault(
        "wrong owner",
        "files: {/etc/app.conf: {owner: root, group: 0}}",
        "chown app /etc/app.conf",
        "chown root /etc/app.conf",
        "files./etc/app.conf.owner",
        "'app', wanted = 'root'",
    ),
    Fault(
        "wrong group",
        "files: {/etc/app.conf: {group: 0}}",
        "chgrp operators /etc/app.conf",
        "chgrp root /etc/app.conf",
        "files./etc/app.conf.gid",
        "2,000, wanted = 0",
    ),
    Fault(
        "wrong checksum",
        f"files: {{/etc/app.conf: {{sha256: {DIGEST}}}}}",
        "echo wrong >/etc/app.conf",
        "echo right >/etc/app.conf",
        "files./etc/app.conf.sha256",
        "wanted =",
    ),
    Fault(
        "a line is missing",
        "files: {/etc/app.conf: {contains: '^right$'}}",
        "echo wrong >/etc/app.conf",
        "echo right >/etc/app.conf",
        "files./etc/app.conf.contains.1",
        "'^right$' is not found in 6 B",
    ),
    Fault(
        "a line that must not be",
        "files: {/etc/app.conf: {lacks: debug}}",
        "echo debug >>/etc/app.conf",
        "echo right >/etc/app.conf",
        "files./etc/app.conf.contains.1",
        "'debug' is found in line 2",
    ),
    Fault(
        "missing file",
        f"files: {{/etc/app.conf: {{mode: '0640', sha256: {DIGEST}}}}}",
        "rm /etc/app.conf",
        "echo right >/etc/app.conf; chmod 640 /etc/app.conf",
        "files./etc/app.conf.exists",
        "there is no /etc/app.conf",
    ),
    Fault(
        "a file that must not be",
        "files: {/opt/left-behind: absent}",
        "mkdir -p /opt/left-behind",
        "rm -r /opt/left-behind",
        "files./opt/left-behind.exists",
        "yes, wanted = no",
    ),
    Fault(
        "a user too many",
        "users: {mallory: absent}",
        "echo mallory:x:0:0::/:/bin/sh >>/etc/passwd",
        "sed -i /mallory/d /etc/passwd",
        "users.mallory.exists",
        "yes, wanted = no",
    ),
    Fault(
        "a user who is not in the group",
        "users: {app: {uid: 1000, groups: [operators]}}",
        "sed -i /operators/d /etc/group",
        "echo operators:x:2000:app >>/etc/group",
        "users.app.in.operators",
        "it is in app",
    ),
    Fault(
        "a missing group",
        "user_groups: {operators: present}",
        "sed -i /operators/d /etc/group",
        "echo operators:x:2000:app >>/etc/group",
        "user_groups.operators.exists",
        "there is no group operators",
    ),
]


def sh(container, script):
    """Run a script in a container."""
    container.exec_run(["/bin/sh", "-c", script])


@pytest.fixture(scope="module")
def app(engine):
    """One container for the whole table: each fault is healed."""
    script = "nc -ll -p 8080 -e true & httpd -p 127.0.0.1:5432; sleep 600"
    container = busy(engine, "app-1", script, tmpfs={"/data": "size=1m,nr_inodes=100"})
    sh(container, "echo right >/etc/app.conf; chmod 640 /etc/app.conf; mkdir -p /root")
    return container


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_and_its_twin(judged, engine, app, fault):
    """Before it was made and after it was healed everything passes; in between exactly this fails."""
    host = f"{{connect: docker://app-1, engine: '{engine.url}', interval: 100ms, {ROOT}, {fault.wanted}}}"

    def failed():
        return {key: j for key, j in judged(host).items() if j.verdict is not Verdict.PASS}

    assert {key: j.reason for key, j in failed().items()} == {}
    sh(app, fault.make)
    try:
        found = failed()
    finally:
        sh(app, fault.heal)
    assert {key: j.verdict for key, j in found.items()} == {fault.subject: Verdict.FAIL}
    assert fault.words in found[fault.subject].reason
    assert found[fault.subject].remedy
    assert {key: j.reason for key, j in failed().items()} == {}


def test_a_wrong_setting_of_the_kernel(judged, box):
    """The container's own setting, below and at what is wanted."""
    busy(box, "small", sysctls={"net.core.somaxconn": "128"})
    busy(box, "large", sysctls={"net.core.somaxconn": "1024"})
    host = "{{connect: docker://{}, engine: '{}', interval: 100ms, {}, sysctl: {{net.core.somaxconn: '>= 1024'}}}}"
    bad = judged(host.format("small", box.url, ROOT))["sysctl.net.core.somaxconn"]
    assert (bad.verdict, bad.reason) == (Verdict.FAIL, "128, wanted >= 1,024")
    assert judged(host.format("large", box.url, ROOT))["sysctl.net.core.somaxconn"].verdict is Verdict.PASS


def test_services_and_packages(judged, box):
    """A service that is down and a package that is too old; the twins run and are new enough."""
    container = debian(box)
    host = "{{connect: docker://debian, engine: '{}', interval: 100ms, {}, {}}}"
    wanted = "services: {worker: {running: true, enabled: true}}, packages: {coreutils: '>= 99', nothing: installed}"
    bad = {key: j for key, j in judged(host.format(box.url, ROOT, wanted)).items() if j.verdict is not Verdict.PASS}
    assert {key: j.verdict for key, j in bad.items()} == dict.fromkeys(
        ("services.worker.running", "packages.coreutils.version", "packages.nothing.installed"), Verdict.FAIL
    )
    assert bad["services.worker.running"].reason == "worker is not running, or there is no such service"
    assert bad["packages.coreutils.version"].reason.endswith(", wanted version >= 99")
    assert bad["packages.nothing.installed"].reason == "nothing is not installed"
    sh(container, "touch /run/worker")
    wanted = "services: {worker: {running: true, enabled: true}}, packages: {coreutils: '>= 8', nothing: absent}"
    assert {j.verdict for j in judged(host.format(box.url, ROOT, wanted)).values()} == {Verdict.PASS}


def _ssh(sshd, more="", key="user"):
    ssh = f"{{identity_file: {sshd.folder}/{key}, known_hosts: {sshd.folder}/known_hosts, connect_timeout: 1s}}"
    return f"{{connect: '{sshd.connect}', interval: 100ms, ssh: {ssh}, {CALM}{more}}}"


@pytest.mark.parametrize("fault", ["down", "wrong key", "changed host key", "hanging"])
def test_a_host_that_is_not_reachable(judged, sshd, fault):
    """One FAIL and one Gap, whatever else was declared; the twin is reached."""
    more = ", services: {nginx: running}, packages: {openssl: installed}, files: {/etc/passwd: present}"
    words, key = "", "user"
    match fault:
        case "down":
            sshd.stop()
            words = "connection refused"
        case "wrong key":
            words, key = "the log-in was refused", "stranger"
        case "changed host key":
            sshd.know("stranger")
            words = "its host key has changed"
        case _:
            os.kill(sshd.listener(), signal.SIGSTOP)
            words = "no answer in time"
    found = judged(_ssh(sshd, more, key))
    assert {key: j.verdict for key, j in found.items()} == {"reachable": Verdict.FAIL, "facts": Verdict.INCONCLUSIVE}
    assert found["reachable"].reason.startswith(words)
    assert found["facts"].reason.startswith("nothing was measured: ")
    assert "do address, user, key and network let this machine in" in found["reachable"].remedy
    match fault:
        case "down":
            sshd.start()
        case "changed host key":
            sshd.know()
        case "hanging":
            os.kill(sshd.listener(), signal.SIGCONT)
        case _:
            pass
    assert judged(_ssh(sshd))["reachable"].verdict is Verdict.PASS


@pytest.mark.parametrize("fault", ["stopped", "paused", "missing"])
def test_a_container_that_is_not_there(judged, box, fault):
    """The same over Docker."""
    container = busy(box)
    host = f"{{connect: docker://app-1, engine: '{box.url}', interval: 100ms, {ROOT}}}"
    assert {j.verdict for j in judged(host).values()} == {Verdict.PASS}
    match fault:
        case "stopped":
            container.stop(timeout=0)
        case "paused":
            container.pause()
        case _:
            container.remove(force=True)
    found = judged(host)
    assert {key: j.verdict for key, j in found.items()} == {"reachable": Verdict.FAIL, "facts": Verdict.INCONCLUSIVE}
    words = {"stopped": "is not running", "paused": "is paused", "missing": "there is no such container"}
    assert words[fault] in found["reachable"].reason


def test_an_unknown_host_key_is_nobodys_failure(judged, sshd):
    """INCONCLUSIVE, with the way to make it known."""
    (sshd.folder / "known_hosts").write_text("")
    found = judged(_ssh(sshd))
    assert {key: j.verdict for key, j in found.items()} == {"reachable": Verdict.INCONCLUSIVE}
    assert "ssh-keyscan" in found["reachable"].remedy


def test_a_wrong_clock(judged, sshd):
    """Minutes off fail; the right clock passes; a limit below the round trip can't be judged."""
    bad = sshd.folder / "date"
    bad.write_text('#!/bin/sh\nexec /bin/date +%s.%N -d "+5 minutes"\n')
    bad.chmod(0o755)
    limit = CALM.replace("limits: {", "limits: {clock.offset: '<= 1s', ")
    host = _ssh(sshd).replace(CALM, limit)
    assert judged(host)["clock.offset"].verdict is Verdict.PASS
    tight = judged(host.replace("<= 1s", "<= 1us"))["clock.offset"]
    assert tight.verdict is Verdict.INCONCLUSIVE
    assert "the round trip is too long to judge" in tight.reason
    sshd.instead(f"PATH={sshd.folder}:$PATH exec /bin/sh")
    found = judged(host)["clock.offset"]
    assert found.verdict is Verdict.FAIL
    assert "ahead of this machine" in found.reason
