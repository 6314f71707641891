"""Addresses of services: taken apart, shown again, and never with a password."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.secrets import Secret
from checks.services.url import parse_service_url

PORTS = {"postgresql": 5432, "postgres": 5432}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("postgresql://me@db.example.com:5433/shop", ("db.example.com", 5433, "me", "shop")),
        ("postgres://me@db/shop", ("db", 5432, "me", "shop")),
        ("POSTGRESQL://me@DB/Shop", ("db", 5432, "me", "Shop")),
        ("postgresql://me@[::1]:5433/", ("::1", 5433, "me", "")),
        ("postgresql://me%40home@db", ("db", 5432, "me@home", "")),
        ("postgresql://me@%2Frun%2FPG:5433/shop", ("/run/PG", 5433, "me", "shop")),
        ("postgresql://me@/shop?host=/run/pg", ("", 5432, "me", "shop")),
    ],
)
def test_an_address_is_taken_apart(text, parts):
    """Host, port, user and path; what is shown is read as the same again."""
    url = parse_service_url(text, PORTS, ("host",))
    assert (url.host, url.port, url.user, url.path) == parts
    assert parse_service_url(str(url), PORTS, ("host",)) == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not an address of this service; write postgresql://user@host:5432/... (postgresql, postgres)"),
        ("db.example.com", "is not an address of this service"),
        ("mysql://me@db", "is not an address of this service"),
        ("postgresql://me@db/a b", "holds a space"),
        ("postgresql://a,b/shop", "names several servers: each one is looked at by itself"),
        ("postgresql://me@db:0", "has the port '0'; ports are 1 to 65535"),
        ("postgresql://me@db:65536", "has the port '65536'"),
        ("postgresql://me@db:54x", "has the port '54x'"),
        ("postgresql://me@[::1/db", "can't be read"),
        ("postgresql://me@db#1", "holds a `#`"),
        ("postgresql://me@db?x=1", "has the option 'x' that is not known; known are host"),
        ("postgresql://me@db?host=a&host=b", "has an option twice"),
        ("postgresql://me@db?host", "can't be read"),
        ("postgresql://me:pass@db", "'postgresql://me:***@db' holds a password: write `password: ${VAR}` beside it"),
    ],
)
def test_what_can_not_be_read_is_refused(text, words):
    """With what is wrong, and how it is written."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        parse_service_url(text, PORTS, ("host",))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:s3cr3t@db:x1",
        "postgresql://me:s3/cr3t@db",
        "postgresql://me:12/s3cr3t@db",
        "postgresql://me:12?host=s3cr3t@db",
        "postgresql://me:s3?cr3t=1@db",
        "postgresql://me:s3#cr3t@db",
        "postgresql://me:s3 cr3t@db",
        "postgresql://me:s3cr3t@a,b",
        "nonsense:s3cr3t",
        "postgresql://me:s3cr3t@[db",
    ],
)
def test_a_secret_that_can_not_be_read_shows_none_of_its_parts(text):
    """Where a password holds a `/`, its pieces look like ports, paths and options."""
    with pytest.raises(ValueError, match="the URL") as caught:
        parse_service_url(Secret(text), PORTS)
    for piece in ("s3", "cr3t", "x1"):
        assert piece not in str(caught.value).replace("postgresql", "")


def test_a_password_that_ends_too_early_is_refused():
    """Written as a port and a path it would be shown to everybody; its twin is escaped."""
    with pytest.raises(ValueError, match="in a password write %2F for /"):
        parse_service_url(Secret("postgresql://me:12/s3cr3t@db/shop"), PORTS)
    url = parse_service_url(Secret("postgresql://me:12%2Fs3cr3t@db/shop%40x"), PORTS)
    assert (url.password.reveal(), url.host, url.path) == ("12/s3cr3t", "db", "shop@x")
    with pytest.raises(ValueError, match="with DSN") as caught:
        parse_service_url("postgresql://me:pa@s3cr3t@db/shop", PORTS)
    assert "s3cr3t" not in str(caught.value)


def test_the_password_of_a_secret_url_is_a_secret_of_its_own():
    """Decoded, as the client gets it; the address for people lacks it."""
    url = parse_service_url(Secret("postgresql://me:p%40ss%2Fword@db/shop"), PORTS)
    assert url.password.reveal() == "p@ss/word"
    assert str(url) == "postgresql://me@db:5432/shop"
    assert "p@ss" not in repr(url)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(max_size=60).map(lambda text: f"postgresql://{text}")))
def test_any_text_is_read_or_refused(text):
    """Nothing but ValueError, and what was read shows itself in a form that is read alike."""
    try:
        url = parse_service_url(text, PORTS, ("host",))
    except ValueError:
        return
    again = parse_service_url(str(url), PORTS, ("host",))
    assert again == url
