"""A private Docker engine: its own mounts, network, processes and data; with it everything that it started is gone."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import conftest

PASSWD = "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n"
DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
COPY passwd /etc/passwd
LABEL org.opencontainers.image.version=1.4.2 org.opencontainers.image.revision=4b1d2aa
ENTRYPOINT ["/bin/busybox"]
CMD ["sleep", "600"]
"""
#: With whoever started it, also where that was killed, its first process is gone, and with that everything in there.
ALONE = (
    "setpriv",
    "--pdeathsig",
    "KILL",
    "unshare",
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
)
START = (
    "mount -t tmpfs tmpfs /run && exec dockerd --data-root $0/data --exec-root $0/exec --pidfile $0/pid "
    "-H unix://$0/d.sock --iptables=false --ip6tables=false --bridge=none --ip-forward=false --ip-masq=false"
)


class Engine:
    """A private engine with one image, `tidegate-test:1`."""

    def __init__(self, client, url, image, folder):
        self.client, self.url, self.image, self.folder = client, url, image, folder

    def create(self, name, image="tidegate-test:1", **options):
        """A container that is not started."""
        options = {"network_mode": "none"} | options
        return self.client.containers.create(image, name=name, **options)

    def start(self, name, *command, **options):
        """A container that runs `busybox COMMAND`."""
        container = self.create(name, command=list(command) or None, **options)
        container.start()
        return container

    def shell(self, name, script, **options):
        """A container that runs a script."""
        return self.start(name, "sh", "-c", script, **options)

    def service(self, name, *command, project="shop", service="web", **options):
        """The same as a replica of a compose service, with the labels that compose v1 and v2 set."""
        labels = {
            "com.docker.compose.project": project,
            "com.docker.compose.service": service,
            "com.docker.compose.oneoff": "False",
        }
        return self.start(name, *command, labels=labels | options.pop("labels", {}), **options)


@contextlib.contextmanager
def private_engine() -> Iterator[Engine]:
    """Needs root, and the packages docker.io and busybox-static."""
    conftest.locate("dockerd")
    busybox = conftest.locate("busybox")
    docker = conftest.load("docker")
    if os.geteuid() != 0:
        conftest.lacking("root, to start an engine of its own,")
    # Sockets have short paths, shorter than pytest's own folders.
    folder = Path(tempfile.mkdtemp(prefix="tg-"))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*ALONE, "sh", "-c", START, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"unix://{folder}/d.sock"
    client = None
    try:
        client = _wait(docker, url, process, folder)
        image = folder / "image"
        image.mkdir()
        shutil.copy(busybox, image / "busybox")
        (image / "passwd").write_text(PASSWD)
        (image / "Dockerfile").write_text(DOCKERFILE)
        built, _ = client.images.build(path=str(image), tag="tidegate-test:1")
        yield Engine(client, url, built, folder)
    finally:
        if client is not None:
            client.close()
        # The child is the first process of everything in there; `unshare` itself then ends, and leaves no zombie.
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(docker, url, process, folder):
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if (folder / "d.sock").exists():
            client = docker.DockerClient(base_url=url, version="auto", timeout=20)
            with contextlib.suppress(Exception):
                client.ping()
                return client
            client.close()
        time.sleep(0.05)
    pytest.fail(f"dockerd did not start: {(folder / 'log').read_text()[-2000:]}", pytrace=False)


def emptied(engine: Engine) -> None:
    """Remove every container."""
    for container in engine.client.containers.list(all=True):
        container.remove(force=True)


@pytest.fixture(scope="session")
def engine():
    """One engine for all tests of a folder."""
    with private_engine() as started:
        yield started


@pytest.fixture
def box(engine):
    """An engine without containers."""
    yield engine
    emptied(engine)
