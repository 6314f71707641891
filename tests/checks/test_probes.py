"""Probes that can't work are refused when they are made, in words that hold no secret."""

import pytest

from checks.probes import DnsProbe, HttpProbe, TcpProbe, TlsProbe, split_nameserver
from checks.request import parse_url, request_bytes
from checks.secrets import Secret


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: HttpProbe("a", ""), "starts with http"),
        (lambda: HttpProbe("a", "/health"), "starts with http"),
        (lambda: HttpProbe("a", "ftp://h/"), "starts with http"),
        (lambda: HttpProbe("a", "http://"), "names no host"),
        (lambda: HttpProbe("a", "http://h:99999/"), "not a URL"),
        (lambda: HttpProbe("a", "http://h:0/"), "port 0"),
        (lambda: HttpProbe("a", "http://[::1/"), "not a URL"),
        (lambda: HttpProbe("a", "http://h/\r\nX: y"), "control character"),
        (lambda: HttpProbe("a", "http://h h/"), "no host name has"),
        (lambda: HttpProbe("a", "http://h/", "get"), "'get' is not a method"),
        (lambda: HttpProbe("a", "http://h/", "GET /x HTTP/1.1\r\nA:"), "not a method"),
        (lambda: HttpProbe("a", "http://h/", headers=(("X", "a\r\nY: b"),)), "control character"),
        (lambda: HttpProbe("a", "http://h/", headers=(("X", "a\nb"),)), "control character"),
        (lambda: HttpProbe("a", "http://h/", headers=(("X Y", "a"),)), "not the name of a header"),
        (lambda: HttpProbe("a", "http://h/", headers=(("Content-Length", "1"),)), "set by the client itself"),
        (lambda: HttpProbe("a", "http://h/", json_paths=("a..b",)), "not a JSON path"),
        (lambda: HttpProbe("a", "http://h/", json_paths=("",)), "not a JSON path"),
        (lambda: HttpProbe("a", "http://h/", timeout=0), "timeout"),
        (lambda: HttpProbe("a", "http://h/", timeout=float("nan")), "timeout"),
        (lambda: HttpProbe("a", "http://h/", attempts=0), "attempts"),
        (lambda: HttpProbe("a", "http://h/", pause=-1), "pause"),
        (lambda: TcpProbe("a", "", 1), "not a host name"),
        (lambda: TcpProbe("a", "h", 0), "not a port"),
        (lambda: TlsProbe("a", "h/x", 443), "not a host name"),
        (lambda: DnsProbe("a", "h", "AAA"), "known are A, AAAA"),
        (lambda: DnsProbe("a", "", "A"), "not a name that can be looked up"),
        (lambda: DnsProbe("a", "h", nameserver="dns.example"), "not a name server"),
    ],
)
def test_a_probe_that_can_not_work_is_refused(make, words):
    """Before anything runs."""
    with pytest.raises(ValueError, match=words):
        make()


def test_no_error_repeats_a_secret():
    """Neither the value of a header nor a URL that holds one."""
    for make in (
        lambda: HttpProbe("a", "http://h/", headers=(("X", Secret("s3cr\r\net-value")),)),
        lambda: HttpProbe("a", Secret("ftp://h/s3cret-value")),
        lambda: HttpProbe("a", Secret("http://h:s3cret-value/")),
        lambda: HttpProbe("a", "ftp://joe:s3cret-value@h/"),
    ):
        with pytest.raises(ValueError) as caught:
            make()
        assert "s3cr" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "header"),
    [
        ("http://h", "h", 80, "/", "h"),
        ("HTTPS://H.example:443/a?b=c#d", "h.example", 443, "/a?b=c", "h.example"),
        ("http://[::1]:8080/x", "::1", 8080, "/x", "[::1]:8080"),
        ("http://[fe80::1]/", "fe80::1", 80, "/", "[fe80::1]"),
        (
            "http://bücher.example/ü?q=a b&r=%20",
            "xn--bcher-kva.example",
            80,
            "/%C3%BC?q=a%20b&r=%20",
            "xn--bcher-kva.example",
        ),
    ],
)
def test_a_url_is_taken_apart(url, host, port, path, header):
    """Brackets, default ports, international names and characters that have to be quoted."""
    target = parse_url(url)
    assert (target.host, target.port, target.path, target.host_header) == (host, port, path, header)


def test_a_secret_url_shows_its_origin_only():
    """Web hooks have their secret in the path."""
    assert parse_url(Secret("https://hooks.example/T000/abcdefgh")).shown == "https://hooks.example/***"
    assert parse_url("https://joe:pw@h/x").shown == "https://h/x"


def test_a_given_authorization_wins_over_the_login_of_the_url():
    """Two would be refused by many servers."""
    target = parse_url("http://joe:secret@h/")
    assert request_bytes("GET", target, (), None).count(b"Authorization: Basic") == 1
    sent = request_bytes("GET", target, (("authorization", "Bearer x"),), None)
    assert sent.lower().count(b"authorization") == 1


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("[::1]:5353", ("::1", 5353)),
        ("::1", ("::1", 53)),
    ],
)
def test_a_name_server_is_an_address_with_or_without_a_port(text, wanted):
    """Names are refused: who would look them up?"""
    assert split_nameserver(text) == wanted
