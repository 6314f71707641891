"""The size and the digest of a container image, as an engine has it: evidence, or a Gap where no engine can tell.

Needs the Docker SDK for Python (`pip install docker`), which is imported when an image is looked at.
"""

import importlib
import os
import socket
import time as clock
from typing import Any, Final

from checks.evidence import Evidence, Gap, Reading

_INSTALL: Final = "pip install docker"
_ENGINE: Final = "start the engine, or name it by DOCKER_HOST"


def look(name: str, image: str, *, timeout: float = 30.0) -> tuple[Evidence, ...]:
    """`NAME.size` (bytes, unpacked) and `NAME.digest` (text) of an image that the engine has; nothing is pulled.

    The digest is the one of the registry where the image came from one or went to one, else the image's own id; the
    detail says which. `timeout`: seconds for each question to the engine.
    """
    source = f"docker image inspect {image}"
    began = clock.monotonic()

    def gap(reason: str, remedy: str) -> tuple[Evidence, ...]:
        took = clock.monotonic() - began
        return tuple(
            Gap(f"{name}.{part}", reason, source=source, remedy=remedy, took=took) for part in ("size", "digest")
        )

    try:
        # Untyped, and optional: it is loaded by name.
        docker, errors = importlib.import_module("docker"), importlib.import_module("docker.errors")
    except ImportError:
        return gap("the Docker SDK for Python is not installed", _INSTALL)
    # The SDK lets errors of requests and of the operating system through, none of which is the image's fault.
    import requests

    try:
        _reach_socket(timeout)
        client = docker.from_env(timeout=timeout)
        try:
            told = client.api.inspect_image(image)
        finally:
            client.close()
    except errors.ImageNotFound:
        return gap(f"the engine has no image {image}", f"build it, or run `docker pull {image}`")
    except errors.NullResource:
        return gap("no image is named", "name the image")
    except (errors.DockerException, requests.RequestException, OSError) as error:
        return gap(f"the engine does not answer: {_words(error)}", _ENGINE)
    if not isinstance(told, dict):
        return gap("the engine's answer is no object", _ENGINE)
    return _size(name, told, source), _digest(name, image, told, source)


def _reach_socket(timeout: float) -> None:
    """Raise OSError where the engine's socket can't be reached: the SDK would leave its own end open then."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if host.startswith("unix://"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(timeout)
            probe.connect(host.removeprefix("unix://"))


def _size(name: str, told: dict[str, Any], source: str) -> Evidence:
    size = told.get("Size")
    if isinstance(size, bool) or not isinstance(size, int) or size <= 0:
        return Gap(f"{name}.size", f"the engine says that the size is {str(size)[:50]}", source=source)
    return Reading(f"{name}.size", size, "B", source=source)


def _digest(name: str, image: str, told: dict[str, Any], source: str) -> Evidence:
    listed = told.get("RepoDigests")
    known = {str(one).partition("@")[0]: str(one).partition("@")[2] for one in listed or [] if "@" in str(one)}
    # An image may be in several registries; its digest is the same in most, but who asks for one means that one.
    wanted = known.get(_repository(image)) or next(iter(known.values()), "")
    if wanted:
        return Reading(f"{name}.digest", wanted, "text", source=source, detail="of the registry")
    own = told.get("Id")
    if isinstance(own, str) and own:
        return Reading(f"{name}.digest", own, "text", source=source, detail="the image's own id: it is in no registry")
    return Gap(f"{name}.digest", "the engine does not say which image this is", source=source)


def _repository(image: str) -> str:
    """`shop/api` of `shop/api:1` and of `shop/api@sha256:...`; a port is no tag."""
    repository = image.partition("@")[0]
    head, colon, tag = repository.rpartition(":")
    return head if colon and "/" not in tag else repository


def _words(error: BaseException) -> str:
    """The innermost reason, without the wrappers of three libraries."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"[:300]
