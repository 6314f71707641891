"""Which foreign origins may read an answer."""

import pytest

from checks.evidence import Gap
from checks.probes import HttpProbe
from checks.security.probes import CorsProbe

ORIGIN = "https://tidegate-cors-check.invalid"
ALLOW, CREDENTIALS = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"


@pytest.fixture
def cors(seen, servers, answer):
    """The evidence of a server that makes its CORS headers of the Origin and the method."""

    def look(headers, status=200):
        def talk(asked):
            method = asked.line.split()[0]
            return answer(status, headers(asked.headers.get("origin", ""), method))

        served = servers.http(talk)
        return seen(CorsProbe(HttpProbe("api", served.url))), served

    return look


def access(found):
    """The four kinds in one line."""
    return [found[f"cors.{kind}.access"].value for kind in ("foreign", "null", "lookalike", "preflight")]


def test_an_origin_can_not_be_configured():
    """The check sends its own Origin."""
    with pytest.raises(ValueError, match="Origin is set by the check itself"):
        CorsProbe(HttpProbe("api", "http://127.0.0.1/", headers=(("origin", "x"),)))


def test_a_dead_target_is_down(seen, dead_port):
    """No answer is no refusal of a foreign origin."""
    found = seen(CorsProbe(HttpProbe("api", f"http://127.0.0.1:{dead_port}")))
    assert list(found) == ["up"]
    assert found["up"].value is False


def test_an_overloaded_proxy_says_nothing_about_cors(cors):
    """503 without CORS headers is a Gap, where 200 without them is a refusal."""
    found, _ = cors(lambda origin, method: [], status=503)
    for kind in ("foreign", "null", "lookalike", "preflight"):
        assert isinstance(found[f"cors.{kind}.access"], Gap)
    assert isinstance(found["cors.preflight.methods"], Gap)
    found, _ = cors(lambda origin, method: [])
    assert access(found) == ["none"] * 4
    assert found["cors.preflight.methods"].absent


def test_a_reflected_origin_with_credentials_is_seen(cors):
    """Every origin is let in, with the visitor's cookies."""
    found, served = cors(lambda origin, method: [(ALLOW, origin), (CREDENTIALS, "true")])
    assert access(found) == ["credentials"] * 4
    assert f"Origin: {ORIGIN}" in found["cors.foreign.access"].detail
    assert [a.headers["origin"] for a in served.asked] == [ORIGIN, "null", "http://127.0.0.1.tidegate.invalid", ORIGIN]
    assert served.asked[-1].headers["access-control-request-headers"] == "authorization"


def test_a_reflected_origin_without_credentials_is_public(cors):
    """The twin: without credentials a foreign page reads what anybody reads."""
    found, _ = cors(lambda origin, method: [(ALLOW, origin)])
    assert access(found) == ["public"] * 4


@pytest.mark.parametrize(
    ("headers", "granted"),
    [
        ([(ALLOW, "*")], "public"),
        ([(ALLOW, "*"), (CREDENTIALS, "true")], "wildcard with credentials"),
        ([(ALLOW, "*"), (CREDENTIALS, "True")], "public"),
        ([(ALLOW, "https://app.example.com"), (CREDENTIALS, "true")], "none"),
        ([(ALLOW, "*"), (ALLOW, "*")], "none"),
        ([(ALLOW, ORIGIN.upper())], "none"),
    ],
)
def test_what_fixed_headers_grant(cors, headers, granted):
    """The comparison is byte by byte, and two headers grant nothing."""
    found, _ = cors(lambda origin, method: headers)
    assert found["cors.foreign.access"].value == granted


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (lambda origin: origin == "null", "null"),
        (lambda origin: origin.startswith("http://127.0.0.1"), "lookalike"),
    ],
)
def test_a_careless_comparison_is_found(cors, rule, kind):
    """`null` is the origin of any sandboxed frame, and a name may begin with the service's own."""
    found, _ = cors(lambda origin, method: [(ALLOW, origin), (CREDENTIALS, "true")] if rule(origin) else [])
    assert found[f"cors.{kind}.access"].value == "credentials"
    assert found["cors.foreign.access"].value == "none"


def test_a_preflight_is_read_by_itself(cors):
    """A server may permit the preflight and its methods only."""
    grant = [(ALLOW, ORIGIN), (CREDENTIALS, "true"), ("Access-Control-Allow-Methods", "PUT, DELETE")]
    found, _ = cors(lambda origin, method: grant if method == "OPTIONS" else [])
    assert access(found) == ["none", "none", "none", "credentials"]
    assert found["cors.preflight.methods"].value == "DELETE, PUT"


def test_a_preflight_that_is_not_answered_well_grants_nothing(seen, servers, answer):
    """405 with good headers is a refusal (Fetch, 4.9)."""

    def talk(asked):
        headers = [(ALLOW, asked.headers["origin"]), ("Access-Control-Allow-Methods", "PUT")]
        return answer(405 if asked.line.startswith("OPTIONS") else 200, headers)

    found = seen(CorsProbe(HttpProbe("api", servers.http(talk).url)))
    assert found["cors.preflight.access"].value == "none"
    assert found["cors.preflight.methods"].absent
    assert found["cors.foreign.access"].value == "public"


def test_a_preflight_carries_no_credentials(seen, servers, answer):
    """Browsers leave them out, and so does the check."""
    served = servers.http(answer(200))
    seen(CorsProbe(HttpProbe("api", served.url, headers=(("Authorization", "Bearer x"), ("X-Tenant", "a")))))
    assert served.asked[0].headers["authorization"] == "Bearer x"
    assert "authorization" not in served.asked[-1].headers
    assert served.asked[-1].headers["x-tenant"] == "a"
