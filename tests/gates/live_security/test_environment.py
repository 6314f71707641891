"""`security:` in an environment file: each broken file with its twin that fits, and floors."""

import pytest

from gates.environment import examine

FRAME = "service: shop\nbase_url: https://h.example.com\nendpoints: {db: {tcp: 'h:1'}}\n"


def problems(folder, text, floor=None):
    """The problems of a file, as `key: words`."""
    (folder / "env.yaml").write_text(text)
    if floor is not None:
        (folder / "floor.yaml").write_text(floor)
    return [f"{problem.key}: {problem}" for problem in examine(folder / "env.yaml", {"TOKEN": "t"}).problems]


@pytest.mark.parametrize(
    ("bad", "key", "words", "good"),
    [
        ("{pages: {a: {}}}", "security.pages.a.http", "is missing", "{pages: {a: {http: /}}}"),
        ("{page: {}}", "security.page", "did you mean 'pages'?", "{pages: {}}"),
        ("{pages: {a: {http: /, auth: true}}}", "security.pages.a.auth", "unknown key", "{}"),
        ("{pages: {a: {http: /}}, cors: {a: {http: /}}}", "security.cors.a", "security.pages has it too", "{}"),
        ("{pages: {a: {http: /, needs: [d]}}}", "needs", "did you mean 'db'?", "{pages: {a: {http: /, needs: [db]}}}"),
        ("{pages: {a: {http: /, limits: {nosnif: = true}}}}", "limits.nosnif", "did you mean 'nosniff'?", "{}"),
        (
            "{pages: {a: {http: /, limits: {rate_limit.status: = 429}}}}",
            "limits",
            "is not measured here",
            "{bursts: {a: {http: /, limits: {rate_limit.status: = 429}}}}",
        ),
        ("{cors: {a: {http: /, headers: {origin: x}}}}", "cors.a.headers", "write `origin:`", "{}"),
        ("{tls: {a: {tls: h}}}", "security.tls.a.tls", "write host:port", "{tls: {a: {tls: 'h:443'}}}"),
        ("{exposed: {a: {http: /, except: [/admn]}}}", "except", "did you mean '/admin'?", "{}"),
        ("{exposed: {a: {http: /, also: [{path: x}]}}}", "also.0", "write it from the root", "{}"),
        ("{exposed: {a: {http: /, also: [{path: /.env}]}}}", "also.0", "is asked for already", "{}"),
        ("{exposed: {a: {http: /, also: [{path: /x, signature: (}]}}}", "also.0", "is not a pattern", "{}"),
        ("{exposed: {a: {http: /, limits: {exposed./x: = true}}}}", "limits", "'/x' is not asked for", "{}"),
        ("{refused: {a: {http: /, headers: {Cookie: x}}}}", "headers.Cookie", "without credentials", "{}"),
        ("{refused: {a: {http: 'https://u:p@h/'}}}", "refused.a.http", "the URL has a login", "{}"),
        (
            "{refused: {a: {http: /, marker: x}}}",
            "refused.a.marker",
            "a marker needs credentials",
            '{refused: {a: {http: /, marker: x, credentials: {Authorization: "Bearer ${TOKEN}"}}}}',
        ),
        (
            "{bursts: {a: {http: /, requests: 501}}}",
            "requests",
            "from 1 to 500",
            "{bursts: {a: {http: /, requests: 500}}}",
        ),
        ("{bursts: {a: {http: /, within: 61s}}}", "within", "60s at most", "{bursts: {a: {http: /, within: 60s}}}"),
        ("{bursts: {a: {http: /, concurrency: 17}}}", "concurrency", "from 1 to 16", "{}"),
        (
            "{bursts: {a: {http: /, body: x, json: {a: ~}}}}",
            "json",
            "exclude",
            "{bursts: {a: {http: /, json: {a: ~}}}}",
        ),
        ("{containers: {a: {}}}", "containers.a", "exactly one of", "{containers: {a: {label: x}}}"),
        ("{containers: {a: {label: x, container: y}}}", "containers.a", "label and container", "{}"),
        (
            "{containers: {a: {label: x, service: y}}}",
            "containers.a.service",
            "write `project:`",
            "{containers: {a: {project: x, service: y}}}",
        ),
    ],
)
def test_what_does_not_fit(tmp_path, bad, key, words, good):
    """The key, the words, and nothing to say about the twin."""
    gates = "gates: {live-security: {}}\n"
    found = problems(tmp_path, f"{FRAME}security: {bad}\n{gates}")
    assert len(found) == 1, found
    assert key in found[0].partition(": ")[0]
    assert words in found[0]
    assert problems(tmp_path, f"{FRAME}security: {good}\n{gates}") == []


def test_nothing_is_left_to_ask(tmp_path):
    """All known paths excepted: nothing would be judged."""
    from checks.security.forbidden_paths import FORBIDDEN_PATHS

    paths = [entry.path for entry in FORBIDDEN_PATHS]
    text = f"{FRAME}security: {{exposed: {{a: {{http: /, except: {paths}}}}}}}\ngates: {{live-security: {{}}}}\n"
    assert "no path is left" in problems(tmp_path, text)[0]
    assert problems(tmp_path, text.replace("'/.env', ", "")) == []


def test_the_limits_of_the_gate(tmp_path):
    """A subject of any kind of look, and nothing else."""
    text = FRAME + "gates: {live-security: {limits: {%s}}}\n"
    assert problems(tmp_path, text % "hsts.max_age: '>= 1d', '*.privileged': = false") == []
    assert "did you mean 'hsts.max_age'?" in problems(tmp_path, text % "hsts.max_aga: '>= 1d'")[0]


@pytest.mark.parametrize(
    ("loose", "key", "tight"),
    [
        ("gates: {G: {limits: {nosniff: = false}}}", "gates.live-security.limits.nosniff", "nosniff: = true"),
        ("gates: {G: {limits: {cookie.a.secure: = false}}}", "limits.cookie.a.secure", "cookie.a.secure: = true"),
        ("security: {pages: {p: {http: /, limits: {nosniff: = false}}}}\ngates: {G: {}}", "pages.p.limits.nosniff", ""),
        (
            "security: {pages: {p: {http: /, limits: {'cookie.*.secure': = false}}}}\ngates: {G: {}}",
            "security.pages.p.limits.cookie.*.secure",
            "",
        ),
    ],
)
def test_a_floor_holds(tmp_path, loose, key, tight):
    """A limit of the gate, of one cookie, or of one look may be tighter than the floor's, never looser."""
    floor = "gates: {live-security: {limits: {nosniff: = true, 'cookie.*.secure': = true}}}\n"
    text = f"{FRAME}floor: floor.yaml\n{loose}\n".replace("G:", "live-security:")
    found = problems(tmp_path, text, floor)
    assert len(found) == 1, found
    assert key in found[0]
    assert "is looser than the floor's" in found[0]
    assert problems(tmp_path, text.replace("= false", "= true"), floor) == []
