"""The page on live security names every subject, every known path and the bounds of the program."""

import re
from pathlib import Path

import pytest

from checks.attempt import Attempt
from checks.confinement import confinement
from checks.probes import HttpProbe, TlsProbe
from checks.security.forbidden_paths import FORBIDDEN_PATHS
from checks.security.look import look_at_security
from checks.security.probes import (
    MAX_BURST,
    MAX_BURST_SECONDS,
    BurstProbe,
    CorsProbe,
    ExposureProbe,
    PageProbe,
    RefusalProbe,
    TlsVersionsProbe,
)
from gates.criteria import parse

PAGE = (Path(__file__).parents[3] / "docs" / "live-security.md").read_text()
NAMED = set(re.findall(r"`NAME\.([^`]+)`", PAGE))


@pytest.fixture
def looked(servers, answer, authority):
    """Every subject that a look at everything gives, without the name."""
    cookie = [("Set-Cookie", "sid=x"), ("Retry-After", "1")]
    served = servers.http(lambda asked: answer(429 if asked.line.startswith("HEAD") else 200, cookie))
    secure = servers.http(answer(200), tls=authority.server("127.0.0.1"))

    def request(name, method="GET"):
        return HttpProbe(name, served.url, method)

    found = look_at_security(
        [
            PageProbe(request("page"), authenticated=True),
            CorsProbe(request("cors")),
            TlsVersionsProbe(TlsProbe("tls", "127.0.0.1", secure.port)),
            ExposureProbe(request("exposed"), FORBIDDEN_PATHS[:1]),
            RefusalProbe(request("refusal"), "marker", (("Authorization", "x"),)),
            BurstProbe(request("burst", "HEAD"), 1),
        ]
    )
    return {e.subject.partition(".")[2] for look in found.values() for e in look}


def test_every_subject_is_on_the_page(looked):
    """Whoever writes a limit finds its name, and no name on the page is one that nothing gives."""
    subjects = {re.sub(r"^cookie\.sid\.", "cookie.COOKIE.", s) for s in looked}
    subjects = {"exposed.PATH" if s.startswith("exposed.") else s for s in subjects}
    host = {"Privileged": False, "ReadonlyRootfs": False, "NetworkMode": "", "PidMode": "", "IpcMode": ""}
    document = {"Config": {"User": "1", "Image": ""}, "HostConfig": host, "Mounts": [], "NetworkSettings": {}}
    boxes = confinement(Attempt("box", ""), document, {}, lambda _: None)
    subjects |= {"containers"} | {f"CONTAINER.{e.subject.partition('.')[2]}" for e in boxes}
    assert subjects == NAMED


def test_every_known_path_is_on_the_page():
    """No more and no fewer."""
    listed = re.search(r"The known paths are:\n\n```text\n(.*?)```", PAGE, re.DOTALL)[1]
    assert listed.split() == [entry.path for entry in FORBIDDEN_PATHS]


def test_the_bounds_are_those_of_the_program():
    """Of a burst, and what it is by default."""
    probe = BurstProbe(HttpProbe("x", "http://127.0.0.1/"))
    assert f"{probe.requests} requests in at most {probe.within:g} s, {probe.concurrency} at a time" in PAGE
    assert f"than {MAX_BURST} requests, last longer than {MAX_BURST_SECONDS:g} s, or have more than 16" in PAGE


def test_every_default_is_a_criterion():
    """What the page proposes can be read."""
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", PAGE.partition("The default criteria:")[2], re.MULTILINE)
    criteria = [text for row in rows[2:] for text in re.findall(r"`([^`]+)`", row)]
    assert len(criteria) > 30
    for text in criteria:
        parse(text)
