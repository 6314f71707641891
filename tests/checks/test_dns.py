"""DNS probes against a name server of the test."""

import socket

import dns.message
import dns.rcode
import dns.rrset
import pytest

from checks.evidence import Gap
from checks.probes import DnsProbe


@pytest.fixture
def server(servers):
    """A name server that knows one name."""

    def answer(data):
        query = dns.message.from_wire(data)
        reply = dns.message.make_response(query)
        (question,) = query.question
        name = question.name.to_text()
        if name == "silent.example.":
            return None
        if name == "broken.example.":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif name == "garbage.example.":
            return data[:2] + b"\xff" * 5
        elif name != "api.example.":
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == 1:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.20", "192.0.2.3"))
        elif question.rdtype == 16:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", '"v=1"'))
        return reply.to_wire()

    return f"127.0.0.1:{servers.udp(answer)}"


def test_a_name_that_does_not_exist_does_not_resolve(see, server):
    """NXDOMAIN is an answer."""
    seen = see(DnsProbe("name", "nope.example", nameserver=server))
    assert seen["resolves"].value is False
    assert "NXDOMAIN" in seen["resolves"].detail
    assert "addresses" not in seen


def test_a_name_that_exists_resolves_to_its_addresses(see, server):
    """The twin: sorted, as one text."""
    seen = see(DnsProbe("name", "api.example", nameserver=server))
    assert seen["resolves"].value is True
    assert seen["addresses"].value == "192.0.2.20, 192.0.2.3"
    assert seen["addresses"].source == f"dig api.example A @{server}"
    assert seen["response_time"].value > 0


def test_a_name_without_such_a_record_does_not_resolve(see, server):
    """It exists, which the words say."""
    seen = see(DnsProbe("name", "api.example", "AAAA", server))
    assert seen["resolves"].value is False
    assert "has no AAAA record" in seen["resolves"].detail


def test_other_records_are_read_as_text(see, server):
    """As zone files write them."""
    assert see(DnsProbe("name", "api.example", "TXT", server))["addresses"].value == '"v=1"'


@pytest.mark.parametrize("name", ["silent.example", "broken.example", "garbage.example"])
def test_a_name_server_without_an_answer_is_a_gap(see, server, name):
    """Nobody knows whether the name resolves."""
    seen = see(DnsProbe("name", name, nameserver=server, timeout=0.5))
    assert list(seen) == ["resolves"]
    assert isinstance(seen["resolves"], Gap)


def test_the_system_is_asked_where_no_server_is_named(see, monkeypatch):
    """The hosts file counts, as it does for the service."""
    assert "127.0.0.1" in see(DnsProbe("name", "localhost"))["addresses"].value

    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "no")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert see(DnsProbe("name", "nope.example"))["resolves"].value is False


def test_a_system_resolver_that_fails_is_a_gap(see, monkeypatch):
    """The twin of the name that does not exist."""

    def fail(*_, **__):
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert "try again" in see(DnsProbe("name", "nope.example"))["resolves"].reason


@pytest.mark.parametrize(
    ("name", "server", "words"),
    [
        ("a..b", None, "the look-up failed"),
        ("x" * 70 + ".example", None, "the look-up failed"),
    ],
)
def test_a_name_that_no_server_can_be_asked_for_is_a_gap(see, server, name, words):
    """Labels that are empty or too long."""
    assert words in see(DnsProbe("name", name, nameserver="127.0.0.1:9"))["resolves"].reason
