"""What hosts print, read: numbers as they are, and everything else a Gap or a ValueError."""

import contextlib
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import Gap, Reading
from checks.hosts import accounts, asking, files, load, ports, processes, system
from checks.hosts.asking import OpenHost, Said
from checks.hosts.disks import chosen, parse_mounts
from checks.hosts.load import CpuTimes, parse_cpu
from checks.hosts.ports import parse_table
from checks.hosts.probe import FileAsk, HostProbe, PortAsk, ProcessAsk, UserAsk
from checks.hosts.processes import parse_commands, parse_stats
from checks.versions import compare_versions, is_older, parse_version
from tests import conftest


def host(container=False, **asked):
    return OpenHost(HostProbe("app", "local://", **asked), None, container)


def part(found, subject):
    return next(e for e in found if e.subject == f"app.{subject}")


MEMORY = "MemTotal: 1000 kB\nMemFree: 50 kB\nMemAvailable: 400 kB\nCached: 800 kB\nSwapTotal: 100 kB\nSwapFree: 25 kB\n"


def _loaded(**texts):
    said = {
        "meminfo": MEMORY,
        "loadavg": "0.50 1.00 2.00 1/99 7",
        "stat": "cpu  1 2 3 4 5\ncpu0 1 2 3 4 5\ncpu1 0 0 0 0 0\ncpu2 0\ncpu3 0\nintr 5",
        "file-nr": "64\t0\t128",
    } | texts
    paths = {path.rpartition("/")[2]: path for path in load.FILES}
    return load.read_load(host(), {paths[name]: Said(text) for name, text in said.items()})


def test_memory_is_what_is_not_available():
    """Free memory would count every cache as used: 60 % here, and not 95 %."""
    found = _loaded()
    assert part(found, "memory.use").value == 0.6
    assert part(found, "memory.available").value == 400 * 1024
    assert part(found, "swap.use").value == 0.75
    assert part(found, "load.per_core").value == 0.25
    assert part(found, "open_files.use").value == 0.5


def test_no_swap_is_none_used():
    """Nothing of nothing is used, and it says so."""
    found = _loaded(meminfo=MEMORY.replace("100 kB", "0 kB").replace("25 kB", "0 kB"))
    assert (part(found, "swap.use").value, part(found, "swap.use").detail) == (0.0, "there is no swap")


def test_a_kernel_without_memavailable():
    """No guess takes its place."""
    found = _loaded(meminfo=MEMORY.replace("MemAvailable", "MemOther"))
    assert isinstance(part(found, "memory.use"), Gap)
    assert part(found, "swap.use").value == 0.75


@pytest.mark.parametrize("name", ["meminfo", "loadavg", "file-nr", "stat"])
@pytest.mark.parametrize("text", ["", "nonsense", "nan nan nan\n2", "0 0"])
def test_what_can_not_be_read_is_a_gap(name, text):
    """Nothing, words, zeros to divide by, NaN."""
    before = {e.subject for e in _loaded()}
    found = _loaded(**{name: text})
    assert any(isinstance(e, Gap) for e in found)
    assert {e.subject for e in found} <= before


CPU = "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1\ncpu1 2\n50.00 90.00\n"


def test_cpu_use_is_what_was_not_idle():
    """Waiting for a disk is idle; half of two cores was busy."""
    before, after = parse_cpu(CPU), CpuTimes(idle=850, total=1100, cores=2, at=51.0)
    found = load.cpu_use(host(), before, after)
    assert (found.value, found.detail) == (0.5, "of 2 cores over 1 s")


