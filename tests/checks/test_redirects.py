"""Redirects: read unless following is asked for; then few, never from https to http, and no secrets for strangers."""

import pytest

from checks.probes import HttpProbe
from checks.secrets import Secret


def to(location, status=302):
    return f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


def hop(path_of):
    """Redirect by path, or answer 200."""

    def answer(asked):
        location = path_of.get(asked.line.split()[1])
        return to(*location) if location else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    return answer


def test_a_redirect_is_not_followed_unless_asked(see, servers):
    """Its status is read, and where it leads is said."""
    served = servers.http(hop({"/": ("/login?token=abc",)}))
    seen = see(HttpProbe("api", served.url + "/", header_names=("location",)))
    assert seen["status"].value == 302
    assert seen["status"].detail == "redirects to /login?..."
    assert len(served.asked) == 1


def test_a_redirect_is_followed_where_asked(see, servers):
    """The twin: the last answer counts, and it says that it is the last of several."""
    served = servers.http(hop({"/": ("/a",), "/a": ("b",)}))
    seen = see(HttpProbe("api", served.url + "/", follow_redirects=True))
    assert seen["status"].value == 200
    assert seen["status"].detail == "after 2 redirects"
    assert [asked.line.split()[1] for asked in served.asked] == ["/", "/a", "/b"]


def test_a_circle_of_redirects_is_down(see, servers):
    """Five are followed."""
    served = servers.http(hop({"/": ("/",)}))
    seen = see(HttpProbe("api", served.url + "/", follow_redirects=True))
    assert seen["up"].value is False
    assert "more than 5 redirects" in seen["up"].detail
    assert len(served.asked) == 6


def test_secrets_do_not_go_to_another_origin(see, servers):
    """Authorization, Cookie and every header that holds a Secret stay at home; the others go along."""
    there = servers.http()
    served = servers.http(hop({"/": (there.url + "/x",), "/same": ("/here",)}))
    headers = (
        ("Authorization", "Bearer plain"),
        ("Cookie", "a=b"),
        ("X-Key", Secret("k3y-value")),
        ("X-Plain", "1"),
    )
    see(HttpProbe("api", served.url + "/", headers=headers, follow_redirects=True))
    assert there.asked[0].headers["x-plain"] == "1"
    assert not {"authorization", "cookie", "x-key"} & set(there.asked[0].headers)
    see(HttpProbe("api", served.url + "/same", headers=headers, follow_redirects=True))
    assert served.asked[-1].headers["x-key"] == "k3y-value"


def test_a_login_in_the_url_stays_at_its_origin(see, servers):
    """It becomes Basic authentication, is kept on the same origin, and is shown nowhere."""
    there = servers.http()
    served = servers.http(hop({"/": ("/a",), "/a": (there.url,)}))
    url = f"http://joe:s3cret-pass@127.0.0.1:{served.port}/"
    seen = see(HttpProbe("api", url, follow_redirects=True))
    assert all(asked.headers["authorization"].startswith("Basic ") for asked in served.asked)
    assert "authorization" not in there.asked[0].headers
    assert "s3cret" not in repr(seen)
    assert "joe" not in seen["up"].source


@pytest.mark.parametrize(
    ("status", "method", "second"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (307, "POST", "POST"), (308, "PUT", "PUT")],
)
def test_the_method_changes_as_the_status_says(see, servers, status, method, second):
    """RFC 9110, 15.4."""
    served = servers.http(hop({"/": ("/a", status)}))
    see(HttpProbe("api", served.url + "/", method, body=b"data", follow_redirects=True))
    assert served.asked[1].line.split()[0] == second
    assert served.asked[1].body == (b"" if second == "GET" else b"data")


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "http://[::1", "http://a b/"])
def test_a_redirect_to_nowhere_is_down(see, servers, location):
    """The service sent it, so it is the service's fault."""
    seen = see(HttpProbe("api", servers.http(hop({"/": (location,)})).url + "/", follow_redirects=True))
    assert seen["up"].value is False


def test_a_body_is_not_carried_to_another_origin(see, servers):
    """It may hold a password, and nobody asked to send it there."""
    there = servers.http()
    served = servers.http(hop({"/": (there.url, 307)}))
    seen = see(HttpProbe("api", served.url + "/", "POST", body=b"password", follow_redirects=True))
    assert "to another origin" in seen["up"].detail
    assert there.asked == []


def test_a_redirect_from_https_to_http_is_down(see, servers, authority):
    """The protection that was asked for must not be lost on the way."""
    plain = servers.http()
    served = servers.http(hop({"/": (plain.url,)}), tls=authority.server("127.0.0.1"))
    seen = see(HttpProbe("api", served.url + "/", ca_file=authority.file, follow_redirects=True))
    assert "from https to http" in seen["up"].detail
    assert plain.asked == []
