"""The fault table of containers: a real engine, one fault each, the judgement that says it, and the passing twin."""

import time
from pathlib import Path

import pytest

from checks.engine.look import look_at_services
from gates.environment import examine
from gates.environment.containers import SUBJECTS
from gates.measured.containers import probe_of
from reports.gate_report import Release
from reports.verdict import Verdict

#: What a container needs so that nothing is wrong with it.
CAREFUL = {"mem_limit": "64m", "nano_cpus": 500_000_000, "restart_policy": {"Name": "unless-stopped"}}
WEB = "project: shop, service: web"


def until(container, wanted, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        container.reload()
        if wanted(container):
            return container
        time.sleep(0.05)
    pytest.fail(f"{container.name} is {container.attrs['State']}", pytrace=False)


@pytest.fixture
def web(box):
    """Starts a replica of the service that has everything, but for what is said."""

    def start(number=1, *command, **options):
        return box.service(f"shop-web-{number}", *command, **{**CAREFUL, **options})

    return start


@pytest.fixture
def see(box, judged, wrong):
    """What is wrong with the service, by subject."""

    def look(keys="", **options):
        services = f"{{web: {{{WEB}{', ' if keys else ''}{keys}}}}}"
        look.judgements = judged(services, box.url, **options)
        return wrong(look.judgements)

    return look


def test_nothing_is_wrong_with_a_careful_service(web, see):
    """The twin of every fault below: it is judged, and passes."""
    web()
    assert see() == {}
    subjects = {subject.removeprefix("shop-web-1.") for subject in see.judgements}
    assert subjects == {
        "replicas", "state", "stable", "restarts", "oom_killed", "health", "image.current", "restart_policy",
        "resource_limits", "memory.use",
    }  # fmt: skip


def test_nothing_is_started(box, see):
    """A declared service without a container is one FAIL."""
    box.service("blog-web-1", project="blog")
    words = "0 (no container of service 'web' of project 'shop' was found; there are blog), wanted >= 1"
    assert see() == {"replicas": f"FAIL {words}"}


def test_a_replica_is_missing(web, see):
    """Two of three, and none to be seen of the third."""
    web(1)
    web(2)
    assert see("replicas: 3") == {"replicas": "FAIL 2 (running: shop-web-1, shop-web-2), wanted = 3"}
    web(3)
    assert see("replicas: 3") == {}
    assert see('replicas: ">= 2"', again=True) == {}


def test_a_replica_that_ended_is_named(web, see):
    """How many run, and which one does not: its exit code, once, and nothing else of it."""
    web(1)
    until(web(2, "sh", "-c", "exit 4", restart_policy=None), lambda c: c.status == "exited")
    found = see("replicas: 2")
    assert list(found) == ["replicas", "shop-web-2.state"]
    assert found["shop-web-2.state"].startswith("FAIL 'exited' (exit code 4, ended ")
    assert "shop-web-2: exited, exit code 4" in found["replicas"]


def test_old_slots_may_be_left_out(web, see):
    """A stopped container is a fault, unless the file says that it is on purpose."""
    web(1)
    until(web(2, "sh", "-c", "exit 0", restart_policy=None), lambda c: c.status == "exited")
    assert list(see()) == ["shop-web-2.state"]
    assert see("ignore_stopped: true", again=True) == {}
    # What is about to be restarted has not been stopped by anybody.
    until(web(3, "sh", "-c", "exit 1"), lambda c: c.status == "restarting")
    assert any(subject.startswith("shop-web-3") for subject in see("ignore_stopped: true"))


def test_a_job_has_to_end_well(box, see):
    """`state: = exited` judges the exit code; the twin ended with 0."""
    limits = "limits: {state: = exited, resource_limits: = none}"
    until(box.service("shop-web-1", "sh", "-c", "exit 3"), lambda c: c.status == "exited")
    assert see(f"{limits}, replicas: 0") == {"shop-web-1.exit_code": "FAIL 3, wanted = 0"}
    box.client.containers.get("shop-web-1").remove()
    until(box.service("shop-web-1", "true"), lambda c: c.status == "exited")
    assert see(f"{limits}, replicas: 0") == {}


def test_a_crash_loop(web, see):
    """While it runs for a moment it looks well: neither its health nor its numbers are judged then."""
    web(1, "sh", "-c", "sleep 0.3; exit 3")
    time.sleep(1.5)
    found = see()
    assert found
    for subject in found:
        assert subject in ("replicas", "shop-web-1.state", "shop-web-1.stable", "shop-web-1.restarts")
    assert all(words.startswith("FAIL") for words in found.values())


def test_it_was_restarted_and_runs(web, see, box):
    """Stable now, and it was not: a limit may forgive it."""
    web(1, "sh", "-c", "[ -f /was ] && exec /bin/busybox sleep 600; echo > /was; exit 1")
    until(box.client.containers.get("shop-web-1"), lambda c: c.attrs["RestartCount"] == 1 and c.status == "running")
    time.sleep(0.3)
    found = see()
    assert list(found) == ["shop-web-1.restarts"]
    assert found["shop-web-1.restarts"].startswith("FAIL 1 (it last ended ")
    assert see('limits: {restarts: "<= 1"}', again=True) == {}
    assert see(limits='{restarts: "<= 1"}', again=True) == {}


def test_out_of_memory(web, see, box):
    """Killed for want of memory, and restarted since."""
    web(1, "sh", "-c", "[ -f /was ] && exec /bin/busybox sleep 600; echo > /was; tail /dev/zero", mem_limit="16m")
    until(box.client.containers.get("shop-web-1"), lambda c: c.attrs["RestartCount"] == 1 and c.status == "running")
    time.sleep(0.3)
    found = see('limits: {restarts: "<= 1"}')
    assert found == {"shop-web-1.oom_killed": "FAIL yes (it was out of memory once), wanted = no"}


def test_out_of_memory_without_a_restart(web, see):
    """The state says that it ended, and the other judgement says why."""
    until(web(1, "tail", "/dev/zero", mem_limit="16m", restart_policy=None), lambda c: c.status == "exited")
    found = see()
    assert list(found) == ["replicas", "shop-web-1.state", "shop-web-1.oom_killed"]
    assert "exit code 137 (SIGKILL)" in found["shop-web-1.state"]


@pytest.mark.parametrize(("command", "health"), [("true", "healthy"), ("false", "unhealthy")])
def test_an_unhealthy_container(web, see, command, health):
    """By its own check; the twin is healthy."""
    check = {"test": ["CMD", "/bin/busybox", command], "interval": 200_000_000, "retries": 1, "timeout": 5_000_000_000}
    until(web(1, healthcheck=check), lambda c: c.attrs["State"]["Health"]["Status"] == health)
    found = see("healthy: true")
    assert set(found) == (set() if health == "healthy" else {"shop-web-1.health"})
    if found:
        assert found["shop-web-1.health"].startswith("FAIL 'unhealthy' (its check failed ")


def test_without_a_health_check_nobody_knows_its_health(web, see):
    """That is said, and is as good as healthy only where nobody asks for a check."""
    web()
    assert see("healthy: true") == {
        "shop-web-1.health": "FAIL 'none' (no health check is declared), wanted = 'healthy'"
    }
    assert see(again=True) == {}
    assert "no health check is declared" in see.judgements["shop-web-1.health"].reason


def test_another_image_runs(web, see, box):
    """By its id, by the release, by its name; each with its twin."""
    web()
    own, other = box.image.id, "sha256:" + "0" * 64
    assert see(f"image: '{own}'") == {}
    found = see(f"image: '{other}'", again=True)
    assert list(found) == ["shop-web-1.image.id"]
    assert found["shop-web-1.image.id"].startswith(f"FAIL '{own[:19]}…', wanted = '{other[:19]}…'")
    assert see("image: release", release=Release(own), again=True) == {}
    assert list(see("image: release", release=Release(other), again=True)) == ["shop-web-1.image.id"]
    assert see("image: 'tidegate-test:1'", again=True) == {}
    assert see("image: 'tidegate-test:2'", again=True) == {
        "shop-web-1.image.name": "FAIL 'tidegate-test:1', wanted = 'tidegate-test:2'"
    }


def test_a_release_by_its_version_and_by_its_commit(web, see):
    """By the labels of the image; commits are written short or whole."""
    web()
    assert see("image: release", release=Release("1.4.2", "1.4.2")) == {}
    found = see("image: release", release=Release("1.4.3", "1.4.3"), again=True)
    assert found == {
        "shop-web-1.image.version":
        "FAIL '1.4.2' (label org.opencontainers.image.version), wanted = '1.4.3'"
    }  # fmt: skip
    commit = "4b1d2aa" + "0" * 33
    assert see("image: release", release=Release(commit, commit=commit), again=True) == {}
    other = "9" * 40
    assert list(see("image: release", release=Release(other, commit=other), again=True)) == [
        "shop-web-1.image.revision"
    ]


def test_nobody_named_the_release(web, see):
    """Then nobody knows which image is the right one."""
    web()
    found = see("image: release")
    assert found == {"shop-web-1.image": "INCONCLUSIVE nobody named a release, so nobody knows which image has to run"}
    assert "--release=" in see.judgements["shop-web-1.image"].remedy


def test_a_new_image_that_nobody_started(web, see, box):
    """The tag means another image now: the deployment that did not happen."""
    box.image.tag("moved", "1")
    web(1, image="moved:1")
    assert see() == {}
    box.client.images.build(path=str(box.folder / "image"), tag="moved:1", labels={"new": "yes"})
    found = see()
    assert list(found) == ["shop-web-1.image.current"]
    assert found["shop-web-1.image.current"].startswith("FAIL moved:1 means ")


def test_the_wrong_restart_policy(web, see):
    """None at all, and another one than is wanted."""
    web(1, restart_policy=None)
    assert see() == {
        "shop-web-1.restart_policy": "FAIL 'no', wanted one of 'always', 'unless-stopped', 'on-failure', 'swarm'"
    }
    web(2)
    assert "shop-web-2.restart_policy" not in see()
    found = see("restart_policy: always", again=True)
    assert found["shop-web-2.restart_policy"] == "FAIL 'unless-stopped', wanted = 'always'"
    assert see("restart_policy: unless-stopped, limits: {replicas: = 2}", again=True).keys() == {
        "shop-web-1.restart_policy"
    }


def test_no_limits(web, see):
    """Of CPU or of memory; a limit of the file may ask for less."""
    web(1, nano_cpus=None)
    assert see() == {"shop-web-1.resource_limits": "FAIL 'memory', wanted = 'cpu and memory'"}
    assert see("limits: {resource_limits: 'one of memory, \"cpu and memory\"'}", again=True) == {}
    assert see("limits: {resource_limits: = memory, cpu.limit: '<= 1'}", again=True) == {
        "shop-web-1.cpu.limit": "FAIL not there (no limit is set), wanted <= 1"
    }


def test_too_busy(web, see):
    """A loop takes its whole limit; the sleeping twin takes nothing."""
    web(1, "sh", "-c", "while :; do :; done", nano_cpus=200_000_000)
    web(2)
    found = see("limits: {cpu.use: '<= 50 %'}")
    assert list(found) == ["shop-web-1.cpu.use"]
    assert found["shop-web-1.cpu.use"].endswith("% (of 0.2 that it may use), wanted <= 50 %")


def test_too_much_memory(web, see):
    """More of its limit than it may have."""
    full = web(
        1, "sh", "-c", "x=$(head -c 9000000 /dev/zero | tr '\\0' x); echo full; sleep 600; true", mem_limit="32m"
    )
    until(full, lambda c: b"full" in c.logs())
    web(2)
    found = see("limits: {memory.use: '<= 20 %'}")
    assert list(found) == ["shop-web-1.memory.use"]
    assert found["shop-web-1.memory.use"].endswith("% (of its limit), wanted <= 20 %")


def test_ports(web, see):
    """Everything that is published; in the host's network nothing can be listed."""
    web(1)
    assert see("ports: []") == {}
    assert see('ports: ["127.0.0.1:8080"]') == {"ports": "FAIL 'none', wanted = '127.0.0.1:8080'"}
    web(2, network_mode="host")
    assert see("ports: []") == {"ports": "FAIL 'host network', wanted = 'none'"}


def test_lines_that_must_not_be_in_the_log(web, see):
    """Since the start; the twin has none, and an empty log is no twin."""
    container = web(1, "sh", "-c", "echo all is well; echo panic: lost; exec /bin/busybox sleep 600")
    until(container, lambda c: b"panic" in c.logs())
    found = see("log_free_of: ['panic:', Traceback]")
    assert found == {"log.matches": "FAIL 1 (shop-web-1:2 matches 'panic:': panic: lost), wanted = 0"}
    assert see("log_free_of: [Traceback]") == {}


def test_an_empty_log_proves_nothing(web, see):
    """Perhaps it logs elsewhere."""
    web(1)
    assert see("log_free_of: [Traceback]") == {"log.matches": "INCONCLUSIVE the log is empty"}


def test_getting_ready(web, see):
    """It is waited for until it is healthy, and said what is waited for; the twin never gets there."""
    test = ["CMD", "/bin/busybox", "test", "-f", "/ready"]
    check = {"test": test, "interval": 200_000_000, "retries": 2, "timeout": 5_000_000_000}
    web(1, "sh", "-c", "sleep 2; echo > /ready; exec /bin/busybox sleep 600", healthcheck=check)
    assert see("ready_within: 20s, healthy: true") == {}
    assert see.judgements["ready"].evidence.attempts > 1
    web(2, "sleep", "600", healthcheck=check)
    found = see("ready_within: 1500ms, healthy: true, replicas: 2")
    assert "shop-web-2.health" in found
    assert found["ready"].startswith("FAIL not ready after 1.5 s and ")


def test_the_engine_stops(judged, wrong, tmp_path):
    """A Gap for every service, and one reason: that says nothing of the release."""
    found = wrong(judged(f"{{web: {{{WEB}, ready_within: 30s, log_free_of: [x]}}}}", f"unix://{tmp_path}/none.sock"))
    reason = f"INCONCLUSIVE there is no engine at unix://{tmp_path}/none.sock"
    assert set(found.values()) == {reason}
    assert "replicas" in found


def test_a_name_that_is_missing(web, judged, wrong, box):
    """Of declared names each has to be there."""
    web(1)
    services = "{web: {names: [shop-web-1, shop-web-2]}}"
    found = wrong(judged(services, box.url))
    assert found == {"replicas": "FAIL 1 (shop-web-2 is not there; running: shop-web-1), wanted = 2"}
    web(2)
    assert wrong(judged(services, box.url)) == {}


def test_each_service_is_judged_by_itself(web, judged, box):
    """What is wrong with one says nothing of another."""
    web(1)
    found = judged(f"{{web: {{{WEB}}}, db: {{project: shop, service: db}}}}", box.url)
    assert {subject for subject, one in found.items() if one.verdict is not Verdict.PASS} == {"db.replicas"}
    assert found["web.replicas"].verdict is Verdict.PASS


def test_subjects_of_the_page(web, see, box):
    """Everything that is read of a container has its row in the table of subjects."""
    web()
    see()
    loaded = examine(Path("env.yaml"), {}).loaded
    probe = probe_of("web", loaded.model.containers.services["web"])
    seen = look_at_services([probe], box.url, watch=0.5)["web"]
    parts = {e.subject.removeprefix("web.").removeprefix("shop-web-1.") for e in seen}
    assert parts <= SUBJECTS.keys()
