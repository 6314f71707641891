"""Facts about real hosts: each fault is made, and its twin differs in nothing else."""

import hashlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from checks.evidence import Gap
from checks.hosts import asking, disks
from checks.hosts.probe import FileAsk, PortAsk, ProcessAsk, UserAsk
from tests.checks.hosts.machines import busy, debian


def run(container, script):
    """Run a script in a container, from outside of what is tested."""
    status, output = container.exec_run(["/bin/sh", "-c", script])
    assert status == 0, output


@pytest.fixture
def tools(monkeypatch, tmp_path):
    """`tools("cat", ...)`: this machine has these programs and no others; the folder can take more."""

    def only(*names):
        for name in names:
            (tmp_path / name).symlink_to(shutil.which(name))
        monkeypatch.setenv("PATH", str(tmp_path))
        return tmp_path

    return only


_NEEDED = ("cat", "grep", "id", "sleep", "timeout", "uname", "true")


def test_every_host_is_asked_for_the_same(look, box):
    """A container with busybox and nothing else has all of it."""
    busy(box)
    found = look("docker://app-1", engine=box.url)
    assert [subject for subject, evidence in found.items() if isinstance(evidence, Gap)] == []
    assert {
        "cpu.use",
        "memory.use",
        "memory.available",
        "swap.use",
        "load.1m",
        "load.5m",
        "load.15m",
        "load.per_core",
        "open_files",
        "open_files.use",
        "disk./.use",
        "disk./.free",
        "disk./.inodes",
        "kernel",
        "uptime",
    } <= set(found)
    assert found["kernel"].value == os.uname().release
    assert 0 <= found["cpu.use"].value <= 1
    assert found["memory.available"].value == pytest.approx(_available(), rel=0.2)


def test_what_is_free_in_memory_is_for_who_names_it(look, box):
    """No `disk.free` could hold for /dev/shm and for a disk; how full it is, is told in any case."""
    busy(box)
    found = look("docker://app-1", engine=box.url)
    assert {"disk./dev/shm.use", "disk./.free"} <= set(found)
    assert "disk./dev/shm.free" not in found
    assert found["disk./.free"].detail == found["disk./.use"].detail
    assert found["disk./.free"].detail.endswith(("MB", "GB", "TB", "PB")), "in the unit of the value"
    named = look("docker://app-1", engine=box.url, disks=("/dev/shm",))
    assert named["disk./dev/shm.free"].value > 0


def _available():
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))


def test_a_container_shows_its_machine_and_says_so(look, box):
    """CPU, memory and load are the machine's; the uptime is the container's own."""
    busy(box)
    found = look("docker://app-1", engine=box.url)
    for subject in ("cpu.use", "memory.use", "load.1m", "open_files"):
        assert "of the machine that the container runs on" in found[subject].detail
    assert found["uptime"].value < min(120, float(Path("/proc/uptime").read_text().split()[0]))


def test_a_full_disk_and_its_twin(look, box):
    """Full is 100 %; the same file system without the file is not."""
    where = {"connect": "docker://app-1", "engine": box.url, "disks": ("/data",)}
    container = busy(box, tmpfs={"/data": "size=1m"})
    empty = look(**where)
    assert empty["disk./data.use"].value == 0
    assert empty["disk./data.free"].value == 1 << 20
    run(container, "cat /dev/zero >/data/big 2>/dev/null || true")
    full = look(**where)
    assert full["disk./data.use"].value == 1
    assert full["disk./data.free"].value == 0
    assert full["disk./data.inodes"].value < 0.5


def test_exhausted_inodes_and_their_twin(look, box):
    """There is room, and no file can be made."""
    where = {"connect": "docker://app-1", "engine": box.url}
    container = busy(box, tmpfs={"/data": "nr_inodes=20"})
    assert look(**where)["disk./data.inodes"].value < 0.2
    run(container, "i=0; while touch /data/$i 2>/dev/null; do i=$((i+1)); done")
    found = look(**where)
    assert found["disk./data.inodes"].value == 1
    assert found["disk./data.use"].value < 0.1


def test_a_path_is_looked_at_on_its_file_system(look, box):
    """`/etc` is no mount of its own; a path that is not there is a failure, and no Gap."""
    busy(box)
    found = look("docker://app-1", engine=box.url, disks=("/etc", "/nowhere"))
    assert found["disk./etc.use"].value == pytest.approx(found["disk./.use"].value, abs=0.01)
    assert found["disk./nowhere.use"].absent
    assert "disk./etc/hosts.use" not in found


