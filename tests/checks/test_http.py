"""What an HTTP answer, or the lack of one, is evidence of."""

import asyncio
import gzip
import json
import zlib

import pytest

from checks.evidence import Gap, Reading
from checks.probes import HttpProbe

PARTS = {"up", "status", "response_time"}


def http(body=b"", status="200 OK", headers=()):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def down(seen):
    """The words of the only reading."""
    assert list(seen) == ["up"]
    assert seen["up"].value is False
    return seen["up"].detail


def test_a_refused_connection_is_a_reading_that_says_so(see, dead_port):
    """Nothing listens: it is down, which is evidence and no gap."""
    assert down(see(HttpProbe("api", f"http://127.0.0.1:{dead_port}/"))) == "connection refused"


def test_a_server_that_answers_is_up_with_status_and_time(see, servers):
    """The twin of the refused connection: the three readings that every answer gives."""
    seen = see(HttpProbe("api", servers.http().url + "/health?a=b"))
    assert set(seen) == PARTS
    assert seen["up"].value is True
    assert seen["status"].value == 200
    assert 0 < seen["response_time"].value < 5
    assert seen["response_time"].unit == "s"
    assert seen["up"].source.endswith("/health?a=b")
    assert seen["up"].attempts == 1


def test_a_server_that_never_answers_is_down_after_the_timeout(see, servers):
    """It accepts the request and is silent."""

    async def silent(asked, writer):
        await asyncio.sleep(60)

    seen = see(HttpProbe("api", servers.http(silent).url, timeout=0.2))
    assert down(seen) == "no answer within 200 ms"
    assert seen["up"].took >= 0.2


def test_headers_that_drip_do_not_outlive_the_timeout(see, servers):
    """The time limit is for the attempt in all, not for each read."""

    async def drip(asked, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(600):
            writer.write(b"X-A: b\r\n")
            await asyncio.sleep(0.02)

    assert down(see(HttpProbe("api", servers.http(drip).url, timeout=0.3))) == "no answer within 300 ms"


def test_a_body_that_drips_says_how_much_came(see, servers):
    """The answer begins, and does not end in time."""

    async def drip(asked, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0123456789")
        await asyncio.sleep(60)

    words = down(see(HttpProbe("api", servers.http(drip).url, timeout=0.3)))
    assert words == "no whole answer within 300 ms: 10 bytes of the body came"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0123456789", "the body ended after 10 of 500 bytes"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
            "the body ended before its last chunk, after 5 bytes",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "the connection was closed in the middle of the headers"),
        (b"", "the connection was closed without an answer"),
        (b"\x00\x01\x02garbage", "the answer is not HTTP/1.1: it does not start with HTTP/"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "the answer is not HTTP/1.1: it does not start with HTTP/"),
        (b"HTTP/1.1 abc\r\n\r\n", "the answer is not HTTP/1.1: invalid status code"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "duplicate Content-Length"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "can't be present"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", "the answer is not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "the answer is not HTTP/1.1"),
    ],
)
def test_an_answer_that_is_not_whole_or_not_http_is_down(see, servers, answer, words):
    """Half an answer is no answer: its status is not reported."""

    async def say(asked, writer):
        writer.write(answer)
        await writer.drain()
        writer.close()

    assert words in down(see(HttpProbe("api", servers.http(say).url, timeout=5)))


def test_a_whole_body_of_the_declared_length_is_up(see, servers):
    """The twin of the truncated body: the missing bytes are there."""
    answer = http(b"0123456789" * 50)
    assert see(HttpProbe("api", servers.http(answer).url))["status"].value == 200


