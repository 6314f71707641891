"""What is watched: the process on a port, a declared host, a container; what is not there is a reason, and no value."""

import socket
import subprocess
import sys

import pytest

from checks.evidence import Gap, Reading
from gates.environment import load as load_environment
from gates.measured import load_watch
from gates.measured.load_watch import UnreadHostError, watch_of
from load.plan import ContainerTarget, HostTarget, ProcessTarget

FRAME = "service: s\nbase_url: http://127.0.0.1:1\nhosts: {here: {connect: 'local://'}}\ngates: {load: {}}\nload: "


@pytest.fixture
def watching(tmp_path):
    """`watching(yaml)`: what a `watch:` comes to."""

    def _watching(watch):
        (tmp_path / "env.yaml").write_text(f"{FRAME}{{watch: {watch}}}\n")
        return watch_of(load_environment(tmp_path / "env.yaml").model)

    return _watching


def test_the_process_that_listens_is_found(watching):
    """It is another process than this one; once it is gone, there is a reason for each limit."""
    program = (
        "import socket, sys; s = socket.create_server(('127.0.0.1', 0));"
        "print(s.getsockname()[1], flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        port = int(process.stdout.readline())
        watch = f"{{api: {{port: {port}, limits: {{cpu: <= 80 %, memory: <= 1GB}}}}}}"
        assert watching(watch).targets == (ProcessTarget("api", process.pid),)
        process.stdin.close()
        process.wait(10)
    found = watching(watch)
    assert found.targets == ()
    reason = f"no process of this machine listens on port {port}"
    assert found.missing == (("api.cpu", reason), ("api.memory", reason))


def test_a_connection_is_no_listener(watching):
    """The port of a client is nobody's entrance."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert watching(f"{{api: {{port: {client.getsockname()[1]}}}}}").targets == ()
        assert len(watching(f"{{api: {{port: {server.getsockname()[1]}}}}}").targets) == 1


def test_a_container_is_named(watching):
    """The engine is asked when the load begins."""
    assert watching("{api: {container: shop-api-1}}").targets == (ContainerTarget("api", "shop-api-1"),)


def test_this_machine_as_a_host(watching):
    """A real sample: CPU from the second one on, memory with its limit, the disk's use."""
    with watching("{machine: {host: here}}") as found:
        assert found.targets == (HostTarget("machine"),)
        first, second = found.hosts["machine"](), found.hosts["machine"]()
    assert first.cpu is None
    assert 0 <= second.cpu <= second.cpu_limit == 1
    assert 0 < second.memory < second.memory_limit
    assert 0 < second.disk_used <= 1


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ((Gap("here.reachable", "ssh is not installed"),), "ssh is not installed"),
        ((Reading("here.reachable", value=False, unit="bool", detail="connection refused"),), "connection refused"),
        ((), "it could not be reached"),
    ],
)
def test_a_host_that_can_not_be_reached_is_no_usage(evidence, words):
    """The engine makes a gap of it."""

    class Host:
        def take(self):
            return evidence

    with pytest.raises(UnreadHostError, match=words):
        load_watch._usage("here", Host())


def test_what_a_host_does_not_say_is_not_known():
    """Reachable, and nothing else."""

    class Host:
        def take(self):
            return (Reading("here.reachable", value=True, unit="bool"), Gap("here.memory.use", "x"))

    usage = load_watch._usage("here", Host())
    assert (usage.cpu, usage.cpu_limit, usage.memory, usage.memory_limit, usage.disk_used) == (None,) * 5