def test_a_process_that_runs_halts_and_ends(look, box):
    """Halted and dead ones don't count; the shell that asks doesn't, either."""
    name = "a-program-with-a-long-name"
    where = {"connect": "docker://app-1", "engine": box.url}
    where["processes"] = (
        ProcessAsk("sleep"),
        ProcessAsk(name),
        ProcessAsk("worker", r"^/tmp/a-.*70[12]$"),
        ProcessAsk("sh"),
        ProcessAsk("tail"),
    )
    # The container has to outlive what is killed in it.
    container = busy(box, script="sleep 600 & sleep 600 & wait; mkfifo /tmp/never; cat /tmp/never")
    run(container, f"cp /bin/busybox /tmp/sleep; mkdir /tmp/x; cp /bin/busybox /tmp/x/{name}")

    def counts():
        found = {key.removeprefix("processes."): e for key, e in look(**where).items() if key.startswith("proc")}
        assert [e for e in found.values() if isinstance(e, Gap)] == []
        return {key: e.value for key, e in found.items()}

    assert counts() == {"sleep": 2, name: 0, "worker": 0, "sh": 1, "tail": 0}
    run(container, "kill -STOP $(pidof sleep | cut -d' ' -f1)")
    found = look(**where)
    assert (found["processes.sleep"].value, found["processes.sleep"].detail) == (1, "1 halted")
    run(container, "kill -KILL $(pidof sleep)")
    assert counts()["sleep"] == 0


def test_a_long_name_and_a_command_line(look, tmp_path):
    """The kernel keeps 15 characters; what has the same 15 is another program."""
    paths = [tmp_path / "a-program-with-a-long-name", tmp_path / "a-program-with-another-name"]
    started = []
    try:
        for path in paths:
            shutil.copy(shutil.which("sleep"), path)
            started.append(subprocess.Popen([path, "700"]))
        asked = (
            ProcessAsk(paths[0].name),
            ProcessAsk("both", r"a-program-with-a\S* 700$"),
            ProcessAsk("no", "nothing700"),
        )
        found = look("local://", processes=asked)
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [found[f"processes.{one.name}"].value for one in asked] == [1, 2, 0]


def test_ports_and_who_reaches_them(look, box):
    """Listening everywhere, on loopback only, and not at all."""
    busy(box, script="nc -ll -p 8080 -e true & httpd -p 127.0.0.1:5432; sleep 600")
    asked = {"engine": box.url, "ports": tuple(PortAsk(number) for number in (8080, 5432, 53))}
    end = time.monotonic() + 10
    while not (found := look("docker://app-1", **asked))["ports.8080.listening"].value and time.monotonic() < end:
        pass
    listening = [found[f"ports.{number}.listening"].value for number in (8080, 5432, 53)]
    assert listening == [True, True, False]
    assert (found["ports.8080.loopback"].value, found["ports.5432.loopback"].value) == (False, True)
    assert found["ports.5432.listening"].detail == "on 127.0.0.1"
    assert "ports.53.loopback" not in found


