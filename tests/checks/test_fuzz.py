"""Whatever a server says, the sweep ends with evidence: no exception, no hang, no empty result."""

import asyncio
import contextlib

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checks.evidence import Gap, Reading
from checks.json_path import NotJson, TooDeep, find, parse_path, read_document
from checks.probes import HttpProbe
from checks.request import parse_url
from checks.sweep import sweep

LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.0 302 Found\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Content-Encoding: deflate\r\n",
        b"Content-Type: application/json; charset=utf-7\r\n",
        b"Connection: keep-alive\r\n",
        b"Connection: upgrade\r\nUpgrade: h2c\r\n",
        b"Location: http://[::1\r\n",
        b"Location: /again\r\n",
        b"\r\n",
        b"5\r\nabcde\r\n",
        b"0\r\n\r\n",
        b'{"a": 1}',
        b"\x1f\x8b\x08",
        b"\n",
    ]
)
ANSWERS = st.one_of(
    st.binary(max_size=200), st.lists(st.one_of(LINES, st.binary(max_size=8)), max_size=12).map(b"".join)
)


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANSWERS, cut=st.integers(0, 200), follow=st.booleans(), method=st.sampled_from(["GET", "HEAD", "POST"]))
@example(answer=b"", cut=0, follow=False, method="GET")
@example(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", cut=5, follow=False, method="GET")
def test_any_answer_is_evidence(servers, answer, cut, follow, method):
    """Random bytes, cut into two packets at a random place, after which the server hangs up."""

    async def say(reader, writer):
        await reader.read(1000)
        writer.write(answer[:cut])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(answer[cut:])
        await writer.drain()

    url = servers.raw(say).url
    probe = HttpProbe(
        "api", url, method, json_paths=("a",), header_names=("x",), want_body=True, timeout=3, follow_redirects=follow
    )
    swept = sweep([probe], max_lag=60)
    found = swept.evidence["api"]
    assert found
    first = found[0]
    assert first.subject == "api.up"
    assert isinstance(first, Reading), first
    assert len(found) == 1 or first.value is True
    assert not any(isinstance(e, Gap) and "check itself failed" in e.reason for e in found)


@settings(max_examples=300, deadline=None)
@given(body=st.binary(max_size=60), path=st.text(max_size=20))
def test_any_body_and_path_is_read_or_refused_in_words(body, path):
    """Only the errors that are declared."""
    try:
        parse_path(path)
    except ValueError:
        path = "a"
    with contextlib.suppress(NotJson, TooDeep):
        assert find(read_document(body), path) is not None


@settings(max_examples=300, deadline=None)
@given(
    url=st.one_of(
        st.text(max_size=40), st.text(max_size=30).map("http://h".__add__), st.text(max_size=30).map("http://".__add__)
    )
)
def test_any_url_is_taken_apart_or_refused_in_words(url):
    """And nothing that is accepted can break out of its line."""
    try:
        target = parse_url(url)
    except ValueError:
        return
    assert target.path.isascii()
    assert target.path.isprintable()
    assert " " not in target.path + target.host_header
