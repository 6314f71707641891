"""What has to fit together: each broken pair with its twin that fits."""

import pytest

FRAME = "service: shop\nbase_url: https://h.example.com\n"
JOURNEY = FRAME + "gates: {smoke: {}}\njourneys:\n  j:\n    steps:\n%s"


@pytest.mark.parametrize(
    ("bad", "key", "words", "good"),
    [
        # stages and gates
        ("gates: {}", "gates", "no gate is declared", "gates: {health: {}}"),
        ("stages: {full: [health]}", "gates", "is missing", "gates: {health: {}}\nstages: {full: [health]}"),
        (
            "gates: {health: {}}\nstages: {full: [helth]}",
            "stages.full.0",
            "there is no gate 'helth'; did you mean 'health'?",
            "gates: {health: {}}\nstages: {full: [health]}",
        ),
        ("gates: {a: {}}\nstages: {full: []}", "stages.full", "is empty", "gates: {a: {}}\nstages: {full: [a]}"),
        ("gates: {a: {}}\nstages: {x: [a, a]}", "stages.x.1", "listed twice", "gates: {a: {}}\nstages: {x: [a]}"),
        (
            "gates: {a: {}}\nstages: {x: [a], y: [a]}",
            "stages",
            "no `default_stage:` says which one runs",
            "gates: {a: {}}\nstages: {x: [a], y: [a]}\ndefault_stage: y",
        ),
        (
            "gates: {a: {}}\nstages: {quick: [a]}\ndefault_stage: qick",
            "default_stage",
            "did you mean 'quick'?",
            "gates: {a: {}}\nstages: {quick: [a]}\ndefault_stage: quick",
        ),
        ("gates: {a: {}}\ndefault_stage: x", "default_stage", "no stage 'x'", "gates: {a: {}}\ndefault_stage: full"),
        ("gates: {unit: {reports: []}}", "gates.unit.reports", "is empty", "gates: {unit: {reports: [{junit: x}]}}"),
        (
            "gates: {unit: {min_tests: 5}}",
            "gates.unit.min_tests",
            "and this gate has none",
            "gates: {unit: {min_tests: 5, reports: [{junit: x}]}}",
        ),
        (
            "gates: {unit: {required_tests: [a]}}",
            "gates.unit.required_tests",
            "and this gate has none",
            "gates: {unit: {required_tests: [a], reports: [{junit: x}]}}",
        ),
        (
            "gates: {unit: {reports: [{junit: x}], limits: {flakey: <= 0}}}",
            "gates.unit.limits.flakey",
            "did you mean 'flaky'?",
            "gates: {unit: {reports: [{junit: x}], limits: {flaky: <= 0}}}",
        ),
        (
            "gates: {health: {reports: [{junit: x}], limits: {response_time: <= 1s}}}",
            "gates.health.limits.response_time",
            "is not measured here; known are duration, flaky, skipped",
            "gates: {health: {reports: [{junit: x}], limits: {duration: <= 1h}}}",
        ),
        (
            "gates: {health: {limits: {duration: <= 5s}}}",
            "gates.health.limits.duration",
            "is not measured here",
            "gates: {smoke: {limits: {duration: <= 5s}}}",
        ),
        (
            "gates: {smoke: {limits: {anything: <= 5s}}}",
            "gates.smoke.limits.anything",
            "is not measured here",
            "gates: {mine: {limits: {anything: <= 5s}}}",
        ),
        # endpoints
        (
            "gates: {a: {}}\nendpoints: {x: {}}",
            "endpoints.x",
            "it has none",
            "gates: {a: {}}\nendpoints: {x: {http: /}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /, tcp: 'h:1'}}",
            "endpoints.x",
            "it has http and tcp",
            "gates: {a: {}}\nendpoints: {x: {tcp: 'h:1'}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {tls: {verify: true}}}",
            "endpoints.x",
            "it has none",
            "gates: {a: {}}\nendpoints: {x: {tls: 'h:443'}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {tcp: 'h:1', expect: {status: 200}}}",
            "endpoints.x.expect",
            "means nothing for a tcp endpoint",
            "gates: {a: {}}\nendpoints: {x: {http: /, expect: {status: 200}}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /, options: {verify: false}}}",
            "endpoints.x.options",
            "means nothing for a http endpoint",
            "gates: {a: {}}\nendpoints: {x: {http: /, tls: {verify: false}}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /, body: a, json: {}}}",
            "endpoints.x.json",
            "exclude one another",
            "gates: {a: {}}\nendpoints: {x: {http: /, json: {}}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {dns: h, record: MX, addresses: [192.0.2.1]}}",
            "endpoints.x.addresses",
            "a MX record holds no addresses",
            "gates: {a: {}}\nendpoints: {x: {dns: h, record: A, addresses: [192.0.2.1]}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /, needs: [y]}}",
            "endpoints.x.needs.0",
            "there is no endpoint 'y'",
            "gates: {a: {}}\nendpoints: {x: {http: /, needs: [y]}, y: {tcp: 'h:1'}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /, needs: [x]}}",
            "endpoints.x.needs.0",
            "needs go in a circle: x → x",
            "gates: {a: {}}\nendpoints: {x: {http: /, needs: []}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /, needs: [y]}, y: {http: /, needs: [z]}, z: {http: /, needs: [x]}}",
            "endpoints.z.needs.0",
            "needs go in a circle: x → y → z → x",
            "gates: {a: {}}\nendpoints: {x: {http: /, needs: [y, z]}, y: {http: /, needs: [z]}, z: {http: /}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /}, x.json: {http: /}}",
            "endpoints.x.json",
            "would be mistaken for the json of 'x'",
            "gates: {a: {}}\nendpoints: {x: {http: /}, x.v2: {http: /}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {target.ready: {http: /}}",
            "endpoints.target.ready",
            "names that begin with `target.`",
            "gates: {a: {}}\nendpoints: {target-ready: {http: /}}",
        ),
        # groups, external services
        (
            "gates: {a: {}}\ngroups: {g: {members: [x], at_least: 1}}",
            "groups.g.members.0",
            "there is no endpoint 'x'; no endpoint is declared",
            "gates: {a: {}}\nendpoints: {x: {http: /}}\ngroups: {g: {members: [x], at_least: 1}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /}}\ngroups: {g: {members: [x], at_least: 2}}",
            "groups.g.at_least",
            "2 of 1 members can never be up",
            "gates: {a: {}}\nendpoints: {x: {http: /}, y: {http: /}}\ngroups: {g: {members: [x, y], at_least: 2}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /}}\ngroups: {g: {members: [], at_least: 1}}",
            "groups.g.at_least",
            "1 of 0 members",
            "gates: {a: {}}\nendpoints: {x: {http: /}}\ngroups: {g: {members: [x], at_least: 1}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /}}\ngroups: {g: {members: [x]}}",
            "groups.g.at_least",
            "is missing",
            "gates: {a: {}}\nendpoints: {x: {http: /}}\ngroups: {g: {members: [x], at_least: 1}}",
        ),
        (
            "gates: {a: {}}\nendpoints: {x: {http: /}}\nexternal_services: {x: {url: 'https://o/'}}",
            "external_services.x",
            "the name 'x' is taken: endpoints has it too",
            "gates: {a: {}}\nendpoints: {x: {http: /}}\nexternal_services: {y: {url: 'https://o/'}}",
        ),
        (
            "gates: {a: {}}\nexternal_services: {y: {}}",
            "external_services.y.url",
            "is missing",
            "gates: {a: {}}\nexternal_services: {y: {url: 'https://o/'}}",
        ),
        # release
        (
            "gates: {a: {}}\nrelease: {url: /version}",
            "release",
            "says no path to learn the release from",
            "gates: {a: {}}\nrelease: {url: /version, id: id}",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(broken, read, *, bad, key, words, good):
    """The error stands at the key that has to change; the twin differs in that one fact."""
    error = broken(f"{FRAME}{bad}\n")
    assert error.key == key
    assert words in str(error)
    read(f"{FRAME}{good}\n")


@pytest.mark.parametrize(
    "text",
    [
        "endpoints: {a: {http: /x}}",
        "release: {url: /version, id: id}",
        "readiness: {http: /ready}",
        "external_services: {a: {url: /x}}",
        "journeys: {j: {steps: [{name: a, request: {url: /x}}]}}",
    ],
)
def test_a_path_needs_a_base_url(broken, read, text):
    """Without `base_url` nobody knows whose path it is."""
    text = f"service: shop\ngates: {{health: {{}}}}\n{text}\n"
    assert "is a path, and the environment has no base_url" in str(broken(text))
    read(f"{text}base_url: https://h.example.com\n")


@pytest.mark.parametrize(
    ("bad", "key", "words", "good"),
    [
        (
            '    - {name: a, request: {url: "/{{ id }}"}}\n',
            "steps.0.request.url",
            "{{ id }} is not captured by an earlier step; no earlier step captures anything",
            '    - {name: a, request: {url: "/id"}}\n',
        ),
        (
            '    - {name: a, request: {url: "/{{ id }}"}, capture: {id: {json: id}}}\n',
            "steps.0.request.url",
            "is not captured by an earlier step",
            (
                "    - {name: b, request: {url: /}, capture: {id: {json: id}}}\n"
                '    - {name: a, request: {url: "/{{ id }}"}, capture: {id: {json: id}}}\n'
            ),
        ),
        (
            (
                "    - {name: a, request: {url: /}, capture: {token: {json: t}}}\n"
                '    - {name: b, request: {url: /, headers: {A: "Bearer {{tokn}}"}}}\n'
            ),
            "steps.1.request.headers.A",
            "{{ tokn }} is not captured by an earlier step; did you mean 'token'?",
            (
                "    - {name: a, request: {url: /}, capture: {token: {json: t}}}\n"
                '    - {name: b, request: {url: /, headers: {A: "Bearer {{token}}"}}}\n'
            ),
        ),
        (
            '    - {name: a, request: {url: /, json: {a: [{b: "{{ c d }}"}]}}}\n',
            "steps.0.request.json.a.0.b",
            "{{ c d }} is not captured",
            "    - {name: a, request: {url: /, json: {a: [{b: c d}]}}}\n",
        ),
        (
            '    - {name: a, request: {url: /, params: {p: "{{ c }}"}}}\n',
            "steps.0.request.params.p",
            "is not captured",
            "    - {name: a, request: {url: /, params: {p: c}}}\n",
        ),
        (
            '    - {name: a, request: {url: /, body: "{{ c }}"}}\n',
            "steps.0.request.body",
            "is not captured",
            "    - {name: a, request: {url: /, body: c}}\n",
        ),
        (
            (
                "    - {name: a, request: {url: /}, capture: {id: {json: id}}}\n"
                '    - {name: b, request: {url: /}, expect: {json: {id: "{{ id }}"}}}\n'
            ),
            "steps.1.expect.json.id",
            "captures are filled into requests only",
            (
                "    - {name: a, request: {url: /}, capture: {id: {json: id}}}\n"
                '    - {name: b, request: {url: /}, expect: {json: {id: "{{ other }}"}}}\n'
            ),
        ),
        (
            "    - {name: log in, request: {url: /}}\n    - {name: Log-In, request: {url: /}}\n",
            "steps.1.name",
            "step 1 is called 'log-in' in reports, too",
            "    - {name: log in, request: {url: /}}\n    - {name: log out, request: {url: /}}\n",
        ),
        (
            "    - {name: '!', request: {url: /}}\n",
            "steps.0.name",
            "a letter or a digit",
            "    - {name: a!, request: {url: /}}\n",
        ),
        ("      []\n", "steps", "needs at least one step", "    - {name: a, request: {url: /}}\n"),
        (
            "    - {name: a, request: {url: /, body: x, json: {}}}\n",
            "steps.0.request.json",
            "exclude one another",
            "    - {name: a, request: {url: /, body: x}}\n",
        ),
        (
            "    - {name: a, request: {url: /}, limits: {certificate.expires_in: '>= 1d'}}\n",
            "steps.0.limits.certificate.expires_in",
            "is not measured here",
            "    - {name: a, request: {url: /}, limits: {response_time: '<= 1s'}}\n",
        ),
        ("    - {name: a}\n", "steps.0.request", "is missing", "    - {name: a, request: {url: /}}\n"),
        ("    - {request: {url: /}}\n", "steps.0.name", "is missing", "    - {name: a, request: {url: /}}\n"),
        (
            "    - {name: a, request: {url: /}}\n    needs: [nobody]\n",
            "needs.0",
            "there is no endpoint 'nobody'",
            "    - {name: a, request: {url: /}}\n    needs: []\n",
        ),
    ],
)
def test_what_does_not_fit_together_in_a_journey_is_refused(broken, read, *, bad, key, words, good):
    """Captures come before their use, steps have names of their own, a request has one body."""
    error = broken(JOURNEY % bad)
    assert error.key == f"journeys.j.{key}"
    assert words in str(error)
    read(JOURNEY % good)


def test_a_captured_url_may_begin_a_request(read):
    """What a step captured may be a whole URL, as a Location header is."""
    steps = "    - {name: a, request: {url: /}, capture: {next: {header: location}}}\n"
    loaded = read(JOURNEY % (steps + '    - {name: b, request: {url: "{{ next }}"}}\n'))
    assert loaded.model.url(loaded.model.journeys["j"].steps[1].request.url) == "{{ next }}"


def test_where_no_stage_is_declared_every_gate_is_judged(read):
    """The default is the strictest stage there is."""
    model = read(f"{FRAME}gates: {{health: {{}}, smoke: {{}}, mine: {{required: false}}}}\n").model
    assert model.all_stages == {"full": ("health", "smoke", "mine")}
    assert model.stage == "full"


def test_a_long_chain_of_needs_is_followed(read):
    """Endpoints may need one another many levels deep."""
    lines = [f"  e{i}: {{http: /, needs: [e{i + 1}]}}\n" for i in range(500)]
    read(f"{FRAME}gates: {{health: {{}}}}\nendpoints:\n{''.join(lines)}  e500: {{http: /}}\n")
