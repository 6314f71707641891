"""The engine's documents, as words and values: what no engine of a test can be brought to say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.attempt import Attempt
from checks.engine.facts import facts, ports_of, repository_of, seconds_of, tag_of
from checks.evidence import Gap

ID, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def document(**changes):
    base = {
        "Id": "c" * 64,
        "Name": "/web-1",
        "Image": ID,
        "RestartCount": 0,
        "Config": {"Image": "shop/web:1.4.2", "Labels": {}},
        "State": {
            "Status": "running",
            "ExitCode": 0,
            "Error": "",
            "OOMKilled": False,
            "StartedAt": "2026-11-20T10:00:00.123456789Z",
            "FinishedAt": "0001-01-01T00:00:00Z",
        },
        "HostConfig": {"RestartPolicy": {"Name": "always", "MaximumRetryCount": 0}, "NetworkMode": "bridge"},
        "NetworkSettings": {"Ports": {}},
    }
    for key, value in changes.items():
        base[key] = base[key] | value if isinstance(value, dict) else value
    return base


def see(container, image=None, named=None):
    found = facts(Attempt("w", ""), container, image or {"Id": ID}, named or {"Id": ID}, 1_795_255_260.0)
    return {e.subject.removeprefix("w."): e for e in found}


def test_digests_of_the_repository_that_it_was_started_from():
    """An image may be in several registries; whoever names one means that one. Others don't count then."""
    image = {"Id": ID, "RepoDigests": [f"other/web@{OTHER}", f"shop/web@{ID}", f"shop/web@{ID}"]}
    assert see(document(), image)["image.digest"].value == ID
    assert "image.digest.2" not in see(document(), image)


def test_digests_of_elsewhere_are_all_told():
    """Started by its id, it may be any of them."""
    image = {"Id": ID, "RepoDigests": [f"other/web@{OTHER}", f"third/web@{ID}"]}
    found = see(document(Config={"Image": ID}), image)
    assert (found["image.digest"].value, found["image.digest.2"].value) == (OTHER, ID)


def test_without_labels_the_tag_is_the_version():
    """A label says more; without both nobody knows."""
    found = see(document())
    assert (found["image.version"].value, found["image.version"].detail) == ("1.4.2", "the tag of its name")
    assert isinstance(found["image.revision"], Gap)
    assert isinstance(see(document(Config={"Image": "shop/web"}))["image.version"], Gap)


def test_named_by_a_digest_nothing_can_move():
    """Neither an image id nor a registry's digest is moved."""
    for name in (ID, f"shop/web@{OTHER}", f"shop/web:1@{OTHER}"):
        assert see(document(Config={"Image": name}))["image.current"].value is True


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (137, "exit code 137 (SIGKILL)"),
        (143, "exit code 143 (SIGTERM)"),
        (139, "exit code 139 (SIGSEGV)"),
        (127, "exit code 127 (its command is not there)"),
        (3, "exit code 3"),
    ],
)
def test_what_exit_codes_say(code, words):
    """Numbers above 128 are signals, and those of the engine itself have their meaning."""
    state = {"Status": "exited", "ExitCode": code, "FinishedAt": "2026-11-20T10:00:58Z"}
    found = see(document(State=state))
    assert found["state"].detail.startswith(words)
    assert found["exit_code"].value == code


def test_swarm_restarts_by_itself():
    """The task's own policy is `no`, and means nothing there."""
    labels = {"com.docker.swarm.service.name": "web"}
    container = document(Config={"Labels": labels}, HostConfig={"RestartPolicy": {"Name": "no"}})
    assert see(container)["restart_policy"].value == "swarm"


def test_a_restart_policy_has_its_number():
    """At most five times is another promise than always."""
    policy = {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}}
    found = see(document(HostConfig=policy))["restart_policy"]
    assert (found.value, found.detail) == ("on-failure", "at most 5 times")


@pytest.mark.parametrize(
    ("ports", "wanted"),
    [
        ({}, []),
        ({"80/tcp": None}, []),
        ({"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}, ["127.0.0.1:8080"]),
        (
            {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}]},
            ["*:8080"],
        ),
        ({"53/udp": [{"HostIp": "10.0.0.7", "HostPort": "53"}]}, ["10.0.0.7:53/udp"]),
        ({"80/tcp": [{"HostIp": "::1", "HostPort": "8080"}]}, ["[::1]:8080"]),
    ],
)
def test_ports(ports, wanted):
    """Both kinds of everywhere are one; UDP is said."""
    assert ports_of(document(NetworkSettings={"Ports": ports})) == wanted


@pytest.mark.parametrize(
    ("name", "repository", "tag"),
    [
        ("nginx", "nginx", ""),
        ("nginx:1.22", "nginx", "1.22"),
        ("registry:5000/team/nginx", "registry:5000/team/nginx", ""),
        ("registry:5000/team/nginx:1.22@sha256:" + "a" * 64, "registry:5000/team/nginx", "1.22"),
        (ID, "sha256", ""),
    ],
)
def test_names_of_images(name, repository, tag):
    """A port is no tag, and an id has none."""
    assert (repository_of(name), tag_of(name)) == (repository, tag)


def test_times_of_the_engine():
    """Nanoseconds, zones, and the year 1, which means never."""
    assert seconds_of("1970-01-01T00:00:01.500000000Z") == 1.5
    assert seconds_of("1970-01-01T01:00:00+01:00") == 0
    assert seconds_of("0001-01-01T00:00:00Z") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["State", "Config", "HostConfig", "RestartCount", "Image", "NetworkSettings"]), JSON)
def test_an_answer_of_another_shape_raises_what_the_look_expects(key, value):
    """Whatever the engine sends, it is evidence or one of four errors, which become a Gap."""
    try:
        see(document() | {key: value})
        ports_of(document() | {key: value})
    except (KeyError, TypeError, AttributeError, ValueError):
        pass
