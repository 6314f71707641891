"""What a real engine says of containers: each fault beside its twin without it."""

import time

import pytest

from checks.engine.choosing import Choice
from checks.engine.glance import ServiceProbe
from checks.engine.look import look_at_services
from checks.evidence import Gap, Reading, evidence_to_dict

WEB = Choice(project="shop", service="web")


@pytest.fixture
def look(box):
    """The evidence about some containers, by the part of the subject after the name."""

    def see(choice=WEB, watch=0.5, **options):
        found = look_at_services([ServiceProbe("web", choice, 20)], box.url, watch=watch, **options)["web"]
        return {e.subject.removeprefix("web."): e for e in found}

    return see


def until(container, wanted, seconds=20):
    """Wait for a state that will come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        container.reload()
        if wanted(container):
            return container
        time.sleep(0.05)
    pytest.fail(f"{container.name} is {container.attrs['State']}", pytrace=False)


def status(*wanted):
    return lambda container: container.status in wanted


def test_nothing_to_look_at():
    """No probe, no evidence, and no engine is asked."""
    assert look_at_services([], "unix:///none.sock") == {}


@pytest.mark.parametrize("watch", [0.0, -1.0, 601.0, float("nan")])
def test_a_watch_has_a_length(watch):
    """Two looks at one moment would call everything stable."""
    with pytest.raises(ValueError, match="watched for"):
        look_at_services([ServiceProbe("web", WEB)], watch=watch)


def test_two_probes_of_one_name_are_refused():
    """Evidence is kept by name."""
    with pytest.raises(ValueError, match="two looks have the name 'web'"):
        look_at_services([ServiceProbe("web", WEB)] * 2)


def test_an_engine_that_is_not_there_is_one_gap(tmp_path):
    """Nothing is known of any container then."""
    (gap,) = look_at_services([ServiceProbe("web", WEB)], f"unix://{tmp_path}/none.sock")["web"]
    assert isinstance(gap, Gap)
    assert gap.subject == "web.replicas"
    assert "there is no engine at" in gap.reason
    assert gap.remedy


def test_no_container_is_a_reading_that_says_what_there_is(box, look):
    """A declared service that nobody started is a fact; the projects that there are show the misspelling."""
    box.service("blog-web-1", project="blog")
    found = look()
    assert list(found) == ["replicas"]
    assert found["replicas"].value == 0
    assert found["replicas"].detail == "no container of service 'web' of project 'shop' was found; there are blog"


def test_a_replica_that_ended_is_named(box, look):
    """Two of three run, and the third is named with its exit code; the twin runs all three."""
    box.service("shop-web-1")
    box.service("shop-web-3")
    ended = box.service("shop-web-2", "sh", "-c", "exit 4")
    until(ended, status("exited"))
    found = look()
    assert found["replicas"].value == 2
    assert found["replicas"].detail.startswith("shop-web-2: exited, exit code 4, ended ")
    assert found["replicas"].detail.endswith("running: shop-web-1, shop-web-3")
    assert found["shop-web-2.state"].value == "exited"
    assert found["shop-web-2.exit_code"].value == 4
    assert "shop-web-2.health" not in found
    ended.remove()
    box.service("shop-web-2")
    assert look()["replicas"].value == 3


def test_a_quiet_container_is_all_readings(box, look):
    """Running, never restarted, in its limits: every fact has a value."""
    box.service(
        "shop-web-1", mem_limit="64m", nano_cpus=500_000_000, restart_policy={"Name": "unless-stopped"},
        environment={"PASSWORD": "t0ps3cret"},
    )  # fmt: skip
    found = {part.removeprefix("shop-web-1."): e for part, e in look().items()}
    digest = found.pop("image.digest")
    assert isinstance(digest, Gap)
    assert "came from no registry" in digest.reason
    assert all(isinstance(evidence, Reading) for evidence in found.values()), found
    values = {part: evidence.value for part, evidence in found.items()}
    assert values["state"] == "running"
    assert values["health"] == "none"
    assert found["health"].detail == "no health check is declared"
    assert (values["restarts"], values["stable"], values["oom_killed"]) == (0, True, False)
    assert values["image.id"] == box.image.id
    assert (values["image.name"], values["image.current"]) == ("tidegate-test:1", True)
    assert (values["image.version"], values["image.revision"]) == ("1.4.2", "4b1d2aa")
    assert (values["restart_policy"], values["resource_limits"]) == ("unless-stopped", "cpu and memory")
    assert (values["memory.limit"], values["cpu.limit"]) == (64 * 2**20, 0.5)
    assert values["ports"] == "none"
    assert 0 <= values["cpu.use"] < 0.5
    assert 0 < values["memory.use"] < 0.5
    assert values["memory.used"] == pytest.approx(values["memory.use"] * 64 * 2**20)
    assert 0 <= values["uptime"] < 600
    assert "t0ps3cret" not in str([evidence_to_dict(e) for e in found.values()])


def test_a_container_without_limits_has_none(box, look):
    """None declared is told as such; the words for shares say of what."""
    box.service("shop-web-1")
    found = {part.removeprefix("shop-web-1."): e for part, e in look().items()}
    assert found["resource_limits"].value == "none"
    assert found["memory.limit"].absent
    assert found["cpu.limit"].absent
    assert found["restart_policy"].value == "no"
    assert "the host" in found["memory.use"].detail


def test_a_busy_container_uses_its_limit(box, look):
    """A loop with three tenths of a processor uses about all of that; a sleeping one next to none."""
    box.service("shop-web-1", "sh", "-c", "while :; do :; done", nano_cpus=300_000_000)
    box.service("shop-web-2", nano_cpus=300_000_000)
    found = look(watch=2)
    assert found["shop-web-1.cpu.use"].value > 0.5
    assert found["shop-web-1.cpu.cores"].value < 0.5
    assert found["shop-web-2.cpu.use"].value < 0.3


def test_a_crash_loop_is_seen_while_it_runs(box, look):
    """It alternates between running and restarting: the count of restarts over the watch tells."""
    box.service("shop-web-1", "sh", "-c", "sleep 0.2; exit 3", restart_policy={"Name": "always"})
    box.service("shop-web-2", restart_policy={"Name": "always"})
    found = look(watch=2)
    assert found["shop-web-1.stable"].value is False
    assert "restart" in found["shop-web-1.stable"].detail
    assert found["shop-web-2.stable"].value is True
    assert found["shop-web-2.stable"].detail == "watched for 2 s"


def test_restarts_that_are_over_are_counted(box, look):
    """It came up at the third attempt, and is stable since."""
    script = "if [ -f /n2 ]; then sleep 600; elif [ -f /n1 ]; then touch /n2; else touch /n1; fi; exit 1"
    box.service(
        "shop-web-1", "sh", "-c", script.replace("touch", "busybox touch"), restart_policy={"Name": "on-failure"}
    )
    container = box.client.containers.get("shop-web-1")
    until(container, lambda c: c.attrs["RestartCount"] == 2 and c.status == "running")
    time.sleep(0.3)
    found = look()
    assert found["shop-web-1.restarts"].value == 2
    assert "it last ended" in found["shop-web-1.restarts"].detail
    assert found["shop-web-1.stable"].value is True


def test_out_of_memory_is_seen_after_the_restart(box, look):
    """A restart clears the engine's flag, and its events remember; the twin has memory enough."""
    hungry = box.service(
        "shop-web-1", "sh", "-c", "[ -f /was ] && sleep 600; echo > /was; tail /dev/zero", mem_limit="16m",
        restart_policy={"Name": "always"},
    )  # fmt: skip
    box.service("shop-web-2", mem_limit="16m")
    until(hungry, lambda c: c.attrs["RestartCount"] == 1 and c.status == "running")
    found = look()
    assert found["shop-web-1.oom_killed"].value is True
    assert found["shop-web-1.oom_killed"].detail == "it was out of memory once"
    assert found["shop-web-2.oom_killed"].value is False