@pytest.mark.parametrize(
    "after", [CpuTimes(800, 1000, 2, 50.0), CpuTimes(700, 900, 2, 51.0), CpuTimes(900, 1100, 2, 50.0)]
)
def test_two_looks_at_the_same_moment_are_a_gap(after):
    """No time passed, or it went backwards."""
    assert isinstance(load.cpu_use(host(), parse_cpu(CPU), after), Gap)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cpu 1 2\ncpu0 1\n5 5\n",
        "intr 1\ncpu0 1\n5 5\n",
        "cpu -1 2 3 4 5\ncpu0 1\n5 5\n",
        "cpu a b c d e\ncpu0 1\n1",
        "cpu 1 2 3 4 5\n5\n5 5\n",
    ],
)
def test_a_cpu_line_that_is_none(text):
    """An error for the caller, who makes it a Gap."""
    with pytest.raises(ValueError, match=r"/proc/stat|invalid literal|convert"):
        parse_cpu(text)


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
23 27 0:22 / /sys/fs/x rw - tmpfs tmpfs rw
25 24 0:23 / /dev/shm rw,relatime shared:1 - tmpfs tmpfs rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
28 27 254:0 /sub /mnt/bind rw,relatime - ext4 /dev/vda rw,discard
29 27 7:1 / /snap/core rw,relatime - squashfs /dev/loop1 ro
30 27 254:1 / /mnt/with\\040space ro,relatime - ext4 /dev/vdb ro
31 27 0:50 / /ro ro,relatime - tmpfs tmpfs ro
"""


def test_which_mounts_hold_data():
    """No windows of the kernel and no images; a disk that went read-only stays, and so does a second path of one."""
    assert set(chosen(parse_mounts(MOUNTS))) == {"/", "/dev/shm", "/mnt/bind", "/mnt/with space"}


def test_what_engines_mount_for_containers():
    """Overlays are as full as what is below them, and a container's own root is one."""
    overlay = "9 1 0:9 / {} rw - overlay overlay rw\n"
    assert set(chosen(parse_mounts(overlay.format("/")))) == {"/"}
    assert chosen(parse_mounts(overlay.format("/var/lib/docker/overlay2/x/merged"))) == {}
    assert chosen(parse_mounts("9 1 0:9 / /var/lib/kubelet/pods/x rw - tmpfs tmpfs rw\n")) == {}
    assert set(chosen(parse_mounts("9 1 0:9 / /var/lib/docker rw - ext4 /dev/sdb rw\n"))) == {"/var/lib/docker"}


def test_a_mount_that_hides_another():
    """What is mounted last at a place is what is seen there."""
    hidden = "40 1 9:1 / /data rw - ext4 /dev/a rw\n41 1 9:2 / /data rw - squashfs /dev/b ro\n"
    assert chosen(parse_mounts(hidden)) == {}


@pytest.mark.parametrize("line", ["x", "1 2 3 4 5 6", "1 2 3 4 /a rw - ext4"])
def test_mounts_that_can_not_be_read(line):
    """An error for the caller, who makes it a Gap."""
    with pytest.raises(ValueError, match="mountinfo has the line"):
        parse_mounts(line)


def test_addresses_of_listeners():
    """As the kernel prints them: words in the byte order of the machine."""
    tcp = (
        "  sl  local_address rem_address   st\n"
        "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000\n"
        "   1: 00000000:01BB 00000000:0000 0A 00000000:00000000 00:00000000\n"
        "   2: 0100007F:01BB 0100007F:D2F0 01 00000000:00000000 00:00000000\n"
    )
    assert [(str(one.address), one.port) for one in parse_table(tcp, "tcp")] == [("127.0.0.1", 5432), ("0.0.0.0", 443)]
    tcp6 = "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0\n"
    assert [str(one.address) for one in parse_table(tcp6, "tcp6")] == ["::1"]
    mapped = tcp6.replace("00000000000000000000000001000000", "0000000000000000FFFF00000100007F")
    found = ports.read_ports(host(ports=(PortAsk(80),)), _tables(Said(""), Said(mapped)))
    assert part(found, "ports.80.loopback").value is True


def _tables(tcp, tcp6):
    return {"/proc/net/tcp": tcp, "/proc/net/tcp6": tcp6}


def test_a_kernel_without_ipv6_and_one_that_refuses():
    """No table of IPv6 is no listener there; a table that can't be read is a Gap."""
    absent = Said("cat: can't open '/proc/net/tcp6': No such file or directory", 1)
    asked = host(ports=(PortAsk(80),))
    assert part(ports.read_ports(asked, _tables(Said(""), absent)), "ports.80.listening").value is False
    for broken in (Said("cat: /proc/net/tcp: Permission denied", 1), Said("", -1, "it hung"), absent):
        found = ports.read_ports(asked, _tables(broken, Said("")))
        assert [type(e) for e in found] == [Gap]


