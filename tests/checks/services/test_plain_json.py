"""JSON over HTTP with a log-in: what is sent, what is refused, and that no form of a password is in any text."""

import base64
import subprocess
import sys

import pytest

from checks.failures import Down
from checks.secrets import Secret, mask
from checks.services.json_api import JsonApi
from checks.services.kinds import KINDS
from checks.services.plain_json import JsonAnswer, JsonClient, document_of
from checks.services.rabbitmq_probe import PORTS, RabbitmqProbe
from checks.services.run import look_at_services
from checks.services.url import parse_service_url


def ask(api: JsonApi, *question: object) -> JsonAnswer:
    with JsonClient(api) as client:
        return client.ask(*question, timeout=5)


def _answer(body: bytes, status: int = 200) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


def test_a_log_in_is_sent_and_none_of_its_forms_is_shown(servers):
    """User and password together have a base64 of their own."""
    served = servers.http(_answer(b"{}"))
    api = JsonApi(served.url, "shöp", Secret("pä:ss phrase", "PASSWORD"))
    assert document_of(ask(api, "/x")) == {}
    sent = served.asked[0].headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "shöp:pä:ss phrase"
    assert mask(f"it said {sent}") == "it said Basic ***"
    assert mask(f"it said {sent.lower()}") != mask(f"it said {sent}")


def test_a_body_is_sent_as_json_and_nothing_without_a_log_in(servers):
    """No header that nobody asked for."""
    served = servers.http(_answer(b"[]", 201))
    assert ask(JsonApi(served.url), "/x", "PUT", {"a": 1}).document == []
    assert served.asked[0].line == "PUT /x HTTP/1.1"
    assert served.asked[0].body == b'{"a": 1}'
    assert "authorization" not in served.asked[0].headers


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (
            401,
            b'{"error":"not_authorized","reason":"Login failed"}',
            "the log-in was refused: 401: not_authorized: Login failed",
        ),
        (401, b"", "the log-in was refused: 401"),
        (500, b"a\n  stack\ntrace", "it answered 500: a stack trace"),
        (403, b'{"error":{"reason":"no rights"}}', "it answered 403: no rights"),
        (404, b"[1]", "it answered 404: [1]"),
        (302, b"", "it answered 302"),
        (200, b"<html>", "it answered 200 with what is not JSON: <html>"),
        (200, b"[" * 100_000, "it answered 200 with what is not JSON: [[["),
        (204, b"", "it answered 204 with what is not JSON: nothing"),
        (200, b"x" * 2_000_000, "its answer can't be read: the body has 2,000,000 bytes"),
    ],
)
def test_what_is_no_document_is_down_in_the_servers_words(servers, status, body, words):
    """Never an empty document."""
    with pytest.raises(Down) as caught:
        document_of(ask(JsonApi(servers.http(_answer(body, status)).url), "/"))
    assert caught.value.words.startswith(words)


@pytest.mark.parametrize("kind", ["rabbitmq", "kafka", "s3"])
def test_a_client_that_is_not_installed_is_a_gap_with_the_command(kind, monkeypatch):
    """No traceback, and no failure of the service."""
    from checks.services.kafka_probe import KafkaProbe
    from checks.services.s3_probe import S3Probe

    monkeypatch.setitem(sys.modules, KINDS[kind].library, None)
    probes = {
        "rabbitmq": RabbitmqProbe(name="it", url=parse_service_url("amqp://127.0.0.1:1", PORTS)),
        "kafka": KafkaProbe(name="it", bootstrap=("127.0.0.1:1",)),
        "s3": S3Probe(name="it", bucket="b", endpoint="http://127.0.0.1:1"),
    }
    (gap,) = look_at_services([probes[kind]])["it"]
    assert gap.subject == "it.up"
    assert KINDS[kind].package in gap.reason
    assert "pip install 'tidegate[services]'" in gap.remedy


def test_reading_an_environment_imports_no_client():
    """`--collect-only` stays quick."""
    code = (
        "import sys, gates.environment.services; "
        "heavy = {'pika', 'confluent_kafka', 'botocore', 'boto3', 'requests', 'smtplib', 'asyncio', 'httptools'}; "
        "print(*heavy & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.strip() == ""
