"""What each path answers, through the proxy and from each replica."""

import pytest

EVERYWHERE = pytest.mark.parametrize("where", ["url", "replica_1_url", "replica_2_url"])


@EVERYWHERE
def test_an_unknown_path_is_a_404_with_json(healthy, fetch, where):
    """Also one that begins like a known one."""
    for path in ("/nothing", "/healthz", "/health/", "/api/v1/stocks/ACME/x", "/api/v1/stocks/{symbol}", "/api"):
        answer = fetch(healthy.addresses[where], path)
        assert (answer.status, "error" in answer.json) == (404, True), path


@EVERYWHERE
def test_health_tells_the_release_and_asks_the_database(healthy, fetch, where):
    """Everything that a health check may want to compare."""
    answer = fetch(healthy.addresses[where], "/health")
    health = answer.json
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert health["status"] == "healthy"
    assert health["database"]["status"] == "ok"
    assert health["database"]["latency_ms"] > 0
    release = healthy.release
    assert [health[key] for key in ("version", "release_id", "commit")] == [release.version, release.id, release.commit]


def test_each_replica_says_which_it_is(healthy, fetch):
    """The replicas' own addresses reach them, and the proxy lets them take turns."""
    for name in ("replica-1", "replica-2"):
        url = healthy.addresses[f"{name.replace('-', '_')}_url"]
        assert fetch(url, "/health").json["replica"] == name
    seen = [fetch(healthy.addresses["url"], "/health").json["replica"] for _ in range(4)]
    assert seen in (["replica-1", "replica-2"] * 2, ["replica-2", "replica-1"] * 2)


@EVERYWHERE
def test_ready_and_version(healthy, fetch, where):
    """Readiness and the release have paths of their own."""
    url, release = healthy.addresses[where], healthy.release
    assert (fetch(url, "/ready").status, fetch(url, "/ready").json["status"]) == (200, "ready")
    version = fetch(url, "/version").json
    assert (version["version"], version["release_id"], version["commit"]) == (
        release.version, release.id, release.commit,
    )  # fmt: skip


@EVERYWHERE
def test_stocks_and_one_stock(healthy, fetch, where):
    """The list has what the single path has; symbols may be typed in lower case."""
    url = healthy.addresses[where]
    listed = fetch(url, "/api/v1/stocks").json
    assert listed["count"] == len(listed["stocks"]) >= 10
    acme = fetch(url, "/api/v1/stocks/ACME").json
    assert acme in listed["stocks"]
    assert acme["price"] > 0
    assert fetch(url, "/api/v1/stocks/acme?fields=price").json == acme


def test_an_unknown_symbol_is_a_404_that_names_it(healthy, fetch):
    """A symbol of letters, and one that tries to be something else."""
    for path, symbol in (("NOPE", "NOPE"), ("%27%20OR%201=1", "' OR 1=1")):
        answer = fetch(healthy.addresses["url"], f"/api/v1/stocks/{path}")
        assert (answer.status, answer.json) == (404, {"error": "unknown symbol", "symbol": symbol})


def test_pages_for_people(healthy, fetch):
    """The log-in page is HTML with 200, the root lists the paths."""
    page = fetch(healthy.addresses["url"], "/login")
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"<h1>Log in</h1>" in page.body
    assert "/health" in fetch(healthy.addresses["url"], "/").json["routes"]


@EVERYWHERE
def test_security_headers_are_on_every_answer(healthy, fetch, where):
    """Good answers and bad ones."""
    for path in ("/health", "/nothing", "/metrics", "/login"):
        headers = fetch(healthy.addresses[where], path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "base-uri 'none'" in headers["content-security-policy"]
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


@EVERYWHERE
def test_a_method_that_is_not_served_is_a_405_that_lists_the_others(healthy, fetch, where):
    """On a path that is served; on others it is 404."""
    url = healthy.addresses[where]
    answer = fetch(url, "/health", "POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert fetch(url, "/api/v1/login", "GET").headers["allow"] == "POST"
    assert fetch(url, "/nothing", "POST").status == 404


@EVERYWHERE
def test_head_has_the_headers_of_get_and_no_body(healthy, fetch, where):
    """Content-Length is that of the body that GET would have."""
    url = healthy.addresses[where]
    head, get = fetch(url, "/api/v1/stocks", "HEAD"), fetch(url, "/api/v1/stocks")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))