def test_ports_of_udp_are_others(look):
    """The same number of TCP says nothing about it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        number = server.getsockname()[1]
        found = look("local://", ports=(PortAsk(number, "udp"), PortAsk(number)))
    assert (found[f"ports.{number}/udp.listening"].value, found[f"ports.{number}/udp.loopback"].value) == (True, True)
    assert found[f"ports.{number}.listening"].value is False


def test_a_file_and_its_faults(look, box):
    """Kind, mode, owner, checksum and content of a file as it is, and after each of them was changed."""
    container = busy(box)
    run(container, "printf 'listen 443\\npassword hunter22\\n' >/etc/app.conf; chmod 640 /etc/app.conf")
    asked = FileAsk("/etc/app.conf", digest=True, patterns=("^listen 443$", "^debug"))
    where = {"connect": "docker://app-1", "engine": box.url, "files": (asked,)}
    found = {
        key.removeprefix("files./etc/app.conf."): e for key, e in look(**where).items() if key.startswith("files.")
    }
    assert {key: e.value for key, e in found.items()} == {
        "exists": True,
        "kind": "file",
        "mode": "0640",
        "owner": "root",
        "group": "root",
        "uid": 0,
        "gid": 0,
        "size": 29,
        "sha256": hashlib.sha256(b"listen 443\npassword hunter22\n").hexdigest(),
        "contains.1": True,
        "contains.2": False,
    }
    assert "hunter22" not in str(found)
    run(container, "echo debug >>/etc/app.conf; chown app:operators /etc/app.conf; chmod 4755 /etc/app.conf")
    found = {
        key.removeprefix("files./etc/app.conf."): e for key, e in look(**where).items() if key.startswith("files.")
    }
    assert (found["mode"].value, found["owner"].value, found["group"].value) == ("4755", "app", "operators")
    assert found["sha256"].value == hashlib.sha256(b"listen 443\npassword hunter22\ndebug\n").hexdigest()
    assert found["contains.2"].detail == "'^debug' is found in line 3"
    run(container, "rm /etc/app.conf")
    gone = {key: e for key, e in look(**where).items() if key.startswith("files.")}
    assert list(gone) == ["files./etc/app.conf.exists"]
    assert gone["files./etc/app.conf.exists"].value is False
    run(container, "mkfifo /etc/app.conf")
    found = look(**where)
    assert found["files./etc/app.conf.kind"].value == "pipe"
    assert found["files./etc/app.conf.sha256"].absent


def test_more_questions_than_fit_into_one_script(look):
    """Hundreds of files are asked for in portions; each has its answer."""
    asked = tuple(FileAsk(f"/etc/passwd{'/.' * number}") for number in range(400))
    found = look("local://", files=(*asked, FileAsk("/etc/hostname")))
    exist = [e.value for e in found.values() if e.subject.endswith(".exists")]
    assert (len(exist), exist.count(True)) == (401, 2)


def test_a_text_that_is_longer_than_what_is_read(look, tmp_path):
    """A pattern that may stand further down is not known to be missing."""
    path = tmp_path / "a file's name"
    path.write_bytes(b"first\n" + b"x" * (1 << 20) + b"\nlast\n")
    found = look("local://", files=(FileAsk(str(path), patterns=("^first$", "^last$")),))
    assert found[f"files.{path}.contains.1"].value is True
    assert isinstance(found[f"files.{path}.contains.2"], Gap)
    path.write_bytes(b"first\n\xff\x00\nlast\n")
    found = look("local://", files=(FileAsk(str(path), patterns=("^first$", "^last$")),))
    assert found[f"files.{path}.contains.2"].value is True


def test_users_and_groups(look, box):
    """With and without getent: those that are there, and those that are not."""
    asked = {
        "users": (UserAsk("app", ("app", "operators", "root")), UserAsk("mallory")),
        "user_groups": ("app", "wheel"),
    }
    busy(box)
    debian(box)
    for name in ("app-1", "debian"):
        found = look(f"docker://{name}", engine=box.url, **asked)
        told = {key: e.value for key, e in found.items() if key.startswith("user")}
        assert told == {
            "users.app.exists": True,
            "users.app.uid": 1000,
            "users.app.home": "/home/app",
            "users.app.shell": "/bin/sh",
            "users.app.in.app": True,
            "users.app.in.operators": True,
            "users.app.in.root": False,
            "users.mallory.exists": False,
            "user_groups.app.exists": True,
            "user_groups.app.gid": 1000,
            "user_groups.wheel.exists": False,
        }, name


def test_settings_of_the_kernel(look, box):
    """Numbers are numbers, several are a text, and what this kernel lacks is not there."""
    busy(box, sysctls={"net.ipv4.ip_forward": "1"})
    keys = ("net.ipv4.ip_forward", "net/ipv4/ip_local_port_range", "kernel.ostype", "kernel.no_such")
    found = look("docker://app-1", engine=box.url, sysctl=keys)
    assert found["sysctl.net.ipv4.ip_forward"].value == 1
    assert len(found["sysctl.net/ipv4/ip_local_port_range"].value.split(" ")) == 2
    assert found["sysctl.kernel.ostype"].value == "Linux"
    assert found["sysctl.kernel.no_such"].absent


def test_services_and_packages_of_a_debian(look, box):
    """testinfra's modules tell, over our session: a service that runs and one that does not, versions of packages."""
    container = debian(box)
    asked = {"engine": box.url, "services": ("worker", "nothing"), "packages": ("coreutils", "no-such-package")}
    found = look("docker://debian", **asked)
    assert found["services.worker.running"].value is False
    assert found["services.worker.enabled"].value is True
    assert found["services.nothing.running"].value is False
    assert found["services.nothing.enabled"].value is False
    assert found["packages.coreutils.version"].value[0].isdigit()
    assert found["packages.coreutils.installed"].value is True
    assert found["packages.no-such-package.installed"].value is False
    run(container, "touch /run/worker")
    assert look("docker://debian", **asked)["services.worker.running"].value is True
    run(container, "rm /etc/rc5.d/S01worker")
    assert look("docker://debian", **asked)["services.worker.enabled"].value is False


def test_a_host_without_package_and_service_manager(look, box):
    """busybox has none: Gaps, and never `not installed`."""
    busy(box)
    found = look("docker://app-1", engine=box.url, services=("nginx",), packages=("openssl",))
    for subject in ("services.nginx.running", "services.nginx.enabled", "packages.openssl.installed"):
        assert isinstance(found[subject], Gap), subject
        assert "testinfra" in found[subject].reason


def test_without_testinfra_everything_else_is_read(look, monkeypatch):
    """The Gap says what to install."""
    from checks.hosts import testinfra_host

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(testinfra_host, "import_module", missing)
    found = look("local://", services=("nginx",), packages=("openssl",))
    for subject in ("services.nginx.running", "packages.openssl.installed"):
        assert "pip install 'tidegate[hosts]'" in found[subject].remedy
    assert found["memory.use"].value > 0


