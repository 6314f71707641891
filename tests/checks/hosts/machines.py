"""What tests of hosts look at: containers with busybox alone, with a Debian tree, and an sshd of our own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests import conftest
from tests.checks.engine.dockerd import emptied, private_engine

PASSWD = "root:x:0:0:root:/:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n"
GROUP = "root:x:0:\napp:x:1000:\noperators:x:2000:app\n"
DOCKERFILE = 'FROM scratch\nCOPY tree /\nCMD ["/bin/busybox", "sleep", "600"]\n'
#: The folders of this machine that make a container a Debian one.
DEBIAN = ("/usr", "/var/lib/dpkg")


@pytest.fixture(scope="session")
def engine():
    """One engine with two images: `host:1` has busybox and its links, `debian:1` waits for this machine's folders."""
    busybox = conftest.locate("busybox")
    if shutil.which("docker") is None:
        conftest.lacking("docker")
    with private_engine() as started:
        _build(started, "host:1", lambda tree: _busybox(busybox, tree))
        _build(started, "debian:1", _debian)
        yield started


@pytest.fixture
def box(engine):
    """The engine without containers."""
    yield engine
    emptied(engine)


def debian(engine, name="debian"):
    """A container that is this machine's Debian, as far as programs and packages go."""
    volumes = {folder: {"bind": folder, "mode": "ro"} for folder in DEBIAN}
    container = engine.create(name, image="debian:1", volumes=volumes, command=["/usr/bin/sleep", "600"])
    container.start()
    return container


def busy(engine, name="app-1", script="sleep 600", **options):
    """A container with busybox and its links that runs a script."""
    container = engine.create(name, image="host:1", command=["/bin/sh", "-c", script], **options)
    container.start()
    return container


def _build(engine, tag, fill):
    folder = engine.folder / tag.partition(":")[0]
    tree = folder / "tree"
    for name in ("etc", "tmp", "proc", "sys", "dev", "run", "var/lib"):
        (tree / name).mkdir(parents=True)
    (tree / "etc/passwd").write_text(PASSWD)
    (tree / "etc/group").write_text(GROUP)
    fill(tree)
    (folder / "Dockerfile").write_text(DOCKERFILE)
    engine.client.images.build(path=str(folder), tag=tag)


def _busybox(busybox, tree):
    (tree / "bin").mkdir()
    shutil.copy(busybox, tree / "bin/busybox")
    listed = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for name in listed:
        if name != "busybox":
            (tree / "bin" / name).symlink_to("busybox")


def _debian(tree):
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / name).symlink_to(f"usr/{name}")
    (tree / "usr").mkdir()
    (tree / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    (tree / "var/lib/dpkg").mkdir()
    # A service of SysV: it runs while there is a file.
    (tree / "etc/init.d").mkdir()
    (tree / "etc/init.d/worker").write_text("#!/bin/sh\n[ -e /run/worker ] || exit 3\n")
    (tree / "etc/init.d/worker").chmod(0o755)
    (tree / "etc/rc5.d").mkdir()
    (tree / "etc/rc5.d/S01worker").symlink_to("../init.d/worker")


class Sshd:
    """An sshd on 127.0.0.1 with a host key and one authorised key."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.key("host")
        self.key("user")
        self.key("stranger")
        self.know()
        (folder / "passwd").write_text(
            "root:x:0:0:root:/root:/bin/sh\nsshd:*:101:65534::/run/sshd:/bin/false\ndeploy:*:4711:4711::/:/bin/sh\n"
        )
        (folder / "config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
            "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        )

    def key(self, name):
        """A new key pair."""
        for path in (self.folder / name, self.folder / f"{name}.pub"):
            path.unlink(missing_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", self.folder / name]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        (self.folder / f"{name}.pub").chmod(0o644)

    def know(self, name="host"):
        """Write known_hosts."""
        public = (self.folder / f"{name}.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {public}")

    def instead(self, command):
        """From now on every log-in gets this command in place of its shell."""
        with (self.folder / "config").open("a") as config:
            config.write(f"ForceCommand {command}\n")
        self.stop()
        self.start()

    @property
    def connect(self):
        """The address, for root."""
        return f"ssh://root@127.0.0.1:{self.port}"

    def options(self, **options):
        """SshOptions for it."""
        from checks.hosts.probe import SshOptions

        named = {"identity_file": f"{self.folder}/user", "known_hosts": f"{self.folder}/known_hosts"} | options
        return SshOptions(**named)

    def start(self):
        """Start it, in a process namespace of its own: with its first process, all of its sessions are gone."""
        script = (
            "mount -t tmpfs tmpfs /run && mkdir /run/sshd && mount --bind $0/passwd /etc/passwd && "
            "exec /usr/sbin/sshd -D -e -f $0/config"
        )
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "--mount-proc",
                    "sh",
                    "-c",
                    script,
                    self.folder,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as answered:
                answered.recv(4)
                return
            time.sleep(0.02)
        pytest.fail(f"sshd did not start: {(self.folder / 'log').read_text()[-2000:]}", pytrace=False)

    def listener(self):
        """The number of the process that listens."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def stop(self):
        """End it, with everything that it started."""
        if self.process is not None:
            with contextlib.suppress(OSError, IndexError):
                os.kill(self.listener(), signal.SIGKILL)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
            self.process = None


@pytest.fixture
def sshd():
    """Needs root, and the packages openssh-server and openssh-client."""
    conftest.locate("sshd")
    conftest.locate("ssh-keygen")
    if os.geteuid() != 0:
        conftest.lacking("root, to start an sshd of its own,")
    folder = Path(tempfile.mkdtemp(prefix="tg-ssh-"))
    folder.chmod(0o755)
    server = Sshd(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
