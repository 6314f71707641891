"""Certificates: good, expired, for another name, of a stranger; in TLS probes and in HTTP probes on https."""

import asyncio

import pytest

from checks.certificate import Certificate
from checks.evidence import Gap
from checks.probes import HttpProbe, TlsProbe

DAY = 86400


def tls(served, ca_file, **keywords):
    return TlsProbe("cert", "127.0.0.1", served.port, ca_file=ca_file, **keywords)


def summary(seen):
    return tuple(seen[f"certificate.{part}"].value for part in ("trusted", "covers_name"))


def test_a_server_that_speaks_no_tls_is_down(see, servers):
    """Plain HTTP on a TLS port is said in words."""

    async def plain(reader, writer):
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()

    seen = see(tls(servers.raw(plain), ""))
    assert list(seen) == ["up"]
    assert seen["up"].value is False
    assert "does not speak TLS" in seen["up"].detail


def test_a_handshake_that_hangs_is_down(see, servers):
    """It accepts the connection and is silent."""

    async def silent(reader, writer):
        await asyncio.sleep(60)

    assert see(tls(servers.raw(silent), "", timeout=0.3))["up"].detail == "no TLS handshake within 300 ms"


def test_a_refused_connection_is_down(see, dead_port):
    """Nothing listens."""
    assert see(TlsProbe("cert", "127.0.0.1", dead_port))["up"].detail == "connection refused"


def test_a_good_certificate_is_trusted_covers_the_name_and_has_time_left(see, servers, authority):
    """What all the other cases differ from in one fact."""
    seen = see(tls(servers.http(tls=authority.server("127.0.0.1", days=30)), authority.file))
    assert seen["up"].value is True
    assert summary(seen) == (True, True)
    assert 29 * DAY < seen["certificate.expires_in"].value < 31 * DAY
    assert seen["certificate.expires_in"].unit == "s"
    assert seen["tls.version"].value.startswith("TLSv1")
    assert seen["response_time"].value > 0


def test_an_expired_certificate_has_less_than_no_time_left(see, servers, authority):
    """It is up, is not trusted, and says since when."""
    seen = see(tls(servers.http(tls=authority.server("127.0.0.1", days=-2)), authority.file))
    assert seen["up"].value is True
    assert summary(seen) == (False, True)
    assert seen["certificate.trusted"].detail == "certificate has expired"
    assert -3 * DAY < seen["certificate.expires_in"].value < -1 * DAY
    assert seen["certificate.expires_in"].detail.startswith("expired 20")


def test_a_certificate_for_another_name_says_which_names_it_has(see, servers, authority):
    """The chain is trusted all the same: these are two facts."""
    seen = see(tls(servers.http(tls=authority.server("api.example.com")), authority.file))
    assert summary(seen) == (True, False)
    assert seen["certificate.covers_name"].detail == "127.0.0.1 is not among: api.example.com"


def test_a_name_can_be_given(see, servers, authority):
    """The twin: asked for by the name that it has."""
    served = servers.http(tls=authority.server("api.example.com"))
    assert summary(see(tls(served, authority.file, server_name="api.example.com"))) == (True, True)


def test_a_stranger_is_not_trusted(see, servers, authority, stranger):
    """Neither with another authority's file nor with the system's store."""
    served = servers.http(tls=authority.server("127.0.0.1"))
    for file in (stranger.file, ""):
        seen = see(tls(served, file))
        assert summary(seen) == (False, True)
        assert "issuer" in seen["certificate.trusted"].detail or "self-signed" in seen["certificate.trusted"].detail


def test_without_verification_trust_is_a_gap_and_the_rest_is_read(see, servers, authority):
    """What nobody looked at is neither trusted nor distrusted."""
    for served in (servers.http(tls=authority.server("127.0.0.1", days=d)) for d in (30, -2)):
        seen = see(tls(served, "", verify=False))
        assert isinstance(seen["certificate.trusted"], Gap)
        assert seen["certificate.covers_name"].value is True
        assert seen["up"].value is True


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_a_ca_file_that_can_not_be_read_is_a_gap(see, servers, authority, tmp_path, content):
    """Our own side is not ready: that says nothing about the service."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    served = servers.http(tls=authority.server("127.0.0.1"))
    for probe in (tls(served, str(path)), HttpProbe("cert", served.url, ca_file=str(path))):
        seen = see(probe)
        assert isinstance(seen["up"], Gap)
        assert "ca.pem" in seen["up"].reason


def test_https_gives_the_certificate_too(see, servers, authority):
    """Every HTTP probe on https reads it on the way."""
    served = servers.http(tls=authority.server("127.0.0.1"))
    seen = see(HttpProbe("api", served.url, ca_file=authority.file))
    assert seen["status"].value == 200
    assert summary(seen) == (True, True)
    assert seen["certificate.expires_in"].value > DAY


@pytest.mark.parametrize(
    ("name", "days", "wanted", "words"),
    [
        ("127.0.0.1", -2, (False, True), "certificate has expired"),
        ("other.example", 30, (True, False), "IP address mismatch"),
        ("other.example", -2, (False, False), "the certificate was refused"),
    ],
)
def test_https_with_a_refused_certificate_is_down_and_still_reads_it(
    see, servers, authority, name, days, *, wanted, words
):
    """`up` is False with the reason; the certificate's readings say the rest."""
    served = servers.http(tls=authority.server(name, days=days))
    seen = see(HttpProbe("api", served.url, ca_file=authority.file))
    assert set(seen) == {"up", "certificate.trusted", "certificate.expires_in", "certificate.covers_name"}
    assert seen["up"].value is False
    assert words in seen["up"].detail
    assert summary(seen) == wanted
    assert (seen["certificate.expires_in"].value > 0) == (days > 0)
    assert served.asked == []


def test_https_without_verification_is_up_and_trust_is_a_gap(see, servers, authority):
    """The user decided not to look."""
    served = servers.http(tls=authority.server("other.example", days=-2))
    seen = see(HttpProbe("api", served.url, verify=False))
    assert seen["status"].value == 200
    assert isinstance(seen["certificate.trusted"], Gap)
    assert seen["certificate.covers_name"].value is False
    assert seen["certificate.expires_in"].value < 0


@pytest.mark.parametrize(
    ("names", "host", "covers"),
    [
        ((), "a.example", False),
        (("a.example",), "a.example", True),
        (("A.Example",), "a.example.", True),
        (("*.example",), "a.example", True),
        (("*.example",), "a.b.example", False),
        (("*.example",), "example", False),
        (("*",), "a", False),
        (("a.*",), "a.example", False),
        (("ip:127.0.0.1",), "127.0.0.1", True),
        (("127.0.0.1",), "127.0.0.1", False),
        (("ip:0:0:0:0:0:0:0:1",), "::1", True),
    ],
)
def test_a_certificate_covers_exactly_its_names(names, host, covers):
    """RFC 9525: a star stands for one whole leftmost label, addresses are compared as addresses."""
    assert Certificate(0.0, names).covers(host) is covers