STATS = "1 (init) S 0 1 1 0\n7 (a (b) c) R 1 7 7 0\n8 (dead) Z 1 8 8 0\n"
STATS += "9 (sh) S 1 9 9 0\n10 (cat) R 9 9 9 0\n9 (sh) S 1 9 9 0\n"


def test_processes_without_those_that_ask():
    """Names may hold brackets; the session of the last line is our own."""
    assert [(p.number, p.name, p.state) for p in parse_stats(STATS)] == [
        (1, "init", "S"),
        (7, "a (b) c", "R"),
        (8, "dead", "Z"),
    ]


def test_processes_that_can_not_be_known():
    """Hidden, unreadable, or none at all: Gaps, never a count of 0."""
    asked = host(processes=(ProcessAsk("nginx"), ProcessAsk("x", "pattern")))
    readings = processes.read_processes(asked, _stats(STATS), hidden=False)
    assert [e.value for e in readings] == [0, 0]
    for said, hidden in (
        (_stats(STATS), True),
        (_stats(""), False),
        ({"processes": Said("", -1, "it hung"), "commands": Said("")}, False),
    ):
        found = processes.read_processes(asked, said, hidden=hidden)
        assert [type(e) for e in found] == [Gap, Gap]
    found = processes.read_processes(asked, _stats(STATS, commands=Said("", -1, "it hung")), hidden=False)
    assert [type(e) for e in found] == [Reading, Gap]


def _stats(text, commands=None):
    return {"processes": Said(text), "commands": commands or Said("==> /proc/1/cmdline <==\n/sbin/init\0")}


def test_command_lines():
    """One for each header; kernel threads have none."""
    text = (
        "==> /proc/1/cmdline <==\n/sbin/init\0--x\0\n==> /proc/2/cmdline <==\n\n==> /proc/31/cmdline <==\nnginx: a b\n"
    )
    assert parse_commands(text) == {1: ["/sbin/init", "--x"], 2: [""], 31: ["nginx: a b"]}


def test_a_file_that_can_not_be_read():
    """Broken answers are Gaps in place of what they answer."""
    asked = host(files=(FileAsk("/a", True, ("x",)),))
    good = {"stat /a": Said("81a4 0 0 5 root UNKNOWN\n"), "sha256 /a": Said("0" * 64 + "  -\n"), "text /a": Said("x")}
    assert [type(e) for e in files.read_files(asked, good)].count(Gap) == 0
    assert part(files.read_files(asked, good), "files./a.group").value == "0"
    for name, broken in (
        ("stat /a", Said("x")),
        ("stat /a", Said("", -1, "it hung")),
        ("stat /a", Said("sh: stat: not found", 127)),
        ("sha256 /a", Said("xyz")),
        ("sha256 /a", Said("sh: can't open /a: Permission denied", 1)),
        ("text /a", Said("", -1, "it hung")),
    ):
        found = files.read_files(asked, good | {name: broken})
        assert any(isinstance(e, Gap) for e in found), name