def test_a_reset_in_the_middle_of_the_body_is_down(see, servers):
    """A body without a length must not be taken for whole because the connection ended with a reset."""

    async def reset(asked, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await writer.drain()
        await asyncio.sleep(0.05)
        import socket
        import struct

        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    assert down(see(HttpProbe("api", servers.http(reset).url))) == "the connection was reset after 4 bytes of the body"


def test_a_body_without_a_length_ends_with_the_connection(see, servers):
    """The twin of the reset: an orderly end is the end of the body (RFC 9112, 6.3)."""

    async def close(asked, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    assert see(HttpProbe("api", servers.http(close).url, want_body=True))["body"].value == "half"


def test_headers_without_an_end_are_stopped(see, servers):
    """A server can't fill our memory with headers."""

    async def flood(asked, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(4000):
            writer.write(b"X-Header: " + b"a" * 1000 + b"\r\n")
            await writer.drain()

    assert "headers had not ended after 131,072 bytes" in down(see(HttpProbe("api", servers.http(flood).url)))


@pytest.mark.parametrize(
    ("method", "answer", "status"),
    [
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", 304),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 200),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404),
        ("GET", b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", 500),
        ("GET", b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http(b"x"), 200),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nrest", 101),
    ],
)
def test_the_exact_status_is_read(see, servers, method, answer, status):
    """Interim answers are skipped, and answers without a body are not waited for."""
    assert see(HttpProbe("api", servers.http(answer).url, method, timeout=3))["status"].value == status


def test_json_values_are_read_by_path_with_their_types(see, servers):
    """Numbers, texts, booleans, null, lists and objects; what is absent says where the path broke off."""
    body = json.dumps({"a": {"b.c": [1, 2.5]}, "t": "x", "f": False, "n": None, "o": {"k": [1]}}).encode()
    paths = ('a."b.c".1', "t", "f", "n", "o", "a.x", 'a."b.c".2', "t.u", 'a."b.c".k')
    seen = see(HttpProbe("api", servers.http(http(body)).url, json_paths=paths))
    assert seen["json"].value is True
    values = {path: (seen[f"json.{path}"].value, seen[f"json.{path}"].unit) for path in paths}
    assert values['a."b.c".1'] == (2.5, "1")
    assert values["t"] == ("x", "text")
    assert values["f"] == (False, "bool")
    assert values["n"] == ("null", "text")
    assert seen["json.n"].detail == "JSON null"
    assert values["o"] == ('{"k":[1]}', "text")
    assert all(seen[f"json.{path}"].absent for path in paths[5:])
    assert seen["json.a.x"].detail == "a has no key 'x'"


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a": ', b"\xff\xfe\x00", b"{'a': 1}"])
def test_what_is_not_json_says_so_and_has_none_of_the_paths(see, servers, body):
    """A body that lies about being JSON is the service's fault: a reading, and each path is absent."""
    seen = see(HttpProbe("api", servers.http(http(body)).url, json_paths=("a",)))
    assert seen["json"].value is False
    assert seen["json"].detail.startswith("not JSON")
    assert seen["json.a"].absent


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"a": NaN}', "the number is nan"),
        (b'{"a": 1e999}', "the number is inf"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": ' + b"9" * 5000 + b"}", "more than 300 digits"),
        (b'{"a": "' + b"x" * 20000 + b'"}', "20,000 characters"),
    ],
)
def test_a_value_that_nobody_can_judge_is_a_gap(see, servers, body, reason):
    """NaN, doubled keys and endless numbers are never a value."""
    evidence = see(HttpProbe("api", servers.http(http(body)).url, json_paths=("a",)))["json.a"]
    assert isinstance(evidence, Gap)
    assert reason in evidence.reason


def test_json_that_is_nested_too_deeply_is_a_gap(see, servers):
    """It neither breaks the sweep nor reads as a value."""
    body = b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    seen = see(HttpProbe("api", servers.http(http(body)).url, json_paths=("a",)))
    assert "nested too deeply" in seen["json"].reason
    assert isinstance(seen["json.a"], Gap)


def test_a_body_over_the_bound_is_a_gap_where_it_would_be_judged(see, servers):
    """1 MiB is kept; judging a part of a document could pass what the rest would fail."""
    big = http(b'{"a": "' + b"x" * (1 << 20) + b'"}')
    seen = see(HttpProbe("api", servers.http(big).url, json_paths=("a",), want_body=True))
    assert seen["status"].value == 200
    for part in ("json", "json.a", "body"):
        assert "1,048,585 bytes" in seen[part].reason


def test_headers_are_read_by_name_in_any_case_and_joined(see, servers):
    """An absent header is a reading that says so."""
    answer = http(b"", headers=("X-One: 1", "x-one: 2"))
    seen = see(HttpProbe("api", servers.http(answer).url, header_names=("X-ONE", "x-two")))
    assert seen["header.x-one"].value == "1, 2"
    assert seen["header.x-two"].absent


def test_a_charset_is_respected_and_an_unknown_one_does_no_harm(see, servers):
    """The text of a body, whatever the header claims."""
    latin = http("é".encode("latin-1"), headers=("Content-Type: text/plain; charset=latin-1",))
    wrong = http("é".encode(), headers=("Content-Type: text/plain; charset=klingon",))
    for answer in (latin, wrong):
        assert see(HttpProbe("api", servers.http(answer).url, want_body=True))["body"].value == "é"


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", lambda data: gzip.compress(data[:3]) + gzip.compress(data[3:])),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("identity", bytes),
    ],
)
def test_a_packed_body_is_unpacked_though_it_was_not_asked_for(see, servers, encoding, pack):
    """Some proxies pack whatever the client accepts."""
    served = servers.http(http(pack(b'{"a": 5}'), headers=(f"Content-Encoding: {encoding}",)))
    assert see(HttpProbe("api", served.url, json_paths=("a",)))["json.a"].value == 5
    assert served.asked[0].headers["accept-encoding"] == "identity"


