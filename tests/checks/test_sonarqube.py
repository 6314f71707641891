"""SonarQube asked over HTTP: the gate of the newest analysis, or a Gap for whatever is wrong with the server."""

import json
from dataclasses import replace

import pytest

from checks import sonarqube
from checks.evidence import Gap, Reading
from checks.secrets import Secret
from checks.sonarqube_gate import Condition, GateStatus, QualityGate

ANALYSES = {"analyses": [{"key": "AY1", "date": "2026-01-31T12:00:00+0000", "revision": "4b1d2aa"}]}
CONDITION = {
    "status": "OK",
    "metricKey": "new_coverage",
    "comparator": "LT",
    "errorThreshold": "80",
    "actualValue": "91",
}
STATUS = {"projectStatus": {"status": "OK", "conditions": [CONDITION]}}


def answer(document, status="200 OK"):
    """An answer of the web API."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.fixture
def server(servers):
    """A SonarQube that gives these answers."""

    def _server(analyses=ANALYSES, status=STATUS):
        def reply(asked):
            told = analyses if "/api/project_analyses/search" in asked.line else status
            return told if isinstance(told, bytes) and told.startswith(b"HTTP/") else answer(told)

        return servers.http(reply)

    return _server


def look(served, **options):
    """Ask it."""
    return sonarqube.look("sonar", served.url, "shop", Secret("squ_t0ken-t0ken"), timeout=10, **options)


def test_the_gate_of_the_newest_analysis(server):
    """With the commit that was analysed, so that the status can be bound to it."""
    served = server()
    found = look(served)
    assert isinstance(found, QualityGate)
    assert (found.status, found.revision, found.failed) == (GateStatus.OK, "4b1d2aa", ())
    assert found.analysed.isoformat() == "2026-01-31T12:00:00+00:00"
    evidence = found.evidence("sonar")
    assert isinstance(evidence, Reading)
    assert (evidence.subject, evidence.value) == ("sonar.status", "OK")
    assert "analysisId=AY1" in served.asked[1].line
    assert served.asked[0].headers["authorization"] == "Bearer squ_t0ken-t0ken"
    assert "t0ken" not in repr(found)


def test_a_failed_gate_says_which_condition(server):
    """The reading is ERROR; a criterion makes a verdict of it."""
    failed = CONDITION | {"status": "ERROR", "actualValue": "71.2"}
    evidence = look(server(status={"projectStatus": {"status": "ERROR", "conditions": [failed]}})).evidence("sonar")
    assert (evidence.value, evidence.detail) == ("ERROR", "new_coverage is 71.2, limit LT 80")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"branch": "release/1 2"}, "branch=release%2F1+2"),
        ({"pull_request": "42"}, "pullRequest=42"),
        ({}, "project=shop"),
    ],
)
def test_branches_and_pull_requests(server, options, words):
    """Names are quoted."""
    served = server()
    assert isinstance(look(served, **options), QualityGate)
    assert words in served.asked[0].line


@pytest.mark.parametrize(
    ("analyses", "status", "words"),
    [
        (answer({}, "401 Unauthorized"), STATUS, "refused the token"),
        (answer({}, "403 Forbidden"), STATUS, "refused the token"),
        (answer({"errors": [{"msg": "no"}]}, "404 Not Found"), STATUS, "does not know the project"),
        (answer({}, "503 Service Unavailable"), STATUS, "status 503"),
        (answer({}, "302 Found"), STATUS, "status 302"),
        ({"analyses": []}, STATUS, "no analysis of shop"),
        ({}, STATUS, "no list of `analyses`"),
        ({"analyses": [{}]}, STATUS, "no `key`"),
        ({"analyses": [1]}, STATUS, "no `key`"),
        (b"<html>log in</html>", STATUS, "it is no JSON"),
        (b"\xff\xff", STATUS, "it is no"),
        (b"[" * 100_000, STATUS, "nested too deeply"),
        (b'{"analyses": [], "analyses": []}', STATUS, "a key twice"),
        (b"[]", STATUS, "no JSON object"),
        (b"", STATUS, "it is no JSON"),
        (ANALYSES, {}, "projectStatus"),
        (ANALYSES, {"projectStatus": {"status": "FINE"}}, "known are OK"),
        (ANALYSES, answer({}, "500 Internal Server Error"), "status 500"),
        (ANALYSES, {"errors": [{"msg": "Insufficient privileges"}]}, "Insufficient privileges"),
    ],
)
def test_what_sonarqube_cannot_tell_is_a_gap(server, analyses, status, words):
    """Its failures are not the release's."""
    found = look(server(analyses, status))
    assert isinstance(found, Gap)
    assert found.subject == "sonar.status"
    assert words in found.reason
    assert "api/qualitygates/project_status?projectKey=shop" in found.source


def test_a_server_that_is_not_there_is_a_gap():
    """Refused."""
    found = sonarqube.look("sonar", "http://127.0.0.1:9", "shop", None, timeout=5)
    assert isinstance(found, Gap)
    assert "connection refused" in found.reason


def test_a_server_that_is_silent_is_a_gap(servers):
    """After the timeout, and not much later."""
    found = sonarqube.look("sonar", servers.http(delay=30).url, "shop", None, timeout=0.3)
    assert isinstance(found, Gap)
    assert "no answer within 300 ms" in found.reason


@pytest.mark.parametrize("url", ["", "sonar.example.com", "ftp://sonar", "http://"])
def test_a_url_that_is_none_is_a_mistake(url):
    """Of the configuration, not of the server."""
    with pytest.raises(ValueError, match="no URL of a SonarQube server"):
        sonarqube.look("sonar", url, "shop", None)


def test_a_gate_that_judged_nothing_is_a_gap():
    """No gate, or an OK without a condition; with one that is met it is a reading."""
    met = Condition("new_coverage", GateStatus.OK, "91", "80", "LT")
    gate = QualityGate(GateStatus.OK, (met,))
    assert isinstance(gate.evidence("sonar"), Reading)
    for empty in (replace(gate, conditions=()), replace(gate, status=GateStatus.NONE)):
        assert isinstance(empty.evidence("sonar"), Gap)
    only_ignored = replace(gate, conditions=(replace(met, status=GateStatus.NONE),))
    assert isinstance(only_ignored.evidence("sonar"), Gap)
