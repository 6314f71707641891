"""The size and the digest of an image: from an engine, or a Gap that says what is missing."""

import json
import sys

import pytest

from checks import image
from checks.evidence import Gap, Reading
from tests.conftest import load

DIGEST, OWN = "sha256:" + "d" * 64, "sha256:" + "1" * 64
IMAGE = {"Id": OWN, "Size": 123_456_789, "RepoDigests": [f"other@sha256:{'e' * 64}", f"shop/api@{DIGEST}"]}


def answer(document, status="200 OK"):
    """An answer of the engine's API."""
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.fixture
def engine(servers, monkeypatch):
    """An engine that has one image, described by what the test gives; the real SDK asks it."""
    load("docker")

    def _engine(told, status="200 OK"):
        def reply(asked):
            if asked.line.split()[1].endswith("/version"):
                return answer({"ApiVersion": "1.41", "MinAPIVersion": "1.12"})
            return answer(told, status)

        served = servers.http(reply)
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{served.port}")
        return served

    return _engine


def test_size_and_digest(engine):
    """The digest of the repository that was asked for."""
    served = engine(IMAGE)
    size, digest = image.look("image", "shop/api:1.4")
    assert isinstance(size, Reading)
    assert (size.subject, size.value, size.unit) == ("image.size", 123_456_789, "B")
    assert (digest.subject, digest.value, digest.detail) == ("image.digest", DIGEST, "of the registry")
    assert size.source == "docker image inspect shop/api:1.4"
    assert any("/images/shop/api:1.4/json" in asked.line for asked in served.asked)


@pytest.mark.parametrize(
    ("name", "listed", "wanted"),
    [
        ("127.0.0.1:5000/shop", [f"127.0.0.1:5000/shop@{DIGEST}"], DIGEST),
        (f"shop/api@{DIGEST}", [f"other@{OWN}", f"shop/api@{DIGEST}"], DIGEST),
        ("renamed", [f"shop/api@{DIGEST}"], DIGEST),
        ("shop/api", [], OWN),
        ("shop/api", None, OWN),
    ],
)
def test_which_digest_counts(engine, name, listed, wanted):
    """The registry's; an image that was never pushed has only its own id, and says so."""
    engine(IMAGE | {"RepoDigests": listed})
    digest = image.look("image", name)[1]
    assert digest.value == wanted
    assert ("own id" in digest.detail) == (wanted == OWN)


@pytest.mark.parametrize("size", [None, 0, -1, "12", True, 1.5])
def test_a_size_that_is_none_is_a_gap(engine, size):
    """0 bytes would be within each limit."""
    engine(IMAGE | {"Size": size})
    found = image.look("image", "shop/api")[0]
    assert isinstance(found, Gap)
    assert "the engine says that the size is" in found.reason


def test_an_image_without_an_id_is_a_gap(engine):
    """Nobody can say which image was measured."""
    engine({"Size": 5})
    size, digest = image.look("image", "shop/api")
    assert isinstance(size, Reading)
    assert isinstance(digest, Gap)


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        ({"message": "No such image: shop/api"}, "404 Not Found", "the engine has no image shop/api"),
        ({"message": "broken"}, "500 Internal Server Error", "the engine does not answer"),
        ([], "200 OK", "the engine's answer is no object"),
    ],
)
def test_what_the_engine_cannot_tell_is_a_gap(engine, told, status, words):
    """Both subjects are there, so that no limit is forgotten."""
    engine(told, status)
    found = image.look("image", "shop/api")
    assert [one.subject for one in found] == ["image.size", "image.digest"]
    assert all(isinstance(one, Gap) and words in one.reason for one in found)


def test_without_an_engine_it_is_a_gap(monkeypatch, tmp_path):
    """A socket that isn't there, a port that is closed, a host that is none."""
    load("docker")
    for host in (f"unix://{tmp_path}/docker.sock", "tcp://127.0.0.1:9", "nonsense://"):
        monkeypatch.setenv("DOCKER_HOST", host)
        for found in image.look("image", "shop/api"):
            assert isinstance(found, Gap)
            assert "the engine does not answer" in found.reason
            assert "DOCKER_HOST" in found.remedy


def test_without_a_name_it_is_a_gap(engine):
    """A variable that is empty."""
    engine(IMAGE)
    assert all(isinstance(one, Gap) for one in image.look("image", ""))


def test_without_the_sdk_it_is_a_gap(monkeypatch):
    """Its remedy says how to install it."""
    monkeypatch.setitem(sys.modules, "docker", None)
    found = image.look("image", "shop/api")[0]
    assert isinstance(found, Gap)
    assert found.remedy == "pip install docker"