def test_a_gzip_bomb_is_a_gap_and_not_a_gigabyte(see, servers):
    """Unpacking stops one byte after the bound."""
    bomb = gzip.compress(b"\x00" * 300_000_000, 9)
    seen = see(HttpProbe("api", servers.http(http(bomb, headers=("Content-Encoding: gzip",))).url, want_body=True))
    assert "more than 1,048,576 bytes" in seen["body"].reason


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"x" * 1000)[:-12]], ids=["no gzip", "cut gzip"])
def test_a_body_that_is_not_the_gzip_it_says_it_is_is_down(see, servers, body):
    """A broken packed body is a broken answer."""
    answer = http(body, headers=("Content-Encoding: gzip",))
    assert "gzip" in down(see(HttpProbe("api", servers.http(answer).url, want_body=True)))


def test_an_encoding_that_nobody_asked_for_is_a_gap(see, servers):
    """We can't read it, which says nothing against the service."""
    answer = http(b"xx", headers=("Content-Encoding: br",))
    assert "'br'" in see(HttpProbe("api", servers.http(answer).url, want_body=True))["body"].reason


def test_a_request_carries_method_headers_and_body(see, servers):
    """What is sent is what was written, and nothing else."""
    served = servers.http()
    see(HttpProbe("api", served.url + "/ä b?q=ü", "POST", (("X-A", "1"), ("User-Agent", "me")), b"payload"))
    asked = served.asked[0]
    assert asked.line == "POST /%C3%A4%20b?q=%C3%BC HTTP/1.1"
    assert asked.body == b"payload"
    assert asked.headers["x-a"] == "1"
    assert asked.headers["user-agent"] == "me"
    assert asked.headers["host"] == f"127.0.0.1:{served.port}"


def test_readings_are_values_of_one_attempt(see, servers):
    """Subject, source, time, attempts and took are on every piece of evidence."""
    for evidence in see(HttpProbe("api", servers.http().url, json_paths=("status",))).values():
        assert isinstance(evidence, Reading)
        assert evidence.subject.startswith("api.")
        assert evidence.source.startswith("http://127.0.0.1")
        assert evidence.time > 1e9
        assert evidence.took > 0
