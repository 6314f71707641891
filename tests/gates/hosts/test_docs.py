"""The page on hosts names every subject, every default, every key of an expectation and the numbers of the program."""

import re
from pathlib import Path

from checks.hosts import disks, files, look
from checks.hosts.look import look_at_hosts
from checks.hosts.probe import FileAsk, HostProbe, PortAsk, ProcessAsk, UserAsk
from gates.environment.hosts_expectations import FIELDS, KEYS
from gates.environment.hosts_limits import LIMITED
from tests.checks.hosts.machines import debian

PAGE = (Path(__file__).parents[3] / "docs" / "hosts.md").read_text()
NAMED = set(re.findall(r"`NAME\.([^`]+)`", PAGE))


def test_every_subject_is_on_the_page(box):
    """Whoever writes a limit finds its name, and no name on the page is one that nothing gives."""
    debian(box)
    probe = HostProbe(
        "app",
        "docker://debian",
        engine=box.url,
        interval=0.1,
        processes=(ProcessAsk("PROCESS"),),
        ports=(PortAsk(1),),
        services=("SERVICE",),
        packages=("coreutils",),
        files=(FileAsk("/etc/passwd", True, ("x",)),),
        users=(UserAsk("app", ("app",)),),
        user_groups=("app",),
        sysctl=("kernel.ostype",),
        clock=True,
        reboot=True,
    )
    (found,) = look_at_hosts([probe]).values()
    subjects = {evidence.subject.removeprefix("app.") for evidence in found}
    for pattern, name in (
        (r"disk\.(.+)\.(use|free|inodes)", r"disk.PATH.\2"),
        (r"packages\.coreutils\.", "packages.PACKAGE."),
        (r"ports\.1\.", "ports.PORT."),
        (r"files\./etc/passwd\.", "files.PATH."),
        (r"contains\.1", "contains.N"),
        (r"users\.app\.in\.app", "users.USER.in.GROUP"),
        (r"users\.app\.", "users.USER."),
        (r"user_groups\.app\.", "user_groups.GROUP."),
        (r"sysctl\.kernel\.ostype", "sysctl.KEY"),
    ):
        subjects = {re.sub(f"^{pattern}" if "contains" not in pattern else pattern, name, one) for one in subjects}
    # What a port that nobody listens on, and a look that broke off, have not.
    assert subjects | {"ports.PORT.loopback", "facts"} == NAMED


def test_every_default_is_on_the_page():
    """The table says what the gate judges by."""
    for pattern, subject in LIMITED.items():
        name = f"`NAME.{pattern.replace('*', 'PATH')}`"
        (row,) = (line for line in PAGE.splitlines() if line.startswith("| `NAME.") and name in line.split("|")[1])
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1] == subject.unit, name
        assert cells[2] == (f"`{subject.default}`" if subject.default else ""), name


def test_every_key_of_an_expectation_is_on_the_page():
    """In the row of its field."""
    for field in FIELDS:
        rows = [line for line in PAGE.splitlines() if line.startswith(f"| `{field}` |")]
        assert len(rows) == 2, field
        for key in KEYS.get(field, ()):
            assert re.search(rf"\b{key}\b", rows[0]), (field, key)


def test_the_numbers_are_those_of_the_program():
    """Of how many hosts together, how long a file system, how much of a file, and what is the default."""
    assert f"at the same time, {look.TOGETHER} at most" in PAGE
    assert f"does not answer\nwithin {disks._EACH} s" in PAGE
    assert files.MOST_TEXT == 1 << 20
    probe = HostProbe("app", "local://")
    assert f"`timeout` is for all that is asked of a host, {probe.timeout:g} s by default" in PAGE
    assert f"over `interval`, {probe.interval:g} s by default" in PAGE
