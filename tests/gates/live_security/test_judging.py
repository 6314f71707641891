"""Each kind of look at a bad and at a good server: the exact verdict and the words, and nothing missing is a pass."""

import dataclasses
import itertools
import ssl

import pytest

from checks.evidence import Gap, Reading
from gates.criteria import parse
from gates.environment.security import PageLook
from gates.measured.judging import judge_check
from gates.measured.live_security import judge_look
from gates.measured.security_probes import take_looks
from gates.measurement import Measurement
from gates.plan import Check, Kind
from reports.verdict import Verdict, worst

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
GOOD = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
    "Set-Cookie": "sid=x; Secure; HttpOnly; SameSite=Lax",
}


def failed(judged):
    """The subjects that failed. Nothing else may be short of a pass."""
    assert not [subject for subject, judgement in judged.items() if judgement.verdict is INCONCLUSIVE]
    return {subject for subject, judgement in judged.items() if judgement.verdict is FAIL}


@pytest.fixture
def serve_page(servers, answer, authority):
    """Serve a page with these headers over TLS; how an environment declares it."""

    def serve(headers):
        served = servers.http(answer(200, headers), tls=authority.server("127.0.0.1"))
        return f"{{http: {served.url}, authenticated: true, tls: {{ca_file: {authority.file}}}}}"

    return serve


@pytest.mark.parametrize(
    ("header", "value", "subjects"),
    [
        ("", "", set()),
        ("Content-Security-Policy", None, {"csp.present", "csp.allows_inline_script", "csp.allows_eval", "framing"}),
        ("Content-Security-Policy", GOOD["Content-Security-Policy"].replace("base-uri 'none'; ", ""), {"base"}),
        ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; frame-ancestors *", {"framing"}),
        ("X-Content-Type-Options", None, {"nosniff"}),
        ("Referrer-Policy", "unsafe-url", {"referrer_policy"}),
        ("Strict-Transport-Security", "max-age=3600", {"hsts.max_age"}),
        ("Strict-Transport-Security", None, {"hsts.max_age"}),
        ("Server", "nginx/1.25.3", {"version_leaks"}),
        ("Cache-Control", "public", {"cache.stored"}),
        ("Set-Cookie", "sid=x; HttpOnly; SameSite=Lax", {"cookie.sid.secure"}),
        ("Set-Cookie", "sid=x; Secure; SameSite=Lax", {"cookie.sid.http_only"}),
        ("Set-Cookie", "sid=x; Secure; HttpOnly", {"cookie.sid.same_site"}),
        ("Set-Cookie", ["sid=x; Secure; HttpOnly; SameSite=Lax", "a.b=y"], {"cookie.a.b.secure"}),
    ],
)
def test_a_page(judged, serve_page, header, value, subjects):
    """One header differs, and exactly what it is about fails; without a difference everything passes."""
    headers = {name: text for name, text in {**GOOD, header: value}.items() if name and text is not None}
    found = judged(f"{{pages: {{front: {serve_page(headers)}}}}}")
    names = {subject.replace("csp.allows_any_base", "base") for subject in failed(found)}
    assert subjects <= names
    assert bool(subjects) == bool(names)
    assert all(found[subject].remedy for subject in failed(found))


def test_a_page_over_http(judged, servers, answer):
    """Browsers ignore HSTS and refuse Secure there: neither is asked for, unless a limit of the page itself does."""
    served = servers.http(answer(200, {**GOOD, "Set-Cookie": "sid=x; HttpOnly; SameSite=Lax"}))
    plain = judged(f"{{pages: {{front: {{http: {served.url}}}}}}}", limits='{hsts.max_age: ">= 1d"}')
    assert failed(plain) == set()
    assert not {"hsts.max_age", "cookie.sid.secure", "cache.stored"} & plain.keys()
    wanted = judged(f"{{pages: {{front: {{http: {served.url}, limits: {{https: '= true'}}}}}}}}")
    assert failed(wanted) == {"https"}