def test_a_container_that_was_never_started(box, look):
    """Created, and no more: the engine's own words where it failed to start."""
    box.create("shop-web-1", labels={"com.docker.compose.project": "shop", "com.docker.compose.service": "web"})
    assert look()["replicas"].detail == "shop-web-1: created, it was never started; running: none"


def test_a_program_that_is_not_there(box, look):
    """The engine's reason names it."""
    labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}
    container = box.create("shop-web-1", entrypoint="/bin/none", labels=labels)
    with pytest.raises(Exception, match="no such file"):
        container.start()
    assert "/bin/none" in look()["replicas"].detail


def test_a_paused_container_does_not_run(box, look):
    """It holds its memory and serves nobody."""
    box.service("shop-web-1").pause()
    found = look()
    assert found["replicas"].value == 0
    assert found["shop-web-1.state"].value == "paused"
    box.client.containers.get("shop-web-1").unpause()
    assert look()["replicas"].value == 1


@pytest.mark.parametrize(("command", "health"), [("true", "healthy"), ("false", "unhealthy")])
def test_health(box, look, command, health):
    """What the check of the container itself says, and how often it failed; not what it printed."""
    check = {"test": ["CMD", "/bin/busybox", command], "interval": 200_000_000, "retries": 1, "timeout": 5_000_000_000}
    container = box.service("shop-web-1", healthcheck=check)
    until(container, lambda c: c.attrs["State"]["Health"]["Status"] == health)
    found = look()["shop-web-1.health"]
    assert found.value == health
    assert ("its exit code is 1" in found.detail) is (health == "unhealthy")


