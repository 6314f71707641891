"""Paths that must not answer."""

import gzip
import itertools
import os

import pytest

from checks.evidence import Gap, evidence_to_dict
from checks.probes import HttpProbe
from checks.secrets import Secret
from checks.security.forbidden_paths import FORBIDDEN_PATHS, ForbiddenPath
from checks.security.probes import ExposureProbe

CONFIG = b'[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://t0ps3cret@example.com/x.git\n'
ENV = b"# settings\nDATABASE_PASSWORD=t0ps3cret\n"
INDEX = b"<!doctype html><html><body><div id=root></div><script src=/app.js></script></body></html>"
CASES = {
    "/.git/config": CONFIG,
    "/.git/HEAD": b"ref: refs/heads/main\n",
    "/.svn/entries": b"12\n",
    "/.svn/wc.db": b"SQLite format 3\x00...",
    "/.hg/requires": b"dotencode\nfncache\n",
    "/.env": ENV,
    "/.env.local": b"export KEY=1\n",
    "/.env.production": b"\nKEY = 1\n",
    "/.DS_Store": b"\x00\x00\x00\x01Bud1\x00",
    "/.htpasswd": b"admin:$apr1$abc$def\n",
    "/.aws/credentials": b"[default]\naws_access_key_id = A\n",
    "/.npmrc": b"//registry.example.com/:_authToken=x\n",
    "/id_rsa": b"-----BEGIN OPENSSH PRIVATE KEY-----\n",
    "/server.key": b"-----BEGIN PRIVATE KEY-----\n",
    "/docker-compose.yml": b"services:\n  web:\n",
    "/server-status": b"<h1>Apache Server Status for localhost</h1>",
    "/server-info": b"<title>Apache Server Information</title>",
    "/phpinfo.php": b"<title>phpinfo()</title>",
    "/info.php": b"<h1>PHP Version 8.1</h1>",
    "/actuator/env": b'{"activeProfiles":[],"propertySources":[]}',
    "/actuator/heapdump": b"JAVA PROFILE 1.0.2\x00",
    "/debug": b"<h1>Debug</h1> settings and requests",
    "/debug/pprof/": b"<title>/debug/pprof/</title> Types of profiles available:",
    "/console": b"<h1>Interactive Console</h1>",
    "/admin": b"<h1>Users</h1> delete user",
    "/phpmyadmin/": b"<title>phpMyAdmin</title> databases",
    "/backup.sql": b"-- MySQL dump 10.13\n",
    "/dump.sql": b"SET x;\nCREATE TABLE users (id int);\n",
    "/backup.zip": b"PK\x03\x04....",
    "/backup.tar.gz": b"\x1f\x8b\x08....",
    "/index.php.bak": b"<?php echo 1;",
    "/wp-config.php.bak": b"<?php define('DB_PASSWORD', 'x');",
}


@pytest.fixture
def exposed(seen, servers, answer):
    """The evidence about some paths of a server that answers by its path."""

    def look(rule, *paths, signature=None, **options):
        def talk(asked):
            found = rule(asked.line.split()[1])
            return found if isinstance(found, bytes) and found.startswith(b"HTTP/") else answer(*found)

        known = {entry.path: entry for entry in FORBIDDEN_PATHS}
        entries = tuple(known.get(path) or ForbiddenPath(path, signature or "") for path in paths) or FORBIDDEN_PATHS
        served = servers.http(talk)
        found = seen(ExposureProbe(HttpProbe("site", served.url, **options), entries))
        return {part.removeprefix("exposed."): e for part, e in found.items()}

    return look


def only(path, body, status=200, headers=()):
    """A server that has one path, and 404 for the rest."""
    return lambda asked: (status, headers, body) if asked == path else (404, (), b"not found")


@pytest.mark.parametrize("path", ["", "admin", "/a b", "/a?b", "/a#b", "http://x/"])
def test_what_is_no_path_is_refused(path):
    """A path begins at the root, and has neither query nor white space."""
    with pytest.raises(ValueError, match="is not a path"):
        ForbiddenPath(path)


def test_wrong_looks_are_refused():
    """No path, a path twice, a broken pattern, another method."""
    base = HttpProbe("site", "http://127.0.0.1/")
    with pytest.raises(ValueError, match="no path is named"):
        ExposureProbe(base, ())
    with pytest.raises(ValueError, match="is named twice"):
        ExposureProbe(base, (ForbiddenPath("/a"), ForbiddenPath("/a")))
    with pytest.raises(ValueError, match="is not a pattern"):
        ForbiddenPath("/a", "(")
    with pytest.raises(ValueError, match="with GET"):
        ExposureProbe(HttpProbe("site", "http://127.0.0.1/", method="HEAD"))


