"""The headers and cookies of a real answer, each bad one with its passing twin."""

import pytest

from checks.evidence import Gap, evidence_to_dict
from checks.probes import HttpProbe
from checks.security.look import look_at_security
from checks.security.probes import PageProbe


@pytest.fixture
def page(seen, servers, answer):
    """The evidence of a page with these headers."""

    def look(*headers, status=200, authenticated=False, **options):
        served = servers.http(answer(status, headers))
        return seen(PageProbe(HttpProbe("front", served.url, **options), authenticated))

    return look


def test_a_dead_target_has_no_other_reading(seen, dead_port):
    """Where nothing answers, that is the only evidence, so that no missing header is blamed on it."""
    found = seen(PageProbe(HttpProbe("front", f"http://127.0.0.1:{dead_port}/")))
    assert list(found) == ["up"]
    assert (found["up"].value, found["up"].detail) == (False, "connection refused")


def test_two_looks_of_one_name_are_refused():
    """Evidence is kept by name."""
    probe = PageProbe(HttpProbe("front", "http://127.0.0.1:1/"))
    with pytest.raises(ValueError, match="two looks have the name 'front'"):
        look_at_security([probe, probe])


def test_no_authority_file_is_a_gap(seen, servers, authority):
    """What our own side can't read is not blamed on the target."""
    served = servers.http(tls=authority.server("127.0.0.1"))
    found = seen(PageProbe(HttpProbe("front", f"https://127.0.0.1:{served.port}/", ca_file="/nowhere.pem")))
    assert list(found) == ["up"]
    assert isinstance(found["up"], Gap)
    assert "/nowhere.pem can't be read" in found["up"].reason


def test_a_bare_answer_protects_from_nothing(page):
    """Without a single header every reading is the bad one."""
    found = page()
    assert found["status"].value == 200
    assert found["hsts.max_age"].absent
    assert found["csp.present"].value is False
    assert found["csp.allows_inline_script"].value is True
    assert found["csp.allows_eval"].value is True
    assert found["csp.allows_any_object"].value is True
    assert found["csp.allows_any_base"].value is True
    assert found["csp.object_src"].absent
    assert found["framing"].value == "anybody"
    assert found["nosniff"].value is False
    assert found["referrer_policy"].absent
    assert found["permissions_policy"].absent
    assert found["version_leaks"].value == 0
    assert found["cookies"].value == 0


def test_a_careful_answer_protects(seen, servers, answer, authority):
    """The twin: the same page with its headers."""
    headers = [
        ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
        ("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer, strict-origin-when-cross-origin"),
        ("Permissions-Policy", "geolocation=(self), camera=()"),
        ("Server", "nginx"),
    ]
    served = servers.http(answer(200, headers), tls=authority.server("127.0.0.1"))
    found = seen(PageProbe(HttpProbe("front", served.url, ca_file=authority.file)))
    assert (found["hsts.max_age"].value, found["hsts.max_age"].unit) == (63072000, "s")
    assert found["hsts.include_subdomains"].value is True
    assert found["csp.present"].value is True
    for part in ("inline_script", "eval", "any_script_host", "any_object", "any_base"):
        assert found[f"csp.allows_{part}"].value is False, part
    assert found["csp.object_src"].value == "'none'"
    assert found["framing"].value == "nobody"
    assert found["nosniff"].value is True
    assert found["referrer_policy"].value == "strict-origin-when-cross-origin"
    assert found["permissions_policy"].value == "camera=(), geolocation=(self)"
    assert found["version_leaks"].value == 0


def test_hsts_over_http_does_not_count(page):
    """Browsers ignore it there (RFC 6797, 8.1)."""
    found = page(("Strict-Transport-Security", "max-age=63072000; includeSubDomains"))
    assert found["hsts.max_age"].absent
    assert "over http" in found["hsts.max_age"].detail
    assert found["hsts.include_subdomains"].value is False


def test_a_policy_that_only_reports_does_not_count(page):
    """Content-Security-Policy-Report-Only stops nothing, and the detail says so."""
    found = page(("Content-Security-Policy-Report-Only", "default-src 'none'"))
    assert found["csp.present"].value is False
    assert "only one that reports" in found["csp.present"].detail


