"""Log-in and watchlist: authentication, and state that both replicas see."""

import pytest


@pytest.fixture
def token(healthy, fetch):
    """A token from replica 1; the watchlist is empty before and after."""
    urls = healthy.addresses
    token = fetch(urls["replica_1_url"], "/api/v1/login", "POST", content=_DEMO).json["token"]
    fetch(urls["url"], "/api/v1/watchlist", "DELETE", token=token)
    yield token
    fetch(urls["url"], "/api/v1/watchlist", "DELETE", token=token)


_DEMO = {"user": "demo", "password": "demo"}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (None, 400),
        ([], 400),
        ({"user": "demo"}, 400),
        ({"user": "demo", "password": 5}, 400),
        ({"user": "demo", "password": "wrong"}, 401),
        ({"user": "other", "password": "demo"}, 401),
        ({"user": "", "password": ""}, 401),
        (_DEMO, 200),
    ],
)
def test_only_the_right_log_in_gets_a_token(healthy, fetch, content, status):
    """Half a log-in is a bad request, a wrong one is refused."""
    answer = fetch(healthy.addresses["url"], "/api/v1/login", "POST", content=content)
    assert (answer.status, "token" in answer.json) == (status, status == 200)


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 50_000])
def test_a_body_that_is_no_json_is_a_bad_request(healthy, fetch, body):
    """Also one that is nested until a parser breaks."""
    assert fetch(healthy.addresses["url"], "/api/v1/login", "POST", body=body).status == 400


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic ZGVtbzpkZW1v", "TOKEN"])
def test_without_a_valid_token_nothing_is_shown_or_changed(healthy, fetch, token, method, authorization):
    """Every method asks for the token; the twin with it is served."""
    headers = {"Authorization": authorization.replace("TOKEN", token)} if authorization else {}
    for path in ("/api/v1/watchlist", "/api/v1/watchlist/ACME")[: 2 if method == "DELETE" else 1]:
        answer = fetch(healthy.addresses["url"], path, method, content={"symbol": "ACME"}, headers=headers)
        assert answer.status == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert fetch(healthy.addresses["url"], "/api/v1/watchlist", token=token).json["symbols"] == []


def test_a_journey_across_the_replicas(healthy, fetch, token):
    """The token of replica 1 and what it stored are known to replica 2, and to the proxy whoever's turn it is."""
    one, two, proxy = (healthy.addresses[name] for name in ("replica_1_url", "replica_2_url", "url"))
    added = fetch(one, "/api/v1/watchlist", "POST", content={"symbol": "acme"}, token=token)
    assert (added.status, added.json) == (201, {"symbol": "ACME", "added": True})
    assert fetch(two, "/api/v1/watchlist", "POST", content={"symbol": "ACME"}, token=token).status == 200
    assert fetch(proxy, "/api/v1/watchlist", "POST", content={"symbol": "GLBX"}, token=token).status == 201
    for url in (one, two, proxy, proxy):
        assert fetch(url, "/api/v1/watchlist", token=token).json == {"user": "demo", "symbols": ["ACME", "GLBX"]}
    removed = fetch(two, "/api/v1/watchlist/acme", "DELETE", token=token)
    assert (removed.status, removed.body, "content-length" in removed.headers) == (204, b"", False)
    assert fetch(one, "/api/v1/watchlist/ACME", "DELETE", token=token).status == 404
    assert fetch(one, "/api/v1/watchlist", token=token).json["symbols"] == ["GLBX"]
    assert fetch(proxy, "/api/v1/watchlist", "DELETE", token=token).status == 204
    assert fetch(two, "/api/v1/watchlist", token=token).json["symbols"] == []


@pytest.mark.parametrize(("content", "status"), [({"symbol": "NOPE"}, 404), ({}, 400), ({"symbol": 1}, 400)])
def test_only_stocks_that_exist_are_watched(healthy, fetch, token, content, status):
    """An unknown symbol is not stored."""
    assert fetch(healthy.addresses["url"], "/api/v1/watchlist", "POST", content=content, token=token).status == status
    assert fetch(healthy.addresses["url"], "/api/v1/watchlist", token=token).json["symbols"] == []