def test_a_user_that_can_not_be_known():
    """A name service that fails is no proof that the user is missing."""
    asked = host(users=(UserAsk("app", ("app",)),), user_groups=("app",))
    good = {"user app": Said("app:x:7:7::/:/bin/sh\n"), "id app": Said("app"), "group app": Said("app:x:7:\n")}
    assert [type(e) for e in accounts.read_accounts(asked, good)].count(Gap) == 0
    for name, broken in (
        ("user app", Said("getent: unknown", 1)),
        ("user app", Said("app:x:seven:7::/:/bin/sh")),
        ("id app", Said("id: failed", 1)),
        ("group app", Said("", -1, "it hung")),
        ("group app", Said("app:x::")),
    ):
        found = accounts.read_accounts(asked, good | {name: broken})
        assert any(isinstance(e, Gap) for e in found), name


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("required by linux-base linux-image \nrunning 6.1.0-18-amd64\n", True),
        ("running 5.14\nneeds-restarting 1\n", True),
        ("installed 6.1.0-18-amd64\ninstalled 6.1.0-21-amd64\nrunning 6.1.0-18-amd64\n", True),
        ("installed 6.1.0-21-amd64\nrunning 6.1.0-18-amd64\n", True),
        ("installed 6.1.0-9-amd64\ninstalled 6.1.0-18-amd64\nrunning 6.1.0-18-amd64\n", False),
        ("running 6.1.0\n", None),
        ("", None),
    ],
)
def test_a_pending_reboot(said, value):
    """The file of Debian, the program of RHEL, a newer kernel; without any of them nobody knows."""
    found = system._reboot(host(reboot=True), Said(said))
    assert (None if isinstance(found, Gap) else found.value) == value


def test_a_container_waits_for_no_reboot():
    """Its machine does."""
    assert isinstance(system._reboot(host(container=True, reboot=True), Said("required by x")), Gap)


@pytest.mark.parametrize(
    ("uptime", "first"),
    [
        ("", "1 (a) S" + " 0" * 30),
        ("5 5", "1 (init) S 0"),
        ("x", "1 (a) S" + " 0" * 30),
        ("nan", "1 (a) S" + " 0" * 30),
    ],
)
def test_an_uptime_that_can_not_be_read(uptime, first):
    """A Gap, and never 0."""
    assert isinstance(system._uptime(host(), Said(uptime), Said(first)), Gap)
    assert isinstance(system._uptime(host(), Said("5 5"), Said("No such file", 1)), Gap)
    assert system._uptime(host(), Said("50.5 5"), Said("1 (a) S" + " 100" * 30)).value == 49.5


def test_files_that_are_printed_together():
    """Each line has its file's name; errors are told by the file that they are about."""
    paths = ("/proc/a", "/proc/a:b", "/proc/none", "/proc/closed", "/proc/empty")
    text = "/proc/a:one\n/proc/a:two: 2\n/proc/a:b:three\n\n= 2\ngrep: /proc/none: No such file or directory\n"
    found = asking.split_files(Said(f"{text}grep: /proc/closed: Permission denied\n"), paths)
    assert found == {
        "/proc/a": Said("one\ntwo: 2"),
        "/proc/a:b": Said("three"),
        "/proc/none": Said("No such file or directory", 1),
        "/proc/closed": Said("Permission denied", 1),
        "/proc/empty": Said(""),
    }
    for broken in (Said("", -1, "it hung"), Said("\n= 127\n/bin/sh: 1: grep: not found\n"), Said("")):
        assert not any(one.ok for one in asking.split_files(broken, paths).values())


def test_why_a_part_failed():
    """A missing program by its name, in the words of each shell and `timeout`; what permissions it takes."""
    for text in (
        "/bin/sh: 1: stat: not found",
        "sh: line 1: stat: command not found",
        "sh: stat: not found",
        "timeout: failed to run command 'stat': No such file or directory",
        "timeout: can't execute 'stat': No such file or directory",
    ):
        assert asking.why_not(Said(text, 127)) == ("there is no `stat` on the host", "")
    assert "sudo: true" in asking.why_not(Said("cat: /x: Permission denied", 1))[1]
    assert asking.why_not(Said("cat: /x: Permission denied", 1), sudo=True)[1] == ""
    assert asking.why_not(Said("", 3)) == ("exit 3", "")


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("3.0.11-1~deb12u2", "3.0.15"),
        ("1:9.2p1-2", "10.0"),
        ("1.2~rc1", "1.2"),
        ("1.2_rc1-r0", "1.2"),
        ("1.2", "1.2.1"),
        ("9.9", "10"),
        ("1.0a", "1.0b"),
        ("2.9", "1:2.0"),
        ("1.0-1", "1.0-2"),
        ("5.10.0-8-amd64", "5.10.0-21"),
    ],
)
def test_versions_have_an_order(older, newer):
    """As Debian's, and an epoch or a revision counts only where the wanted version names it."""
    assert compare_versions(older, newer) < 0
    assert is_older(older, newer)


