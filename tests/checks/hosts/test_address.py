"""Addresses of hosts: the three spellings, and what is refused with words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.hosts.address import HostAddress, parse_address
from checks.hosts.command_line import command_line, source
from checks.hosts.probe import FileAsk, HostProbe, ProcessAsk, SshOptions


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not say how to get there"),
        ("app-1", "does not say how to get there"),
        ("paramiko://app", "not reached by 'paramiko'"),
        ("http://app", "write one of local://"),
        ("local://app", "write local://"),
        ("docker://", "names no container"),
        ("docker://a b", "names no container"),
        ("docker://-it", "names no container"),
        ("docker://@app", "is no user"),
        ("ssh://", "names no host"),
        ("ssh://-oProxyCommand=x", "names no host"),
        ("ssh://a b", "names no host"),
        ("ssh://app:0", "is no port"),
        ("ssh://app:65536", "is no port"),
        ("ssh://app:ssh", "is no port"),
        ("ssh://-x@app", "is no user"),
        ("ssh://deploy:hunter22@app", "holds a password"),
        ("ssh://fe80::1", "is no port"),
    ],
)
def test_what_is_no_address(text, words):
    """The message says how one is written, and shows no password."""
    with pytest.raises(ValueError, match=words) as raised:
        parse_address(text)
    assert "hunter22" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("local://", HostAddress("local")),
        ("docker://app-1", HostAddress("docker", "app-1")),
        ("docker://1000:1000@app_1.x", HostAddress("docker", "app_1.x", "1000:1000")),
        ("ssh://app", HostAddress("ssh", "app")),
        ("ssh://deploy@app.internal:2222", HostAddress("ssh", "app.internal", "deploy", 2222)),
        ("ssh://deploy@[fe80::1%eth0]:22", HostAddress("ssh", "fe80::1%eth0", "deploy", 22)),
    ],
)
def test_an_address_is_read_and_written(text, address):
    """What is written is read back."""
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_an_error(text):
    """No other exception, whatever comes; what is accepted is written back without loss."""
    for one in (text, f"ssh://{text}", f"docker://{text}"):
        try:
            address = parse_address(one)
        except ValueError:
            continue
        assert parse_address(str(address)) == address
        line = command_line(HostProbe("app", one))
        assert "\0" not in "".join(line)


def test_ssh_never_asks_and_changes_nothing():
    """Options that keep it from prompting, from trusting strangers and from opening ways back."""
    ssh = SshOptions(identity_file='/k/my "key" 100%', known_hosts="/k/known hosts", config="/k/config")
    line = command_line(HostProbe("app", "ssh://deploy@app:2222", ssh=ssh, sudo=True))
    for option in (
        "BatchMode=yes",
        "StrictHostKeyChecking=yes",
        "ConnectTimeout=10",
        "UpdateHostKeys=no",
        "ClearAllForwardings=yes",
        'UserKnownHostsFile="/k/known hosts"',
        'IdentityFile="/k/my \\"key\\" 100%%"',
        "IdentitiesOnly=yes",
    ):
        assert option in line
    assert line[-3:] == ["--", "app", "exec sudo -n /bin/sh"]


@pytest.mark.parametrize(
    ("connect", "shown"),
    [
        ("local://", "cat /proc/stat"),
        ("ssh://deploy@app:2222", "ssh -p 2222 deploy@app 'cat /proc/stat'"),
        ("docker://app@web-1", "docker exec --user app web-1 cat /proc/stat"),
    ],
)
def test_the_source_can_be_pasted(connect, shown):
    """The command that shows the same, with the key and the configuration that were used."""
    assert source(HostProbe("app", connect), "cat /proc/stat") == shown
    if connect.startswith("ssh:"):
        ssh = SshOptions(identity_file="/k/a key", config="/k/config")
        with_key = source(HostProbe("app", connect, ssh=ssh), "cat /proc/stat")
        assert with_key == shown.replace("ssh -p", "ssh -F /k/config -i '/k/a key' -p")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"timeout": 0}, "1 to 600 s"),
        ({"timeout": float("nan")}, "1 to 600 s"),
        ({"interval": 0.01}, "an interval is"),
        ({"interval": 30, "timeout": 20}, "an interval is"),
        ({"disks": ("var",)}, "no path on a host"),
        ({"files": (FileAsk("/a\nb"),)}, "no path on a host"),
        ({"services": ("-x",)}, "is no name"),
        ({"packages": ("",)}, "is no name"),
        ({"processes": (ProcessAsk("a\nb"),)}, "is no name"),
    ],
)
def test_a_probe_that_can_not_be_asked(options, words):
    """It is refused before anything is started."""
    with pytest.raises(ValueError, match=words):
        HostProbe("app", "local://", **options)