def test_two_policies_are_combined(page):
    """A second header can only take away: together they allow what both allow."""
    found = page(
        ("Content-Security-Policy", "script-src 'unsafe-inline'"), ("Content-Security-Policy", "default-src 'self'")
    )
    assert found["csp.allows_inline_script"].value is False
    assert page(("Content-Security-Policy", "script-src 'unsafe-inline'"))["csp.allows_inline_script"].value is True


@pytest.mark.parametrize(
    ("values", "on"),
    [(["nosniff"], True), (["NoSniff", "x"], True), (["x", "nosniff"], False), (["nosniff; x"], False), ([""], False)],
)
def test_nosniff(page, values, on):
    """The first value counts, in any case."""
    assert page(*(("X-Content-Type-Options", value) for value in values))["nosniff"].value is on


@pytest.mark.parametrize(
    ("values", "policy"),
    [(["unsafe-url"], "unsafe-url"), (["no-referrer", "bogus"], "no-referrer"), (["No-Referrer"], "no-referrer")],
)
def test_the_last_referrer_policy_that_is_known_counts(page, values, policy):
    """Unknown ones are passed over."""
    assert page(*(("Referrer-Policy", value) for value in values))["referrer_policy"].value == policy


def test_an_unknown_referrer_policy_is_none(page):
    """A word that no browser knows protects nothing."""
    found = page(("Referrer-Policy", "never"))
    assert found["referrer_policy"].absent
    assert "never" in found["referrer_policy"].detail


@pytest.mark.parametrize("text", ["camera 'none'", "camera=(), geolocation=(self", "camera=();,", "Camera=()"])
def test_a_broken_permissions_policy_is_none(page, text):
    """One broken part takes the whole header with it."""
    found = page(("Permissions-Policy", text))
    assert found["permissions_policy"].absent
    assert "does not follow its grammar" in found["permissions_policy"].detail


def test_permissions_of_two_headers_are_one_list(page):
    """Quoted origins and several headers are read."""
    found = page(("Permissions-Policy", 'camera=(self "https://a.example")'), ("Permissions-Policy", "usb=*, hid=()"))
    assert found["permissions_policy"].value == 'camera=(self "https://a.example"), hid=(), usb=*'


@pytest.mark.parametrize(
    ("name", "value", "count"),
    [
        ("Server", "nginx", 0),
        ("Server", "nginx/1.22.1", 1),
        ("Server", "Apache/2.4.57 (Debian)", 1),
        ("Server", "cloudflare", 0),
        ("Server", "Kestrel", 0),
        ("X-Powered-By", "Express", 0),
        ("X-Powered-By", "PHP/8", 1),
        ("X-AspNet-Version", "4.0.30319", 1),
        ("Via", "1.1 proxy", 0),
        ("Via", "1.1 varnish (Varnish/6.0)", 1),
    ],
)
def test_versions_that_leak(page, name, value, count):
    """A product's name is no leak; its version is."""
    found = page((name, value))
    assert found["version_leaks"].value == count
    assert (value in found["version_leaks"].detail) is bool(count)


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ([], "shared caches"),
        (["no-store"], "nowhere"),
        (["private, max-age=60"], "browser"),
        (['private="set-cookie"'], "shared caches"),
        (["public", "No-Store"], "nowhere"),
        (["no-cache"], "shared caches"),
    ],
)
def test_where_an_answer_to_a_cookie_may_be_kept(page, values, where):
    """Only no-store and private keep a user's data out of shared caches."""
    headers = [("Cache-Control", value) for value in values]
    assert page(*headers, authenticated=True, headers=(("Cookie", "sid=x"),))["cache.stored"].value == where


def test_an_answer_to_authorization_is_kept_by_the_browser_only(page):
    """Shared caches keep it only where they are told to (RFC 9111, 3.5)."""
    headers = (("Authorization", "Bearer x"),)
    assert page(authenticated=True, headers=headers)["cache.stored"].value == "browser"
    public = page(("Cache-Control", "public"), authenticated=True, headers=headers)
    assert public["cache.stored"].value == "shared caches"
    assert "cache.stored" not in page()


