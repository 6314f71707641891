"""The table of subjects says what the page says, has a row for everything that is read, and a remedy for what fails."""

import re
from pathlib import Path

import pytest

from checks.attempt import Attempt
from checks.confinement import confinement
from checks.security.probes import MAX_BURST, MAX_BURST_SECONDS
from gates.criteria import AtMost, parse
from gates.environment.crosscheck_security import _LONGEST_BURST
from gates.environment.schema import environment_schema
from gates.environment.security import SECTIONS
from gates.environment.security_limits import SECURITY_SUBJECTS, check_security_limit, default_of, pattern_of
from gates.measured.security_probes import take_looks

PAGE = (Path(__file__).parents[3] / "docs/live-security.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| .+ \|$", PAGE.partition("The default criteria:")[2], re.MULTILINE)[1:]
#: Rows that say it in words.
IN_WORDS = {"up", "certificate.key_bits", "cors.null.access"}


def _documented():
    found = {}
    for subjects, text in ROWS:
        names = re.findall(r"`([^`]+)`", subjects)
        if "the other three" in subjects:
            names += [f"{kind}_token.shows_data" for kind in ("invalid", "empty", "unsigned")]
        criteria = re.findall(r"`([^`]+)`", text)
        for index, name in enumerate(names):
            found[name] = "" if text == "none" else criteria[min(index, len(criteria) - 1)]
    return found


def test_the_page_has_the_defaults_of_the_program():
    """Each criterion on the page is the one that judges, and each subject with a default is on the page."""
    documented = _documented()
    assert len(documented) > 60
    for table in SECURITY_SUBJECTS.values():
        for name, subject in table.items():
            if name in IN_WORDS or (not subject.default and name not in documented):
                continue
            default = subject.default.removesuffix(" B")
            assert documented[name] == default, name
    known = {name for table in SECURITY_SUBJECTS.values() for name in table}
    assert documented.keys() - known == {"up"}


def test_every_default_fits_what_it_judges():
    """Each one is a limit that an environment could write itself, and has a remedy."""
    for section, table in SECURITY_SUBJECTS.items():
        for name, subject in table.items():
            criterion = default_of(section, name)
            if criterion is not None:
                check_security_limit(name, criterion, [section])
                assert subject.remedy or name in ("status", "cookies"), name


def test_everything_that_is_read_has_a_row(load, servers, answer, authority):
    """A reading without a row would never be judged."""
    served = servers.http(lambda a: answer(429 if a.line.startswith("HEAD") else 200, {"Set-Cookie": "a=b"}))
    secure = servers.http(answer(200), tls=authority.server("127.0.0.1"))
    marked = "marker: x, credentials: {Authorization: y}"
    environment = load(f"""{{
        pages: {{pages: {{http: {served.url}, authenticated: true}}}}, cors: {{cors: {{http: {served.url}}}}},
        tls: {{tls: {{tls: "127.0.0.1:{secure.port}"}}}}, exposed: {{exposed: {{http: {served.url}}}}},
        refused: {{refused: {{http: {served.url}, {marked}}}}},
        bursts: {{bursts: {{http: {served.url}, method: HEAD}}}}}}""").model
    seen = take_looks(environment, [name for _, name, _ in environment.security.looks()])
    host = {"Privileged": False, "ReadonlyRootfs": False, "NetworkMode": "", "PidMode": "", "IpcMode": ""}
    document = {"Config": {"User": "1", "Image": ""}, "HostConfig": host, "Mounts": [], "NetworkSettings": {}}
    seen = {**seen, "containers": confinement(Attempt("containers.web.1", ""), document, {}, lambda _: None)}
    assert set(seen) == set(SECTIONS)
    for section, found in seen.items():
        parts = {evidence.subject.partition(".")[2] for evidence in found} - {"up"}
        assert parts
        assert {part for part in parts if not pattern_of(part, SECURITY_SUBJECTS[section])} == set()


@pytest.mark.parametrize(
    ("subject", "wrong", "right"),
    [
        ("nosniff", "= 1", "= true"),
        ("nosniff", "<= 5s", "one of true, false"),
        ("nosniff", "~ true", "= false"),
        ("framing", "= true", "= nobody"),
        ("framing", "one of nobody, 1", "one of nobody, listed"),
        ("status", "= ok", "one of 200, 204"),
        ("status", "~ 2..", "< 300"),
        ("hsts.max_age", ">= 180", ">= 180d"),
        ("cookie.a.b.secure", "= yes", "= true"),
        ("exposed./.env", "= no", "= false"),
        ("web-1.memory_limit", "<= 2s", "<= 2 GiB"),
    ],
)
def test_a_limit_that_nothing_could_meet(subject, wrong, right):
    """Of another kind than its readings: an error before the run."""
    check_security_limit(subject, parse(right), SECTIONS)
    with pytest.raises(ValueError, match="can't limit"):
        check_security_limit(subject, parse(wrong), SECTIONS)


def test_a_subject_that_does_not_exist():
    """The nearest one is named."""
    with pytest.raises(ValueError, match=r"did you mean 'hsts\.max_age'"):
        check_security_limit("hsts.maxage", AtMost(1), SECTIONS)


def test_the_bounds_of_a_burst_are_those_of_the_check():
    """They are written twice, because the environment's models import no checks."""
    burst = environment_schema()["$defs"]["BurstLook"]["properties"]["requests"]
    assert any(choice.get("maximum") == MAX_BURST for choice in burst["anyOf"])
    assert _LONGEST_BURST == MAX_BURST_SECONDS