def test_a_moved_tag_is_seen(box, look):
    """The name means another image now; after the container is made anew, it is the same again."""
    box.service("shop-web-1", image="moving:1") if box.image.tag("moving", "1") else None
    assert look()["shop-web-1.image.current"].value is True
    other = box.client.images.build(path=str(box.folder / "image"), tag="moving:1", labels={"new": "yes"})[0]
    found = look()["shop-web-1.image.current"]
    assert found.value is False
    assert other.id.removeprefix("sha256:")[:12] in found.detail
    box.client.containers.get("shop-web-1").remove(force=True)
    box.service("shop-web-1", image="moving:1")
    assert look()["shop-web-1.image.current"].value is True


def test_an_image_without_its_name_is_a_gap(box, look):
    """Its tag was taken away: nobody can say what the name means."""
    box.image.tag("passing", "1")
    box.service("shop-web-1", image="passing:1")
    box.client.images.remove("passing:1", force=True)
    found = look()["shop-web-1.image.current"]
    assert isinstance(found, Gap)
    assert found.remedy == "docker pull passing:1"


def test_published_ports_have_their_interface(box, look):
    """All containers of the service together; 0.0.0.0 and :: are everywhere."""
    box.service("shop-web-1", network_mode="host")
    assert look()["ports"].value == "host network"


def test_a_container_that_is_removed_while_it_is_watched(box, look):
    """It is named, and counted no more."""
    box.service("shop-web-1")
    gone = box.service("shop-web-2")
    found = look(watch=1, say=lambda _: gone.remove(force=True))
    assert found["replicas"].value == 1
    assert "shop-web-2 was removed while it was watched" in found["replicas"].detail


def test_a_container_that_appears_while_it_is_watched(box, look):
    """Nobody can say whether it stays: a Gap, with the numbers that need two samples."""
    box.service("shop-web-1")
    found = look(watch=1, say=lambda _: box.service("shop-web-2"))
    assert found["replicas"].value == 2
    assert isinstance(found["shop-web-2.stable"], Gap)
    assert isinstance(found["shop-web-2.cpu.use"], Gap)
    assert found["shop-web-1.stable"].value is True


def test_a_container_that_is_started_anew_while_it_is_watched(box, look):
    """By hand, so that the count of restarts says nothing."""
    container = box.service("shop-web-1")
    found = look(watch=1, say=lambda _: container.restart(timeout=0))
    assert found["shop-web-1.stable"].value is False
    assert "was started again" in found["shop-web-1.stable"].detail
