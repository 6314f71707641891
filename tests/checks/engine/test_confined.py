"""How containers are confined, read from a real engine of our own, each bad thing with its passing twin."""

import socket
from pathlib import Path

import pytest

from checks.attempt import Attempt
from checks.confinement import confinement
from checks.engine import confined
from checks.engine.confined import ContainerProbe, look_at_containers
from checks.evidence import Gap, evidence_to_dict
from checks.image import look as look_at_image
from tests import conftest
from tests.checks.engine.test_asking import answering, json_answer


@pytest.fixture
def look(box):
    """The evidence about some containers, by the part of the subject after the name."""

    def see(**which):
        found = look_at_containers([ContainerProbe("box", **which)], box.url)["box"]
        return {e.subject.removeprefix("box."): e for e in found}

    return see


@pytest.fixture
def described(box):
    """The readings about a container that is described to the engine and not started."""

    def describe(**options):
        container = box.create("one", **options)
        document = box.client.api.inspect_container(container.id)
        read = confined._names_in(box.client.api)
        found = confinement(Attempt("box.one", ""), document, box.client.info(), read)
        container.remove()
        return {e.subject.removeprefix("box.one."): e for e in found}

    return describe


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ({}, "exactly one of project, label and container"),
        ({"label": "a", "container": "b"}, "exactly one of project, label and container"),
        ({"service": "web", "container": "b"}, "name the project, too"),
        ({"label": "a", "timeout": 0}, "a timeout is"),
    ],
)
def test_a_probe_says_which_containers(which, words):
    """None, or two ways at once, is a mistake."""
    with pytest.raises(ValueError, match=words):
        ContainerProbe("box", **which)


def test_two_probes_of_one_name_are_refused():
    """Evidence is kept by name."""
    probe = ContainerProbe("box", label="a")
    with pytest.raises(ValueError, match="two looks have the name 'box'"):
        look_at_containers([probe, probe])


def test_no_engine_is_a_gap(tmp_path):
    """An engine that is not there does not mean that no container is."""
    conftest.load("docker")
    (gap,) = look_at_containers([ContainerProbe("box", label="a")], f"unix://{tmp_path}/none.sock")["box"]
    assert isinstance(gap, Gap)
    assert gap.subject == "box.containers"
    assert gap.reason == f"there is no engine at unix://{tmp_path}/none.sock"


def test_the_environment_says_where_the_engine_is(tmp_path, monkeypatch):
    """DOCKER_HOST counts where nothing else is said."""
    conftest.load("docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/other.sock")
    (gap,) = look_at_containers([ContainerProbe("box", label="a")])["box"]
    assert isinstance(gap, Gap)
    assert gap.reason == f"there is no engine at unix://{tmp_path}/other.sock"


def test_a_silent_engine_is_a_gap():
    """An engine that accepts and never answers is given up after the timeout."""
    conftest.load("docker")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        (gap,) = look_at_containers([ContainerProbe("box", label="a", timeout=0.3)], url)["box"]
    assert isinstance(gap, Gap)


def test_what_is_no_engine_is_a_gap():
    """A web server at its address that says yes to everything."""
    with answering(json_answer('{"ApiVersion": "1.41"}')) as url:
        (gap,) = look_at_containers([ContainerProbe("box", label="a", timeout=5)], url)["box"]
    assert isinstance(gap, Gap)
    assert "can't be read" in gap.reason


def test_no_container_is_a_reading(box, look):
    """A declared service that does not run is a fact, and no Gap."""
    found = look(label="app=web")
    assert list(found) == ["containers"]
    assert (found["containers"].value, found["containers"].detail) == (0, "no running container was found")


def test_a_container_that_has_ended_is_not_counted(box, look):
    """Only what runs serves."""
    box.create("ended", labels={"app": "web"})
    assert look(label="app=web")["containers"].value == 0


def test_containers_are_found_by_label_project_service_and_name(box, look):
    """Each way finds its own and no others; a name is compared whole."""
    compose = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}
    box.create("shop-web-1", labels=compose).start()
    box.create("shop-db-1", labels=compose | {"com.docker.compose.service": "db"}).start()
    assert look(project="shop")["containers"].detail == "shop-db-1, shop-web-1"
    assert look(project="shop", service="web")["containers"].detail == "shop-web-1"
    assert look(label="com.docker.compose.project")["containers"].value == 2
    assert look(container="shop-web-1")["containers"].value == 1
    assert look(container="shop-web")["containers"].value == 0
    assert look(project="other")["containers"].value == 0


