"""What facts about 20 containers cost, beside plain testinfra and one shell command per host, in one run.

    python -m benchmarks.hosts            # 20 containers of the engine of DOCKER_HOST: 5 facts of each, and 100 of each
    python -m benchmarks.hosts --quick    # 5 containers, 5 facts of each, one turn

The facts: how full the disk is, available memory, the mode and the SHA-256 of a file, the number of a user; and where
there are 100, existence, mode, owner, group and SHA-256 of 19 files more. The containers have busybox and nothing
else; they are made before, and removed whatever happens. Needs a Docker engine that may be used for it,
busybox-static, and `pip install 'tidegate[docker,hosts]'`. Only the ratios mean anything on another machine.

Tidegate measures CPU use, swap, load, open files, inodes, kernel and uptime as well, which here only costs it time; the
time over which it measures CPU use is 0.1 s, in place of 1 s.
"""

import argparse
import hashlib
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

_IMAGE = "tidegate-benchmark-host:1"
#: Facts of a container without, and of each file more.
_FACTS = 5
_MORE = 19
_DOCKERFILE = 'FROM scratch\nCOPY tree /\nCMD ["/bin/busybox", "sleep", "3600"]\n'
_SCRIPT = "df -kP /; cat /proc/meminfo; stat -c %a /etc/passwd; sha256sum /etc/passwd"


def more_files(count: int) -> list[str]:
    """Paths that every container has."""
    return [f"/etc/more/{number}" for number in range(count)]


def plain_testinfra(names: Sequence[str], more: Sequence[str]) -> None:
    """Each fact by testinfra's own backend and modules, one after another."""
    import testinfra
    import testinfra.host

    # A run begins without what another one learnt of its hosts.
    testinfra.host.Host._host_cache.clear()  # noqa: SLF001
    for name in names:
        host = testinfra.get_host(f"docker://{name}")
        assert "/" in host.check_output("df -kP /")
        assert "MemAvailable" in host.file("/proc/meminfo").content_string
        assert host.file("/etc/passwd").mode == 0o644
        assert len(host.file("/etc/passwd").sha256sum) == 64
        assert host.user("app").uid == 1000
        for path in more:
            file = host.file(path)
            assert file.exists
            assert (file.mode, file.user, file.group, len(file.sha256sum)) == (0o644, "root", "root", 64)


def one_command(name: str, more: Sequence[str]) -> None:
    """A shell command that prints everything."""
    files = f"stat -c '%a %U %G' {' '.join(more)}; sha256sum {' '.join(more)}; " if more else ""
    command = ["docker", "exec", name, "/bin/sh", "-c", f"{_SCRIPT}; {files}id -u app"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("1000\n")


def one_after_another(names: Sequence[str], more: Sequence[str]) -> None:
    """One shell command for each host, in turn."""
    for name in names:
        one_command(name, more)


def all_at_once(names: Sequence[str], more: Sequence[str]) -> None:
    """One shell command for each host, in threads."""
    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(one_command, names, [more] * len(names)))


def tidegate(names: Sequence[str], more: Sequence[str]) -> None:
    """`look_at_hosts`, in this process."""
    from checks.hosts.look import look_at_hosts
    from checks.hosts.probe import FileAsk, HostProbe, UserAsk

    files, users = tuple(FileAsk(path, digest=True) for path in ("/etc/passwd", *more)), (UserAsk("app"),)
    found = look_at_hosts(
        [HostProbe(name, f"docker://{name}", interval=0.1, files=files, users=users) for name in names]
    )
    for name, evidence in found.items():
        wanted = (
            "disk./.use",
            "memory.available",
            "files./etc/passwd.mode",
            "files./etc/passwd.sha256",
            "users.app.uid",
        )
        readings = {one.subject.removeprefix(f"{name}.") for one in evidence if hasattr(one, "value")}
        assert readings.issuperset((*wanted, *(f"files.{path}.sha256" for path in more))), evidence