@pytest.mark.parametrize(
    ("got", "wanted"), [("3.0.15-1~deb12u1", "3.0.15"), ("1:9.2-3", "9.2"), ("1.0", "1.00"), ("1:2-3", "1:2-3")]
)
def test_versions_that_are_the_same_as_far_as_is_wanted(got, wanted):
    """What is not named is not compared."""
    assert compare_versions(got, wanted) == 0


@pytest.mark.parametrize("text", ["", "latest", "1 2", "1:", "x:1", "1.0\n2"])
def test_what_is_no_version(text):
    """It has to have a number."""
    with pytest.raises(ValueError, match="is no version"):
        parse_version(text)


def test_versions_agree_with_dpkg(need_dpkg):
    """The same order as dpkg has it, for whole versions."""
    versions = [
        "1.0",
        "1.0-1",
        "1.0-1~b",
        "1.0~rc1-1",
        "1.0+dfsg-1",
        "1.0a-1",
        "1:0.1-1",
        "1.10-1",
        "1.9-1",
        "1.0-1.1",
        "0-0",
    ]
    for one in versions:
        for other in versions:
            if ("-" in one) == ("-" in other) and (":" in one) == (":" in other):
                assert (compare_versions(one, other) < 0) == need_dpkg(one, other), (one, other)


@pytest.fixture
def need_dpkg():
    if shutil.which("dpkg") is None:
        conftest.lacking("dpkg")
    return lambda one, other: (
        subprocess.run(["dpkg", "--compare-versions", one, "lt", other], check=False).returncode == 0
    )


_VERSIONS = st.from_regex(r"[0-9][0-9a-z.+~]{0,6}", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(_VERSIONS, _VERSIONS, _VERSIONS)
def test_the_order_is_one(a, b, c):
    """Turned round it turns round, and it goes on."""
    assert (compare_versions(a, b) > 0) == (compare_versions(b, a) < 0)
    if compare_versions(a, b) <= 0 and compare_versions(b, c) <= 0:
        assert compare_versions(a, c) <= 0


_LINES = st.text(alphabet=st.sampled_from("cpu 0123456789abcdefABCDEF:()-/\\ \n\0rwext4,.=<>"), max_size=200)


@settings(max_examples=300, deadline=None)
@given(_LINES, st.integers(-1, 255), st.sampled_from(["", "it hung"]))
def test_any_answer_is_evidence(text, status, failure):
    """Whatever a host prints, with whatever status: evidence comes out, and no other exception than ValueError."""
    said = Said(text, status, failure)
    asked = host(
        processes=(ProcessAsk("a"), ProcessAsk("b", "c")),
        ports=(PortAsk(1), PortAsk(1, "udp")),
        files=(FileAsk("/a", True, ("x",)),),
        users=(UserAsk("u", ("g",)),),
        user_groups=("g",),
        sysctl=("a.b",),
        reboot=True,
    )
    everything = _Everything(said)
    found = [
        *load.read_load(asked, everything),
        *processes.read_processes(asked, everything, hidden=False),
        *ports.read_ports(asked, everything),
        *files.read_files(asked, everything),
        *accounts.read_accounts(asked, everything),
        *system.read_system(asked, everything),
    ]
    asking.split_files(said, ("/a", "a"))
    assert len(found) >= 10
    for parse in (parse_cpu, parse_mounts):
        with contextlib.suppress(ValueError):
            parse(text)
    parse_commands(text)


class _Everything(dict):
    """Every part was answered like this."""

    def __init__(self, said):
        self._said = said

    def __missing__(self, key):
        return self._said

    def get(self, key, default=None):
        return self._said


def test_parts_of_one_script_are_told_apart():
    """Each has its text and its status; one that did not end is not there."""
    text = "\nM a\nhello\n\nM: 0\n\nM b\n\nM: 3\n\nM c\ncut"
    assert asking._parts(text, "M") == {"a": Said("hello\n", 0), "b": Said("", 3)}