def test_a_careless_container_is_seen(box, look):
    """What `docker run` does by itself confines little."""
    box.create("bare", environment={"PASSWORD": "t0ps3cret"}).start()
    found = {part.removeprefix("bare."): e for part, e in look(container="bare").items()}
    assert found["runs_as_root"].value is True
    assert found["privileged"].value is False
    assert found["read_only_root"].value is False
    assert found["capabilities_added"].value == "none"
    assert found["capabilities_dropped"].value == "none"
    assert found["no_new_privileges"].value is False
    for limit in ("memory_limit", "cpu_limit", "pids_limit"):
        assert found[limit].absent
    assert found["healthcheck"].value is False
    assert found["image_pinned"].value is False
    assert "t0ps3cret" not in str([evidence_to_dict(e) for e in found.values()])


def test_a_careful_container_is_seen(box, look):
    """The twin, with everything that confines."""
    box.create(
        "tight",
        image=box.image.id,
        user="app",
        read_only=True,
        cap_drop=["ALL"],
        cap_add=["NET_BIND_SERVICE"],
        security_opt=["no-new-privileges:true"],
        mem_limit="64m",
        nano_cpus=500_000_000,
        pids_limit=50,
        healthcheck={"test": ["CMD", "/bin/busybox", "true"]},
    ).start()
    found = {part.removeprefix("tight."): e for part, e in look(container="tight").items()}
    assert found["runs_as_root"].value is False
    assert found["runs_as_root"].detail == "user app, number 1000"
    assert found["read_only_root"].value is True
    assert found["capabilities_added"].value == "NET_BIND_SERVICE"
    assert found["capabilities_dropped"].value == "ALL"
    assert found["no_new_privileges"].value is True
    assert (found["memory_limit"].value, found["memory_limit"].unit) == (64 * 2**20, "B")
    assert found["cpu_limit"].value == 0.5
    assert found["pids_limit"].value == 50
    assert found["healthcheck"].value is True
    assert found["image_pinned"].value is True
    for bad in ("privileged", "unconfined", "engine_socket_mounted", "published_on_all_interfaces"):
        assert found[bad].value is False
    for shared in ("host_network", "host_pid", "host_ipc"):
        assert found[shared].value is False


@pytest.mark.parametrize(
    ("user", "root"),
    [
        ("", True),
        ("0", True),
        ("0:1000", True),
        ("00", True),
        ("root", True),
        ("toor", True),
        ("app", False),
        ("7", False),
    ],
)
def test_root_is_a_number(described, user, root):
    """A user with another name and the number 0 is root."""
    assert described(user=user)["runs_as_root"].value is root


def test_a_user_without_a_number_is_a_gap(described):
    """A name that the container's passwd does not have may be anybody."""
    found = described(user="stranger")["runs_as_root"]
    assert isinstance(found, Gap)
    assert "stranger" in found.reason


