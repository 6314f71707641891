"""Elasticsearch, as a server of the tests speaks it: pages, and every way in which an answer is not the whole truth."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from checks.logs.account import Account
from checks.logs.probes import Search
from checks.logs.search import read_search
from checks.secrets import Secret


class Index:
    """Documents by id, and how the server misbehaves."""

    def __init__(self):
        self.documents = []
        self.status, self.change, self.body = 200, {}, None
        self.asked = []

    def answer(self, query):
        self.asked.append(query)
        if self.body is not None:
            return self.status, self.body
        bounds = [f["range"]["@timestamp"] for f in query["query"]["bool"]["filter"] if "range" in f]
        wanted = [f["match_phrase"] for f in query["query"]["bool"]["filter"] if "match_phrase" in f]
        found = sorted(self.documents, key=lambda one: one[1]["@timestamp"])
        for bound in bounds:
            low = bound["gte"]
            low = f"1970-01-01T00:00:{low / 1000:06.3f}Z" if bound.get("format") == "epoch_millis" else low
            found = [one for one in found if one[1]["@timestamp"] >= low]
        for phrase in wanted:
            found = [one for one in found if all(one[1].get(name) == value for name, value in phrase.items())]
        hits = [{"_index": "logs-1", "_id": key, "_source": source} for key, source in found[: query["size"]]]
        document = {"timed_out": False, "_shards": {"total": 1, "failed": 0}, "hits": {"hits": hits}} | self.change
        return self.status, json.dumps(document).encode()


@pytest.fixture
def index():
    return Index()


@pytest.fixture
def server(index):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            index.path, index.headers = self.path, dict(self.headers)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = index.answer(json.loads(body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=running.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()
    thread.join(10)


def read(url, since=None, **options):
    account = Account()
    lines = list(read_search(Search(url, "logs-*", **options), since, account, 5))
    return lines, [(missing.words, missing.remedy) for missing in account.missing]


def stamp(second):
    return f"1970-01-01T00:00:{second:06.3f}Z"


def test_no_document_is_no_line(server, index):
    """A pattern of indices that are all empty, or not there at all."""
    assert read(server) == ([], [])
    assert index.path == "/logs-*/_search"


def test_documents_are_lines(server, index):
    """Oldest first, with their fields and their whole text."""
    index.documents = [
        ("b", {"@timestamp": stamp(2), "message": "two"}),
        ("a", {"@timestamp": stamp(1), "level": "error"}),
    ]
    lines, missing = read(server)
    assert [line.fields["@timestamp"] for line in lines] == [stamp(1), stamp(2)]
    assert lines[0].place == "logs-1:1"
    assert b'"level": "error"' in lines[0].data
    assert missing == []


def test_only_since(server, index):
    """By the server's own index."""
    index.documents = [(str(n), {"@timestamp": stamp(n)}) for n in range(10)]
    assert len(read(server, since=7.0)[0]) == 3


def test_only_where(server, index):
    """By the phrases of fields."""
    index.documents = [(str(n), {"@timestamp": stamp(n), "service": "web" if n % 2 else "db"}) for n in range(10)]
    assert len(read(server, where=(("service", "web"),))[0]) == 5


@pytest.mark.parametrize("same", [1, 7, 900])
def test_pages_lose_nothing_and_repeat_nothing(server, index, same):
    """2,500 documents, so many of each time."""
    index.documents = [(str(n), {"@timestamp": stamp(n // same / 1000), "n": n}) for n in range(2500)]
    lines, missing = read(server)
    assert sorted(line.fields["n"] for line in lines) == list(range(2500))
    assert missing == []
    assert len(index.asked) > 2


def test_a_page_of_one_moment_is_asked_for_at_once(server, index):
    """Up to what Elasticsearch gives; more than that can't be read on, and is said."""
    index.documents = [(str(n), {"@timestamp": stamp(1), "n": n}) for n in range(5000)]
    lines, missing = read(server)
    assert (len(lines), missing) == (5000, [])
    index.documents = [(str(n), {"@timestamp": stamp(1), "n": n}) for n in range(10_001)]
    _, missing = read(server)
    assert missing == [(f"more than 10,000 documents have the time {stamp(1)}", "")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"timed_out": True}, "gave up before it had looked everywhere"),
        ({"timed_out": None}, "gave up before it had looked everywhere"),
        ({"_shards": {"failed": 1}}, "a part of the index could not be read"),
        ({"_shards": None}, "a part of the index could not be read"),
        ({"hits": {}}, "no list of hits"),
        ({"hits": None}, "no list of hits"),
        ({"hits": {"hits": [1]}}, "no list of hits"),
        ({"hits": {"hits": [{"_id": "1"}]}}, "without its _source"),
    ],
)
def test_half_an_answer_is_missing_something(server, index, change, words):
    """One fact differs from a good answer."""
    index.change = change
    lines, missing = read(server)
    assert lines == []
    assert len(missing) == 1
    assert words in missing[0][0]


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, b'{"error":{"reason":"missing authentication credentials"}}', "answered 401 for logs-*: missing authent"),
        (403, b'{"error":{"reason":"unauthorized"}}', "answered 403"),
        (404, b'{"error":{"reason":"no such index [logs]"}}', "no such index"),
        (503, b'{"error":"down"}', "answered 503 for logs-*: down"),
        (302, b"{}", "answered 302"),
        (200, b"<html>", "no Elasticsearch: status 200"),
        (200, b"[]", "no Elasticsearch"),
        (200, b"", "no Elasticsearch"),
        (200, b"[" * 100_000, "no Elasticsearch"),
    ],
)
def test_other_answers(server, index, status, body, words):
    """Refusals with the server's words, and what is no Elasticsearch."""
    index.status, index.body = status, body
    lines, missing = read(server)
    assert lines == []
    assert words in missing[0][0]
    assert ("credentials" in missing[0][1]) is (status in (401, 403))


def test_a_server_that_is_not_there():
    """The monitoring is down, not the service: something is missing."""
    _, missing = read("http://127.0.0.1:9")
    assert missing == [("Elasticsearch can't be asked: Connection refused", "is this its address, and does it run?")]


def test_credentials_are_sent_and_not_told(server, index):
    """A secret header goes to the server, and into no words."""
    index.status, index.body = 401, b'{"error":"no"}'
    source = Search(Secret(server), "logs", headers=(("Authorization", Secret("ApiKey t0ps3cret")),))
    account = Account()
    list(read_search(source, None, account, 5))
    assert index.headers["Authorization"] == "ApiKey t0ps3cret"
    assert "t0ps3cret" not in str(account) + source.source + repr(source)


def test_a_document_without_a_time_ends_the_reading(server, index):
    """It could not be read on from there."""
    index.change = {"hits": {"hits": [{"_id": str(n), "_source": {}} for n in range(1000)]}}
    lines, missing = read(server)
    assert len(lines) == 1000
    assert "no @timestamp" in missing[0][0]