def test_a_dead_target_hides_nothing(seen, dead_port):
    """No answer is no refusal."""
    found = seen(ExposureProbe(HttpProbe("site", f"http://127.0.0.1:{dead_port}")))
    assert list(found) == ["up"]


def test_every_known_path_has_a_case():
    """A path that is added to the list needs its content here."""
    assert set(CASES) == {entry.path for entry in FORBIDDEN_PATHS}


@pytest.mark.parametrize("path", CASES)
def test_what_is_shown_is_found(exposed, path):
    """Each known path is exposed where its content is shown, and nothing else is."""
    found = exposed(only(path, CASES[path]))
    assert [key for key, e in found.items() if key != "up" and e.value] == [path]


def test_a_careful_server_shows_nothing(exposed):
    """The twin: 404 for everything."""
    found = exposed(only("/", b"home"))
    assert len(found) == len(FORBIDDEN_PATHS) + 1
    assert not any(e.value for key, e in found.items() if key != "up")


def test_an_application_with_one_page_shows_nothing(exposed):
    """It answers 200 with its index for everything, and only what differs counts."""
    found = exposed(lambda asked: (200, (), INDEX))
    assert not any(e.value for key, e in found.items() if key != "up")
    assert "the same page as unknown paths" in found["/.env"].detail


def test_a_file_beside_an_application_with_one_page_is_found(exposed):
    """The twin: one real file among the index pages."""
    found = exposed(lambda asked: (200, (), ENV if asked == "/.env" else INDEX))
    assert [key for key, e in found.items() if key != "up" and e.value] == ["/.env"]


def test_a_page_for_unknown_paths_may_change(exposed):
    """It names the path, the time and a request's id; that makes it no other page."""
    count = itertools.count()
    text = "<html><body>" + "<p>Nothing is here, look at our other pages</p>" * 20

    def rule(asked):
        return 200, (), f"{text}<p>{asked} {os.urandom(8).hex()} {next(count)}</p></body></html>".encode()

    found = exposed(rule)
    assert not any(e.value for key, e in found.items() if key != "up")


def test_an_admin_page_in_the_same_layout_is_found(exposed):
    """Where unknown paths always get the very same page, a small difference is a difference."""
    layout = b"<html>" + b"<li>menu entry</li>" * 50

    def rule(asked):
        return 200, (), layout + (b"<h1>Users</h1> delete alice, delete bob" if asked == "/admin" else b"Nothing here")

    found = exposed(rule, "/admin")
    assert found["/admin"].value is True


@pytest.mark.parametrize(("status", "words"), [(401, "answered 401"), (403, "answered 403"), (410, "answered 410")])
def test_a_refusal_is_no_exposure(exposed, status, words):
    """Whatever such an answer holds."""
    found = exposed(only("/.env", ENV, status), "/.env")
    assert (found["/.env"].value, found["/.env"].detail) == (False, words)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_error_neither_shows_nor_refuses(exposed, status):
    """A server in trouble may show it when it is well again."""
    assert isinstance(exposed(only("/.env", b"", status), "/.env")["/.env"], Gap)


def test_a_server_in_trouble_is_a_gap_for_every_path(exposed):
    """Its page for unknown paths is not known, so nothing can be compared."""
    found = exposed(lambda asked: (503, (), b"busy"), "/.env", "/admin")
    assert isinstance(found["/.env"], Gap)
    assert isinstance(found["/admin"], Gap)


def test_other_content_has_to_be_looked_at(exposed):
    """200 with what is neither a .env nor the page for unknown paths is a Gap with a next step."""
    found = exposed(only("/.env", b"<h1>Our environment</h1>"), "/.env")
    assert isinstance(found["/.env"], Gap)
    assert "/.env and have it refused" in found["/.env"].remedy


def test_an_empty_answer_shows_nothing(exposed):
    """200 with nothing in it."""
    assert exposed(only("/.env", b"\n"), "/.env")["/.env"].value is False


@pytest.mark.parametrize("location", ["/login?next=/admin", "/auth/start", "/Sign-In", "https://sso.example.com/x"])
def test_a_redirect_to_a_log_in_is_a_refusal(exposed, location):
    """It is not followed, and its query is not shown."""
    found = exposed(only("/admin", b"", 302, [("Location", location)]), "/admin")
    assert found["/admin"].value is False
    assert "next=" not in found["/admin"].detail