def whole_run(names: Sequence[str], more: Sequence[str]) -> None:
    """`pytest --env` with the hosts gate, from the start of Python to the report."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = "".join(f"  {name}: {{connect: 'docker://{name}', groups: [all]}}\n" for name in names)
        wide = "cpu.use: '<= 100 %', memory.use: '<= 100 %', disk.use: '<= 100 %', disk.inodes: '<= 100 %'"
        wanted = f"{{mode: '0644', owner: root, group: root, sha256: {hashlib.sha256(b'').hexdigest()}}}"
        files = "".join(f", {path}: {wanted}" for path in more)
        expected = f"files: {{/etc/passwd: {{mode: '0644'}}{files}}}, users: {{app: {{uid: 1000}}}}"
        groups = f"host_groups: {{all: {{interval: 100ms, {expected}}}}}\n"
        gates = f"gates: {{hosts: {{limits: {{{wide}, memory.available: '> 0 B'}}}}}}\n"
        Path(folder, "env.yaml").write_text(f"service: bench\nhosts:\n{hosts}{groups}{gates}")
        command = [str(Path(sys.executable).with_name("pytest")), "--env=./env.yaml", "--release=1", "-q"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


WAYS: dict[str, Callable[[Sequence[str], Sequence[str]], None]] = {
    "plain testinfra, one fact after another": plain_testinfra,
    "one shell command per host, one after another": one_after_another,
    "one shell command per host, all at once": all_at_once,
    "Tidegate, the look": tidegate,
    "Tidegate, the whole run (`pytest --env`)": whole_run,
}


@contextmanager
def containers(count: int) -> Iterator[list[str]]:
    """So many containers that run; they are removed at the end."""
    import docker

    client = docker.from_env()
    made = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            _build(client, Path(folder))
        for number in range(count):
            name = f"tidegate-benchmark-{os.getpid()}-{number}"
            made.append(client.containers.create(_IMAGE, name=name, network_mode="none"))
            made[-1].start()
        yield [container.name for container in made]
    finally:
        for container in made:
            container.remove(force=True)
        client.close()


def _build(client: object, folder: Path) -> None:
    busybox = shutil.which("busybox")
    if busybox is None:
        sys.exit("busybox is not installed: apt-get install busybox-static")
    tree = folder / "tree"
    for name in ("bin", "etc", "proc"):
        (tree / name).mkdir(parents=True)
    shutil.copy(busybox, tree / "bin/busybox")
    for name in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if name != "busybox":
            (tree / "bin" / name).symlink_to("busybox")
    (tree / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\napp:x:1000:1000::/:/bin/sh\n")
    for path in more_files(_MORE):
        (tree / path[1:]).parent.mkdir(exist_ok=True)
        (tree / path[1:]).touch(0o644)
    (tree / "etc/group").write_text("root:x:0:\napp:x:1000:\n")
    (tree / "etc/passwd").chmod(0o644)
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    client.images.build(path=str(folder), tag=_IMAGE)  # type: ignore[attr-defined]  # the SDK has no types


def compare(names: Sequence[str], more: Sequence[str], turns: int) -> None:
    """Measure all, in turns, and print a table."""
    costs: dict[str, list[tuple[float, float]]] = {title: [] for title in WAYS}
    for turn in range(turns):
        for title, way in WAYS.items():
            began, cpu = time.monotonic(), _cpu()
            way(names, more)
            costs[title].append((time.monotonic() - began, _cpu() - cpu))
            print(f"  turn {turn + 1}: {title} {costs[title][-1][0]:.2f} s", file=sys.stderr)
    base = statistics.median(wall for wall, _ in next(iter(costs.values())))
    facts = _FACTS * (1 + len(more)) * len(names)
    print(f"\n{facts:,} facts about {len(names)} containers; plain testinfra = 1\n")
    print("| | wall | CPU of clients | wall ratio |\n|---|---|---|---|")
    for title, measured in costs.items():
        wall, cpu = (statistics.median(values) for values in zip(*measured, strict=True))
        print(f"| {title} | {wall:.2f} s | {cpu:.2f} s | {wall / base:.3f}× |")


def _cpu() -> float:
    """Seconds of this process and its children. The engine's own are not among them."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer containers, one turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--containers", type=int, default=20)
    args = parser.parse_args()
    with containers(5 if args.quick else args.containers) as names:
        compare(names, [], 1 if args.quick else args.turns)
        if not args.quick:
            compare(names, more_files(_MORE), 1)


if __name__ == "__main__":
    main()
