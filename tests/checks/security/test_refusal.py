"""Endpoints that must refuse who has no credentials."""

import base64
import gzip
import json

import pytest

from checks.evidence import Gap, evidence_to_dict
from checks.probes import HttpProbe
from checks.secrets import Secret
from checks.security.probes import RefusalProbe

DATA = json.dumps({"iban": "DE00-marker-é"}).encode()
KINDS = ("without_token", "invalid_token", "empty_token", "unsigned_token")


@pytest.fixture
def refusal(seen, servers, answer):
    """The evidence of an endpoint that answers by the Authorization header."""

    def look(rule, marker="", credentials=()):
        def talk(asked):
            status, body = rule(asked.headers.get("authorization"))
            return answer(status, [], body)

        return seen(RefusalProbe(HttpProbe("api", servers.http(talk).url), marker, credentials))

    return look


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"headers": (("authorization", "Bearer x"),)}, "the header authorization"),
        ({"headers": (("Cookie", "sid=x"),)}, "the header Cookie"),
        ({"url": "http://user:password@127.0.0.1/"}, "a login in its URL"),
    ],
)
def test_a_request_with_credentials_is_a_mistake(options, words):
    """Who sends credentials measures no refusal."""
    with pytest.raises(ValueError, match=words) as error:
        RefusalProbe(HttpProbe(**{"name": "api", "url": "http://127.0.0.1/"} | options))
    assert "password" not in str(error.value)


def test_a_dead_target_refuses_nothing(seen, dead_port):
    """No answer is not a refusal."""
    found = seen(RefusalProbe(HttpProbe("api", f"http://127.0.0.1:{dead_port}")))
    assert list(found) == ["up"]


def test_an_open_endpoint_is_seen(refusal):
    """It answers everybody, and shows its data."""
    found = refusal(lambda token: (200, DATA), "DE00-marker-é")
    for kind in KINDS:
        assert found[f"{kind}.status"].value == 200
        assert found[f"{kind}.shows_data"].value is True


def test_a_closed_endpoint_is_seen(refusal):
    """The twin: it refuses everybody but who has the token."""
    found = refusal(
        lambda token: (200, DATA) if token == "Bearer good" else (401, b"{}"),
        "DE00-marker-é",
        (("Authorization", Secret("Bearer good")),),
    )
    for kind in KINDS:
        assert found[f"{kind}.status"].value == 401
        assert found[f"{kind}.shows_data"].value is False
    assert found["with_token.status"].value == 200
    assert found["with_token.shows_data"].value is True


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (lambda token: token is None, "without_token"),
        (lambda token: token == "Bearer", "empty_token"),
        (lambda token: bool(token) and token.endswith("."), "unsigned_token"),
        (lambda token: bool(token) and len(token) == 50, "invalid_token"),
    ],
)
def test_each_way_in_is_told_apart(refusal, rule, kind):
    """One careless branch is found by its own request."""
    found = refusal(lambda token: (200 if rule(token) else 401, b""))
    assert {k: found[f"{k}.status"].value for k in KINDS} == {k: 200 if k == kind else 401 for k in KINDS}


def test_a_refusal_that_shows_the_data_is_seen(refusal):
    """401 with the data in its body protects nothing."""
    found = refusal(lambda token: (401, DATA), "DE00-marker-é")
    assert found["without_token.status"].value == 401
    assert found["without_token.shows_data"].value is True


def test_a_redirect_to_the_log_in_is_told(seen, servers, answer):
    """The status is what came; it is not followed."""
    served = servers.http(answer(302, [("Location", "/login?next=/api&token=t0ps3cret")]))
    found = seen(RefusalProbe(HttpProbe("api", served.url, follow_redirects=True)))
    assert found["without_token.status"].value == 302
    assert found["without_token.status"].detail == "redirects to /login?..."


def test_packed_data_is_unpacked(seen, servers, answer):
    """The marker is found in gzip; in an encoding that can't be read it may be, which is a Gap."""
    for encoding, body, wanted in (("gzip", gzip.compress(DATA), True), ("br", b"x", None), ("gzip", b"x", None)):
        served = servers.http(answer(200, [("Content-Encoding", encoding)], body))
        shown = seen(RefusalProbe(HttpProbe("api", served.url), "DE00-marker"))["without_token.shows_data"]
        assert isinstance(shown, Gap) if wanted is None else shown.value is wanted


def test_data_in_a_header_is_found(seen, servers, answer):
    """Data leaks in headers, too."""
    served = servers.http(answer(401, [("X-Account", "DE00-marker")]))
    assert seen(RefusalProbe(HttpProbe("api", served.url), "DE00-marker"))["without_token.shows_data"].value is True


def test_neither_marker_nor_token_is_in_the_evidence(refusal):
    """What is looked for, and what is sent, stays here."""
    found = refusal(
        lambda token: (200, DATA), Secret("DE00-marker-é"), (("Authorization", Secret("Bearer t0ps3cret")),)
    )
    text = str([evidence_to_dict(e) for e in found.values()])
    assert "marker-" not in text
    assert "t0ps3cret" not in text


def test_the_unsigned_token_is_a_jwt_without_a_signature():
    """Its head says `none`, and its signature is empty."""
    from checks.security.refusal import unsigned_token

    head, claims, signature = unsigned_token().split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "none"
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"] == "admin"
    assert signature == ""