def test_whether_it_was_https_is_not_known():
    """What is wanted over https is wanted then, too; its twin, which came over http, is not asked for it."""
    page = PageLook.model_construct(http="/")
    seen = [Reading("p.up", True, "bool")]
    unknown = {j.subject: j.verdict for j in judge_look("pages", "p", page, seen, {})}
    assert unknown["p.hsts.max_age"] is INCONCLUSIVE
    plain = judge_look("pages", "p", page, [*seen, Reading("p.https", False, "bool")], {})
    assert "p.hsts.max_age" not in {j.subject for j in plain}


def test_who_may_read(judged, servers, answer):
    """A server that gives every origin its leave, with credentials; its twin names none."""

    def mirror(asked):
        origin = asked.headers.get("origin", "")
        return answer(200, {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"})

    bad, good = servers.http(mirror), servers.http(answer(200))
    assert failed(judged(f"{{cors: {{api: {{http: {bad.url}}}}}}}")) == {
        f"cors.{kind}.access" for kind in ("foreign", "null", "lookalike", "preflight")
    }
    assert failed(judged(f"{{cors: {{api: {{http: {good.url}}}}}}}")) == set()


def test_a_public_answer_is_public_to_sandboxed_frames_too(judged, servers, answer):
    """`*` is no fault; the origin `null` alone is."""
    public = servers.http(answer(200, {"Access-Control-Allow-Origin": "*"}))
    assert failed(judged(f"{{cors: {{api: {{http: {public.url}}}}}}}")) == set()
    null = servers.http(answer(200, {"Access-Control-Allow-Origin": "null"}))
    assert failed(judged(f"{{cors: {{api: {{http: {null.url}}}}}}}")) == {"cors.null.access"}


def test_versions_of_tls(judged, servers, answer, authority):
    """A server without TLS 1.3 fails; its twin has it."""
    old, new = authority.server("127.0.0.1"), authority.server("127.0.0.1")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    for context, wanted in ((old, {"tls.accepts.TLSv1.3"}), (new, set())):
        served = servers.http(answer(200), tls=context)
        assert failed(judged(f'{{tls: {{entrance: {{tls: "127.0.0.1:{served.port}"}}}}}}')) == wanted


@pytest.mark.parametrize(
    ("kind", "bits", "verdict"),
    [
        *(("RSA", 2047, FAIL), ("RSA", 2048, PASS), ("DSA", 1024, FAIL), ("EC", 255, FAIL), ("EC", 256, PASS)),
        *(("Ed25519", 256, PASS), ("Ed448", 456, PASS), ("unheard of", 2047, FAIL), ("", 512, FAIL)),
    ],
)
def test_how_long_a_key_is(load, kind, bits, verdict):
    """At the limit and just below; a type that is not known has to be long."""
    look = load('{tls: {t: {tls: "h:443"}}}').model.security.tls["t"]
    seen = [Reading("t.up", True, "bool"), Reading("t.certificate.key_bits", bits)]
    seen += [Reading("t.certificate.key_type", kind, "text")] if kind else []
    found = {j.subject: j.verdict for j in judge_look("tls", "t", look, seen, {})}
    assert found["t.certificate.key_bits"] is verdict


def test_what_must_not_answer(judged, servers, answer):
    """A server that shows its repository and an own export fails in both; the twin excepts the one it means."""

    def talk(asked):
        path = asked.line.split()[1]
        shown = {"/.git/config": b"[core]\n", "/export.csv": b"iban;1"}
        return answer(200, body=shown[path]) if path in shown else answer(404)

    served = servers.http(talk)
    look = f"http: {served.url}, also: [{{path: /export.csv, signature: iban}}]"
    found = judged(f"{{exposed: {{site: {{{look}}}}}}}")
    assert failed(found) == {"exposed./.git/config", "exposed./export.csv"}
    assert "change every secret" in found["exposed./.git/config"].remedy
    both = f'{look}, except: [/.git/config], limits: {{exposed./export.csv: "= true"}}'
    assert failed(judged(f"{{exposed: {{site: {{{both}}}}}}}")) == set()


def test_who_must_be_refused(judged, servers, answer):
    """A server that answers everybody, and one that wants the right token; the marker is in the real answer only."""

    def guarded(asked):
        right = asked.headers.get("authorization") == "Bearer right"
        return answer(200, body=b"the watchlist of mary") if right else answer(401)

    everybody, nobody = servers.http(answer(200, body=b"the watchlist of mary")), servers.http(guarded)
    marked = 'marker: watchlist of mary, credentials: {Authorization: "Bearer right"}'
    open_to_all = failed(judged(f"{{refused: {{list: {{http: {everybody.url}, {marked}}}}}}}"))
    kinds = [f"{kind}_token" for kind in ("without", "invalid", "empty", "unsigned")]
    assert open_to_all == {f"{kind}.{part}" for kind, part in itertools.product(kinds, ("status", "shows_data"))}
    closed = judged(f"{{refused: {{list: {{http: {nobody.url}, {marked}}}}}}}")
    assert failed(closed) == set()
    assert {"with_token.status", "with_token.shows_data"} <= closed.keys()
    wrong = marked.replace("mary", "paul")
    assert failed(judged(f"{{refused: {{list: {{http: {nobody.url}, {wrong}}}}}}}")) == {"with_token.shows_data"}


def test_a_rate_limit(judged, servers, answer):
    """Fifty answers in a row are no limit; the twin refuses after seven."""
    count = itertools.count(1)
    without = servers.http(answer(401))
    limited = servers.http(lambda _: answer(401) if next(count) <= 7 else answer(429))
    burst = "{{bursts: {{log-in: {{http: {}, method: POST, json: {{user: x}}}}}}}}"
    assert failed(judged(burst.format(without.url))) == {"rate_limit.refused"}
    assert len(without.asked) == 50
    found = judged(burst.format(limited.url))
    assert failed(found) == set()
    assert found["rate_limit.status"].reason == "429, is one of 429, 503"
    assert b'"user"' in limited.asked[0].body
    assert limited.asked[0].headers["content-type"] == "application/json"
    # Somebody else has used the limit up: that is no evidence, neither for nor against the target.
    found = judged(burst.format(limited.url))
    assert found["rate_limit.answered_before"].verdict is Verdict.INCONCLUSIVE
    assert all(one.verdict is Verdict.PASS for name, one in found.items() if name != "rate_limit.answered_before")


def test_what_does_not_answer_is_one_failure(judged, dead_port):
    """Refused connections, of each kind of look."""
    url = f"http://127.0.0.1:{dead_port}"
    for section in ("pages", "cors", "exposed", "refused", "bursts"):
        found = judged(f"{{{section}: {{x: {{http: {url}, remedy: start it}}}}}}")
        assert [(j.verdict, j.remedy) for j in found.values()] == [(FAIL, "start it")]
        assert "connection refused" in found["up"].reason


BOX = {
    **dict.fromkeys(("runs_as_root", "privileged", "engine_socket_mounted", "unconfined", "host_network"), False),
    **dict.fromkeys(("host_pid", "host_ipc", "published_on_all_interfaces"), False),
    **dict.fromkeys(("read_only_root", "no_new_privileges", "healthcheck", "image_pinned"), True),
    "capabilities_added": "none",
    "capabilities_dropped": "ALL",
    "memory_limit": 1 << 20,
    "cpu_limit": 0.5,
    "pids_limit": 100,
}


def _box(**changed):
    seen = [Reading("b.containers", 1)]
    for part, value in {**BOX, **changed}.items():
        unit = "bool" if isinstance(value, bool) else "text" if isinstance(value, str) else "1"
        seen.append(Reading(f"b.web.1.{part}", value, "B" if part == "memory_limit" else unit))
    return seen


@pytest.mark.parametrize(
    ("part", "value"),
    [
        *((part, not value) for part, value in BOX.items() if isinstance(value, bool)),
        *(("capabilities_added", "SYS_ADMIN"), ("capabilities_dropped", "none")),
    ],
)
def test_a_container(load, part, value):
    """Each fact alone fails, and without it everything passes."""
    look = load("{containers: {b: {project: shop}}}").model.security.containers["b"]
    good = judge_look("containers", "b", look, _box(), {})
    assert (len(good), worst(j.verdict for j in good)) == (len(BOX) + 1, PASS)
    bad = judge_look("containers", "b", look, _box(**{part: value}), {})
    assert [j.subject for j in bad if j.verdict is FAIL] == [f"b.web.1.{part}"]
    limited = {f"*.{part}": parse(f"= {str(value).lower() if isinstance(value, bool) else value}")}
    assert worst(j.verdict for j in judge_look("containers", "b", look, _box(**{part: value}), limited)) is PASS


def test_no_container_and_no_engine(load):
    """A service that does not run fails; an engine that can't be asked, or odd answers, are unknown."""
    look = load("{containers: {b: {project: shop}}}").model.security.containers["b"]

    def verdicts(*seen):
        return [j.verdict for j in judge_look("containers", "b", look, seen, {})]

    assert verdicts(Reading("b.containers", 0)) == [FAIL]
    assert verdicts(Gap("b.containers", "no engine")) == [INCONCLUSIVE]
    assert verdicts() == [INCONCLUSIVE]
    assert verdicts(Reading("b.containers", 1), Gap("b.web.runs_as_root", "can't be read")) == [PASS, INCONCLUSIVE]


def test_an_engine_that_cannot_be_asked(judged):
    """The look itself ends in a Gap: one judgement, INCONCLUSIVE."""
    found = judged("{containers: {b: {project: shop}}, engine: 'unix:///nowhere/docker.sock'}")
    assert {subject: judgement.verdict for subject, judgement in found.items()} == {"containers": INCONCLUSIVE}


def everything(servers, answer, authority):
    """One look of each kind over HTTP and TLS, all of them good."""
    count = itertools.count(1)
    page = servers.http(answer(200, GOOD), tls=authority.server("127.0.0.1"))
    limited = servers.http(lambda _: answer(401) if next(count) <= 3 else answer(429))

    def guard(asked):
        right = asked.headers.get("authorization") == "Bearer right"
        return answer(200, body=b"mary") if right else answer(401, body=b"no")

    guarded = servers.http(guard)
    missing = servers.http(answer(404))
    trust = f"tls: {{ca_file: {authority.file}}}"
    return f"""{{
        pages: {{page: {{http: {page.url}, {trust}, authenticated: true}}}},
        cors: {{cors: {{http: {page.url}, {trust}}}}},
        tls: {{tls: {{tls: "127.0.0.1:{page.port}"}}}},
        exposed: {{exposed: {{http: {missing.url}}}}},
        refused: {{refused: {{http: {guarded.url}, marker: mary, credentials: {{Authorization: "Bearer right"}}}}}},
        bursts: {{burst: {{http: {limited.url}}}}}}}"""


def test_nothing_that_is_missing_passes(load, servers, answer, authority):
    """Of good looks, each judged reading in turn is lost, or a Gap: the look is INCONCLUSIVE, and never a pass."""
    environment = load(everything(servers, answer, authority)).model
    looks = {name: (section, look) for section, name, look in environment.security.looks()}
    seen = take_looks(environment, looks)
    tried = 0
    for name, (section, look) in looks.items():
        good = judge_look(section, name, look, seen[name], {})
        assert [judgement.reason for judgement in good if judgement.verdict is not PASS] == []
        for subject in [judgement.subject for judgement in good]:
            gap = [Gap(e.subject, "lost") if e.subject == subject else e for e in seen[name]]
            without = [e for e in seen[name] if e.subject != subject]
            for changed in (gap, without):
                assert worst(j.verdict for j in judge_look(section, name, look, changed, {})) is INCONCLUSIVE
                tried += 1
        assert worst(j.verdict for j in judge_look(section, name, look, [], {})) is INCONCLUSIVE
    assert tried > 100


def test_not_measured_not_ready_and_a_need_that_is_down(load):
    """Each is INCONCLUSIVE, because of that; the twin with its evidence passes."""
    text = "endpoints: {db: {tcp: 'h:5432'}}"
    environment = load("{bursts: {x: {http: /, needs: [db], remedy: page somebody}}}", more=text).model
    check = Check("live-security", Kind.MEASURED, "x")
    good = (
        *(Reading("x.up", True, "bool"), Reading("x.rate_limit.refused", True, "bool")),
        *(Reading("x.rate_limit.answered_before", 3), Reading("x.rate_limit.status", 429)),
    )
    up, down = (Reading("db.up", value, "bool", detail="connection refused" * (not value)) for value in (True, False))
    whole = Measurement(looks={"live-security": {"x": good}}, evidence={"db": (up,)})
    for measurement, words in [
        (dataclasses.replace(whole, looks={}), "was not measured in this run"),
        (dataclasses.replace(whole, evidence={"db": (down,)}), "because db is down: connection refused"),
        (dataclasses.replace(whole, evidence={}), "because db could not be judged"),
        (dataclasses.replace(whole, ready=Reading("target.ready", False, "bool")), "because the target is not ready"),
    ]:
        [judgement] = judge_check(check, environment, measurement)
        assert (judgement.verdict, words in judgement.reason) == (INCONCLUSIVE, True)
    assert worst(j.verdict for j in judge_check(check, environment, whole)) is PASS


def test_which_limit_holds():
    """A look's own before the gate's before the default; the very name before the longest pattern."""
    seen = [
        Reading("p.up", True, "bool"),
        *(Reading(f"p.cookie.{c}.http_only", False, "bool") for c in ("a", "ab", "c")),
    ]
    either = parse("one of true, false")
    look = PageLook.model_construct(http="/", limits={"cookie.a*.http_only": either})

    def failed_cookies(own, limits):
        page = PageLook.model_construct(http="/", limits=own)
        found = judge_look("pages", "p", page, seen, limits)
        return [j.subject.split(".")[2] for j in found if j.verdict is FAIL]

    assert failed_cookies({}, {}) == ["a", "ab", "c"]
    assert failed_cookies({}, {"cookie.a.http_only": either}) == ["ab", "c"]
    assert failed_cookies(look.limits, {}) == ["a", "c"]
    assert failed_cookies({"cookie.*.http_only": parse("= true")}, {"cookie.a.http_only": either}) == ["a", "ab", "c"]
    assert failed_cookies({}, {"cookie.*.http_only": either, "cookie.c.http_only": parse("= true")}) == ["c"]
    assert failed_cookies({}, {"cookie.*.http_only": either, "cookie.a*.http_only": parse("= true")}) == ["ab"]
    assert failed_cookies({}, {"cookie.a*.http_only": either, "cookie.*.http_only": parse("= true")}) == ["a", "c"]


def test_a_limit_of_a_look_has_to_find_what_it_names():
    """A cookie that nobody sets is not judged by the gate's limit, and INCONCLUSIVE by the look's own."""
    seen = [Reading("p.up", True, "bool"), Reading("p.cookies", 0)]
    limit = {"cookie.sid.secure": parse("= true")}

    def about_it(own, limits):
        found = judge_look("pages", "p", PageLook.model_construct(http="/", limits=own), seen, limits)
        return [j.verdict for j in found if j.subject == "p.cookie.sid.secure"]

    assert about_it({}, limit) == []
    assert about_it(limit, {}) == [INCONCLUSIVE]