@pytest.mark.parametrize(
    ("options", "part", "value"),
    [
        ({"privileged": True}, "privileged", True),
        ({"privileged": True}, "capabilities_added", "ALL"),
        ({"privileged": True}, "unconfined", True),
        ({"cap_add": ["cap_sys_admin", "NET_ADMIN"]}, "capabilities_added", "NET_ADMIN, SYS_ADMIN"),
        ({"security_opt": ["seccomp=unconfined"]}, "unconfined", True),
        ({"security_opt": ["apparmor=unconfined"]}, "unconfined", True),
        ({"security_opt": ["no-new-privileges"]}, "no_new_privileges", True),
        ({"security_opt": ["no-new-privileges:false"]}, "no_new_privileges", False),
        ({"network_mode": "host"}, "host_network", True),
        ({"pid_mode": "host"}, "host_pid", True),
        ({"ipc_mode": "host"}, "host_ipc", True),
        ({"ipc_mode": "private"}, "host_ipc", False),
        ({"cpu_quota": 25_000, "cpu_period": 50_000}, "cpu_limit", 0.5),
        ({"healthcheck": {"test": ["NONE"]}}, "healthcheck", False),
        ({"volumes": ["/run:/host-run:ro"]}, "engine_socket_mounted", True),
        ({"volumes": ["/:/host:ro"]}, "engine_socket_mounted", True),
        ({"volumes": ["/var/run/docker.sock:/tmp/s"]}, "engine_socket_mounted", True),
        ({"volumes": ["/srv/proxy:/var/run/docker.sock"]}, "engine_socket_mounted", True),
        ({"volumes": ["/srv/data:/data:ro"]}, "engine_socket_mounted", False),
        ({"volumes": ["named:/data"]}, "engine_socket_mounted", False),
        ({"ports": {"80/tcp": 8080}}, "published_on_all_interfaces", True),
        ({"ports": {"80/tcp": ("0.0.0.0", 8080)}}, "published_on_all_interfaces", True),
        ({"ports": {"80/tcp": ("::", 8080)}}, "published_on_all_interfaces", True),
        ({"ports": {"80/tcp": ("127.0.0.1", 8080)}}, "published_on_all_interfaces", False),
        ({"publish_all_ports": True}, "published_on_all_interfaces", True),
    ],
)
def test_each_fact_by_itself(described, options, part, value):
    """One option, as the engine itself writes it down, makes the one difference."""
    assert described(**options)[part].value == value


@pytest.mark.parametrize("part", ["pids_limit", "memory_limit"])
def test_no_limit_is_absent(described, part):
    """0 and -1 are the engine's words for no limit."""
    assert described(pids_limit=-1)[part].absent


def test_a_running_container_with_the_engines_socket(box, look):
    """A real mount of the real socket, in a container that runs in the host's network."""
    volumes = [f"{box.folder}/d.sock:/var/run/docker.sock:ro"]
    box.create("boss", volumes=volumes, network_mode="host").start()
    found = look(container="boss")
    assert found["boss.engine_socket_mounted"].value is True
    assert found["boss.host_network"].value is True


@pytest.mark.parametrize(
    ("image", "pinned"),
    [
        ("nginx", False),
        ("nginx:1.22", False),
        ("sha256:" + "0" * 64, True),
        ("registry.example.com:5000/team/nginx:1.22@sha256:" + "a" * 64, True),
        ("nginx@sha256:" + "a" * 63, False),
    ],
)
def test_only_a_whole_digest_pins_an_image(image, pinned):
    """A tag can be moved."""
    assert {e.subject: e for e in _confined(image=image)}["c.image_pinned"].value is pinned


def test_an_engines_default_forbids_new_privileges():
    """dockerd --no-new-privileges holds for every container that does not say otherwise."""
    info = {"SecurityOptions": ["name=seccomp,profile=default", "name=no-new-privileges"]}
    assert {e.subject: e for e in _confined(info=info)}["c.no_new_privileges"].value is True
    assert {e.subject: e for e in _confined()}["c.no_new_privileges"].value is False


def test_an_answer_of_another_shape_is_a_gap():
    """An engine that leaves out what confines a container does not pass it."""
    probe, attempt = ContainerProbe("box", label="a"), Attempt("box", "")
    found = confined._evidence(probe, attempt, {}, [{"Name": "/one", "Config": {}, "HostConfig": {}}], lambda _: None)
    assert found[0].value == 1
    assert isinstance(found[1], Gap)
    assert "can't be read" in found[1].reason


def _confined(image="x", info=None):
    host = {"Privileged": False, "ReadonlyRootfs": False, "NetworkMode": "none", "PidMode": "", "IpcMode": "private"}
    document = {
        "Id": "1",
        "Config": {"User": "1", "Image": image},
        "HostConfig": host,
        "Mounts": [],
        "NetworkSettings": {"Ports": {}},
    }
    return confinement(Attempt("c", ""), document, info or {}, lambda _: None)


def test_the_size_and_the_digest_of_a_real_image(engine, monkeypatch):
    """What the engine built is as large as the one program in it, and a little more; another name is a Gap."""
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    size, digest = look_at_image("image", "tidegate-test:1")
    program = Path(conftest.locate("busybox")).stat().st_size
    assert program <= size.value < program + 100_000
    assert digest.value.startswith("sha256:")
    missing = look_at_image("image", "tidegate-test:2")[0]
    assert "the engine has no image tidegate-test:2" in missing.reason