def test_each_cookie_has_its_readings(page):
    """Every Set-Cookie is one cookie, and flags, prefix and lifetime are read of each."""
    found = page(
        ("Set-Cookie", "__Host-sid=s3cr3t-one; Secure; HttpOnly; SameSite=Strict; Path=/"),
        ("Set-Cookie", "theme=dark, s3cr3t-two; Max-Age=60"),
    )
    assert (found["cookies"].value, found["cookies"].detail) == (2, "__Host-sid, theme")
    good, bad = "cookie.__Host-sid", "cookie.theme"
    assert found[f"{good}.secure"].value is True
    assert found[f"{good}.http_only"].value is True
    assert found[f"{good}.same_site"].value == "Strict"
    assert found[f"{good}.accepted"].value is True
    assert found[f"{good}.lifetime"].value == 0
    assert "session cookie" in found[f"{good}.lifetime"].detail
    assert found[f"{bad}.secure"].value is False
    assert found[f"{bad}.http_only"].value is False
    assert found[f"{bad}.same_site"].absent
    assert (found[f"{bad}.lifetime"].value, found[f"{bad}.lifetime"].unit) == (60, "s")


def test_no_value_of_a_cookie_is_in_the_evidence(page):
    """Not of a named one, not of a nameless one, not of one that browsers ignore."""
    found = page(
        ("Set-Cookie", "sid=s3cr3t; Secure"),
        ("Set-Cookie", "s3cr3t-nameless"),
        ("Set-Cookie", "old=s3cr3t; Max-Age=0"),
        ("Set-Cookie", "__Host-s3cr3t"),
    )
    assert "s3cr3t" not in str([evidence_to_dict(e) for e in found.values()])
    assert found["cookie.(nameless).secure"].value is False
    assert found["cookies"].value == 2
    assert "deleted: old" in found["cookies"].detail


def test_a_second_cookie_of_one_name_is_judged_too(page):
    """A careless copy does not hide behind a careful one."""
    found = page(("Set-Cookie", "sid=a; Secure"), ("Set-Cookie", "sid=b; Path=/x"))
    assert found["cookie.sid.secure"].value is True
    assert found["cookie.sid#2.secure"].value is False


def test_a_refused_prefix_is_told(page):
    """Browsers drop such a cookie, and the detail says why."""
    found = page(("Set-Cookie", "__Host-sid=a; Secure; Path=/; Domain=example.com"))
    assert found["cookie.__Host-sid.accepted"].value is False
    assert "__Host- with a Domain" in found["cookie.__Host-sid.accepted"].detail


def test_cookies_of_a_redirect_are_read(seen, servers, answer):
    """A log-in sets its cookie on the way, and the headers are those of the page that it ends at."""

    def talk(asked):
        if "/login" in asked.line:
            return answer(302, [("Location", "/home"), ("Set-Cookie", "sid=x; Secure")])
        return answer(200, [("X-Frame-Options", "DENY")])

    served = servers.http(talk)
    found = seen(PageProbe(HttpProbe("front", f"{served.url}/login", follow_redirects=True)))
    assert found["cookie.sid.secure"].value is True
    assert found["framing"].value == "nobody"
    unfollowed = seen(PageProbe(HttpProbe("front", f"{served.url}/login")))
    assert (unfollowed["status"].value, unfollowed["framing"].value) == (302, "anybody")


def test_an_answer_that_never_comes_is_down(seen, servers, answer):
    """A silent target has no readings of headers."""
    served = servers.http(answer(200), delay=5)
    found = seen(PageProbe(HttpProbe("front", served.url, timeout=0.3)))
    assert list(found) == ["up"]
    assert "no answer within" in found["up"].detail


def test_a_second_attempt_is_made_where_asked(seen, servers, answer):
    """The probe's own attempts hold here, too."""

    async def talk(asked, writer):
        if len(served.asked) == 1:
            writer.close()
        else:
            writer.write(answer(200))

    served = servers.http(talk)
    assert seen(PageProbe(HttpProbe("front", served.url, attempts=2, pause=0.01)))["up"].value is True
