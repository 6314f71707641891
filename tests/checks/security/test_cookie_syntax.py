"""Set-Cookie as browsers read it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.security.cookie_syntax import Cookie, parse_cookie_date, parse_set_cookie


@pytest.mark.parametrize("text", ["", "=", " = ; Secure", "; Secure", "a=b\x01", "a=" + "x" * 4096, "__Host-x; Secure"])
def test_what_browsers_ignore_is_no_cookie(text):
    """Nothing at all, control characters, too much, and a prefix smuggled into a nameless value."""
    assert parse_set_cookie(text) is None


@pytest.mark.parametrize(
    ("text", "cookie"),
    [
        ("a=b", Cookie("a")),
        ("secret", Cookie("")),
        ("=secret", Cookie("")),
        ("a=b=c", Cookie("a")),
        (" a = b ;secure; HTTPONLY ;SameSite=lax", Cookie("a", True, True, "Lax")),
        ("a=b; Secure=false", Cookie("a", True)),
        ("a=b; SameSite=Strict; SameSite=bogus", Cookie("a", same_site="")),
        ("a=b; SameSite", Cookie("a")),
        ("a=b; Domain=.Example.COM; Path=x", Cookie("a", domain="example.com")),
        ("a=b; Path=/app", Cookie("a", path="/app")),
        ("a=b; Max-Age=60; Max-Age=x", Cookie("a", max_age=60)),
        ("a=b; Max-Age=-5", Cookie("a", max_age=0)),
        ("a=b; Max-Age=+5", Cookie("a")),
        ("a=b; Max-Age=" + "9" * 99, Cookie("a", max_age=10**12)),
        ("a=b; Expires=Thu, 01 Jan 1970 00:00:10 GMT", Cookie("a", expires=10.0)),
        ("a=b; Path=/" + "x" * 1024, Cookie("a")),
    ],
)
def test_a_cookie_is_read(text, cookie):
    """The last attribute of a kind counts, names have no case, and a text without `=` is a value, never a name."""
    assert parse_set_cookie(text) == cookie


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("__Secure-a=b", "__Secure- without Secure"),
        ("__secure-a=b", "__Secure- without Secure"),
        ("__Secure-a=b; Secure", ""),
        ("__Host-a=b; Path=/", "__Host- without Secure"),
        ("__Host-a=b; Secure", "__Host- without Path=/"),
        ("__Host-a=b; Secure; Path=/app", "__Host- without Path=/"),
        ("__Host-a=b; Secure; Path=/; Domain=example.com", "__Host- with a Domain"),
        ("__Host-a=b; Secure; Path=/", ""),
        ("a=b; SameSite=None", "SameSite=None without Secure"),
        ("a=b; SameSite=None; Secure", ""),
    ],
)
def test_why_browsers_refuse_a_cookie(text, why):
    """A prefix is a promise, and SameSite=None needs Secure."""
    assert parse_set_cookie(text).refusal() == why


def test_max_age_outweighs_expires():
    """Where both are there, Max-Age counts; without either it is a session cookie."""
    assert parse_set_cookie("a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:10 GMT").lifetime(0) == 60
    assert parse_set_cookie("a=b; Expires=Thu, 01 Jan 1970 00:00:10 GMT").lifetime(4) == 6
    assert parse_set_cookie("a=b").lifetime(0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thursday, 01-Jan-70 00:00:01 GMT", 1),
        ("Thu Jan  1 00:00:02 1970", 2),
        ("1 january 70 0:0:3", 3),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 4102444800),
        ("Sat, 30 Feb 2030 00:00:00 GMT", None),
        ("Thu, 01 Jan 1600 00:00:00 GMT", None),
        ("Thu, 01 Jan 2030 24:00:00 GMT", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_dates_of_cookies(text, seconds):
    """The parts may stand in any order; a day that does not exist is no date."""
    assert parse_cookie_date(text) == seconds


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=120)
    | st.from_regex(
        r"[a-z_]{1,5}=[a-z]{1,5}(; (Secure|Max-Age=[0-9-]{1,20}|Expires=[A-Za-z0-9:, -]{1,40}|SameSite=[A-Za-z]*))*"
    )
)
def test_whatever_comes_is_a_cookie_or_none(text):
    """No header breaks the reader, and every lifetime can be compared."""
    cookie = parse_set_cookie(text)
    if cookie is not None:
        assert cookie.same_site in ("", "Strict", "Lax", "None")
        assert cookie.lifetime(0.0) is None or cookie.lifetime(0.0) >= -1e12
        cookie.refusal()


@settings(max_examples=200, deadline=None)
@given(st.text("abcXYZ019=;, ", min_size=8, max_size=40))
def test_no_value_is_kept(value):
    """Nothing of what stands behind the first `=` and before the first `;` is in the cookie."""
    cookie = parse_set_cookie(f"sid=VALUE-{value}")
    assert cookie is not None
    assert "VALUE" not in repr(cookie)