def test_a_redirect_on_the_same_host_is_followed(exposed):
    """/admin leads to /admin/, where the page is; one that leads home shows nothing."""
    pages = {"/admin/": (200, (), b"<h1>Users</h1>"), "/": (200, (), b"<h1>Welcome</h1>")}
    moved = {"/admin": (301, [("Location", "/admin/")], b""), "/debug": (302, [("Location", "/")], b"")}
    found = exposed(lambda asked: (pages | moved).get(asked, (404, (), b"")), "/admin", "/debug")
    assert found["/admin"].value is True
    assert found["/debug"].value is False


def test_a_redirect_without_end_shows_nothing(exposed):
    """It is followed a few times, and shows no page."""
    found = exposed(
        lambda asked: (302, [("Location", asked + "x")], b"") if "admin" in asked else (404, (), b""), "/admin"
    )
    assert found["/admin"].value is False


def test_a_log_in_form_is_a_refusal(exposed):
    """A page of its own that asks for a password shows nothing yet."""
    form = b'<form><input name=user><input name=pw type="password"></form>'
    assert exposed(only("/admin", form), "/admin")["/admin"].value is False
    assert exposed(only("/admin", b"<form><input name=user></form>"), "/admin")["/admin"].value is True


def test_packed_content_is_unpacked(exposed):
    """gzip hides nothing; an encoding that nobody asked for is a Gap."""
    packed = only("/.env", gzip.compress(ENV), headers=[("Content-Encoding", "gzip")])
    assert exposed(packed, "/.env")["/.env"].value is True
    assert isinstance(exposed(only("/.env", b"x", headers=[("Content-Encoding", "br")]), "/.env")["/.env"], Gap)


def test_only_the_beginning_of_a_file_is_asked_for(seen, servers, answer):
    """A heap dump of gigabytes does not cross the network."""
    served = servers.http(answer(404))
    seen(ExposureProbe(HttpProbe("site", served.url), (ForbiddenPath("/x"),)))
    assert {asked.headers["range"] for asked in served.asked} == {"bytes=0-65535"}


def test_an_own_path_has_its_own_signature(exposed):
    """Users name their own files."""
    found = exposed(only("/export.csv", b"iban;amount\n"), "/export.csv", signature=r"\Aiban;")
    assert found["/export.csv"].value is True


def test_a_path_that_hangs_up_is_a_gap(exposed, answer):
    """One that is not answered may be shown to others."""
    found = exposed(
        lambda asked: b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n" if asked == "/.env" else (404, (), b""), "/.env"
    )
    assert isinstance(found["/.env"], Gap)


def test_nothing_of_the_content_is_in_the_evidence(exposed):
    """What should have been hidden is not written into a report."""
    found = exposed(lambda asked: (200, (), {"/.env": ENV, "/.git/config": CONFIG}.get(asked, INDEX)))
    assert found["/.git/config"].value is True
    assert "t0ps3cret" not in str([evidence_to_dict(e) for e in found.values()])


def test_a_page_that_changes_with_the_time_is_the_same_page(exposed):
    """It is alike while it is learned, and has another time when the paths are asked for."""
    count = itertools.count()
    text = "<p>Nothing is here</p>" * 30
    found = exposed(lambda asked: (200, (), f"{text}<p>minute {next(count) // 4}</p>".encode()))
    assert not any(e.value for key, e in found.items() if key != "up")


def test_secrets_stay_with_their_origin(seen, servers, answer):
    """A redirect to another port of the same host is followed without the credentials."""
    other = servers.http(answer(200, (), b"<h1>Users</h1>"))
    served = servers.http(lambda asked: answer(302, [("Location", f"{other.url}/x")]))
    base = HttpProbe("site", served.url, headers=(("Authorization", Secret("Bearer t0ps3cret")), ("X-Tenant", "a")))
    seen(ExposureProbe(base, (ForbiddenPath("/x"),)))
    assert served.asked[0].headers["authorization"] == "Bearer t0ps3cret"
    assert "authorization" not in other.asked[0].headers
    assert other.asked[0].headers["x-tenant"] == "a"


def test_a_redirect_out_of_tls_is_not_followed(seen, servers, answer, authority):
    """It shows nothing under the address that was asked for, and nobody follows it with credentials."""
    plain = servers.http(answer(200, (), b"<h1>Users</h1>"))
    served = servers.http(
        lambda asked: answer(302, [("Location", f"{plain.url}/admin")]), tls=authority.server("127.0.0.1")
    )
    found = seen(ExposureProbe(HttpProbe("site", served.url, ca_file=authority.file), (ForbiddenPath("/admin"),)))
    assert found["exposed./admin"].value is False
    assert plain.asked == []