def test_what_this_user_may_not_read(look, sshd):
    """Permission denied is a Gap that says what to grant; root reads it."""
    secret = sshd.folder / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    (sshd.folder / "closed").mkdir(mode=0o700)
    (sshd.folder / "closed/file").write_text("x")
    asked = (FileAsk(str(secret), digest=True), FileAsk(f"{sshd.folder}/closed/file"))
    found = look(f"ssh://deploy@127.0.0.1:{sshd.port}", ssh=sshd.options(), files=asked)
    assert found[f"files.{secret}.mode"].value == "0600"
    for subject in (f"files.{secret}.sha256", f"files.{sshd.folder}/closed/file.exists"):
        assert isinstance(found[subject], Gap), subject
        assert "ermission denied" in found[subject].reason
        assert "sudo: true" in found[subject].remedy
    found = look(sshd.connect, ssh=sshd.options(), files=asked)
    assert found[f"files.{secret}.sha256"].value == hashlib.sha256(b"x").hexdigest()
    assert found[f"files.{sshd.folder}/closed/file.exists"].value is True


def test_a_tool_that_the_host_lacks_is_named(look, tools, tmp_path):
    """Only what needs it is a Gap; with it, the twin is read."""
    path = tmp_path / "file"
    path.write_text("x")
    tools(*_NEEDED)
    asked = {"files": (FileAsk(str(path), digest=True),)}
    found = look("local://", **asked)
    assert found["disk./.use"].reason == "there is no `stat` on the host"
    assert found[f"files.{path}.exists"].reason == "there is no `stat` on the host"
    assert found["memory.use"].value > 0
    (tmp_path / "stat").symlink_to("/usr/bin/stat")
    found = look("local://", **asked)
    assert found[f"files.{path}.kind"].value == "file"
    assert found[f"files.{path}.sha256"].reason == "there is no `sha256sum` on the host"


def hanging(folder, name, seconds):
    """In this folder, a program of this name that never ends."""
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\nexec sleep {seconds}\n")
    (folder / name).chmod(0o755)


def test_a_program_that_hangs_costs_only_itself(look, tools, monkeypatch):
    """It is killed on the host, its fact is a Gap, and what was asked before and after is read."""
    monkeypatch.setattr(asking, "SECONDS", 1.0)
    hanging(tools(*_NEEDED, "stat"), "sha256sum", 8642)
    began = time.monotonic()
    found = look("local://", files=(FileAsk("/etc/passwd", digest=True),), users=(UserAsk("root"),))
    assert time.monotonic() - began < 8
    assert "did not end within 1 s and was killed" in found["files./etc/passwd.sha256"].reason
    assert found["files./etc/passwd.mode"].value == "0644"
    assert found["memory.use"].value > 0
    assert found["users.root.uid"].value == 0
    assert _running("8642") == []


def test_a_file_system_that_hangs_costs_only_itself(look, tools, monkeypatch):
    """Each has a limit of its own; here all of them hang."""
    monkeypatch.setattr(disks, "_EACH", 1)
    folder = tools(*_NEEDED)
    hanging(folder, "stat", 8645)
    found = look("local://", disks=("/",))
    gaps = [e for subject, e in found.items() if subject.startswith("disk.")]
    assert {type(e) for e in gaps} == {Gap}
    assert "did not answer within 1 s" in found["disk./.use"].reason
    assert found["kernel"].value == os.uname().release
    assert _running("8645") == []


def _running(word):
    listed = subprocess.run(["/usr/bin/ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if line == f"sleep {word}"]


def test_a_host_without_timeout(look, tools, monkeypatch):
    """A hanging program ends the session: what came before is read, the rest is a Gap, and nothing stays here."""
    monkeypatch.setattr(asking, "SECONDS", 1.0)
    folder = tools(*(tool for tool in _NEEDED if tool != "timeout"), "stat")
    found = look("local://")
    assert "has no `timeout`" in found["reachable"].detail
    assert found["kernel"].value == os.uname().release
    hanging(folder, "sha256sum", 8643)
    found = look("local://", files=(FileAsk("/etc/passwd", digest=True),))
    assert found["memory.use"].value > 0
    assert "no answer within 1 s" in found["files./etc/passwd.sha256"].reason
    assert isinstance(found["disk./.use"], Gap)
    assert _running("8643") == []


def test_the_time_of_a_host_is_all_it_has(look, tools):
    """Whatever hangs, and how often: after the host's time everything else is a Gap."""
    hanging(tools(*_NEEDED), "grep", 8644)
    began = time.monotonic()
    found = look("local://", timeout=3)
    assert time.monotonic() - began < 9
    assert found["reachable"].value is True
    assert isinstance(found["memory.use"], Gap)
    assert _running("8644") == []
