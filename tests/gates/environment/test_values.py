"""Each kind of value: what is refused, in which words, and its twin that is read."""

from pathlib import Path

import pytest

from gates.criteria import AtLeast, AtMost, Equals, Matches, OneOf

ENDPOINT = "service: shop\ngates: {health: {}}\nbase_url: https://h.example.com\nendpoints: {a: {%s}}\n"
STEP = """\
service: shop
gates: {smoke: {}}
base_url: https://h
journeys: {j: {steps: [{name: one, request: {url: /x}%s}]}}
"""
ROOT = "service: shop\ngates: {health: {}}\n%s\n"


@pytest.mark.parametrize(
    ("frame", "bad", "words", "good"),
    [
        # durations
        (ENDPOINT, "http: /, timeout: 10", "10 has no unit: write 10s or 10ms", "http: /, timeout: 10s"),
        (ENDPOINT, "http: /, timeout: 1.5", "1.5 has no unit: write 1.5s", "http: /, timeout: 1.5s"),
        (ENDPOINT, "http: /, timeout: '10'", "wanted an amount in 's'", "http: /, timeout: '10s'"),
        (ENDPOINT, "http: /, timeout: 0s", "out of range", "http: /, timeout: 1ms"),
        (ENDPOINT, "http: /, timeout: -5s", "out of range", "http: /, timeout: 5s"),
        (ENDPOINT, "http: /, timeout: 2h", "at most 1h", "http: /, timeout: 1h"),
        (ENDPOINT, "http: /, timeout: soon", "is not an amount", "http: /, timeout: 1 min"),
        (ENDPOINT, "http: /, timeout: 5MB", "wanted an amount in 's'", "http: /, timeout: 5s"),
        (ENDPOINT, "http: /, timeout: true", "a duration is needed", "http: /, timeout: 5s"),
        (ENDPOINT, "http: /, timeout: [5s]", "a duration is needed, as in 500ms, 10s, 5min, not a list", "http: /"),
        (ENDPOINT, "http: /, pause: -1s", "0 or more", "http: /, pause: 0s"),
        (ENDPOINT, "http: /, pause: 1h", "at most 10min", "http: /, pause: 10min"),
        # whole numbers
        (ENDPOINT, "http: /, attempts: 0", "from 1 to 100", "http: /, attempts: 1"),
        (ENDPOINT, "http: /, attempts: 101", "from 1 to 100", "http: /, attempts: 100"),
        (ENDPOINT, "http: /, attempts: 2.0", "a whole number is needed, not the number 2.0", "http: /, attempts: 2"),
        (ENDPOINT, "http: /, attempts: true", "a whole number is needed", "http: /, attempts: 2"),
        (ENDPOINT, "http: /, attempts: two", "a whole number is needed", "http: /, attempts: 2"),
        # truth values
        (ENDPOINT, "http: /, follow_redirects: yes", "true or false is needed", "http: /, follow_redirects: true"),
        (ENDPOINT, "http: /, follow_redirects: on", "are texts", "http: /, follow_redirects: True"),
        (ENDPOINT, "http: /, follow_redirects: 1", "not the number 1", "http: /, follow_redirects: false"),
        (ENDPOINT, "http: /, follow_redirects: 'true'", "true or false is needed", "http: /, follow_redirects: true"),
        # texts and names
        (ROOT, "description: 5", "a text is needed, not the number 5; quote it", "description: '5'"),
        (ROOT, "description: true", "not the truth value `true`; quote it", "description: 'true'"),
        (ROOT, "description: ' '", "is empty", "description: x"),
        (ROOT, "description: [a]", "a text is needed, not a list", "description: a"),
        (ROOT, "description: {a: b}", "a text is needed, not a mapping", "description: a"),
        (ROOT, "stages: {full stop: [health]}", "is not a name", "stages: {full-stop: [health]}"),
        (ROOT, "stages: {-full: [health]}", "is not a name", "stages: {full: [health]}"),
        (ROOT, "stages: {fünf: [health]}", "is not a name", "stages: {v5: [health]}"),
        (
            ROOT,
            "stages: {full: health}",
            "a list is needed, not the text 'health'; write [a, b]",
            "stages: {full: [health]}",
        ),
        (ROOT, "stages: [full]", "a mapping is needed, not a list", "stages: {full: [health]}"),
        (ROOT, "endpoints: {a: /health}", "a mapping is needed, not the text '/health'", "endpoints: {}"),
        (ROOT, "measure: {concurrency: 0}", "from 1 to", "measure: {concurrency: 1, per_host: 1, max_lag: 50ms}"),
        # choices
        (ENDPOINT, "http: /, method: get", "'get' is not known; did you mean 'GET'?", "http: /, method: GET"),
        (ENDPOINT, "http: /, method: CONNECT", "'CONNECT' is not known", "http: /, method: OPTIONS"),
        (ENDPOINT, "dns: h, record: AAA", "did you mean 'AAAA'?", "dns: h, record: AAAA"),
        (ROOT, "policy: {rollback: auto}", "did you mean 'automatic'?", "policy: {rollback: automatic}"),
        (ROOT, "policy: {strategy: bluegreen}", "did you mean 'blue-green'?", "policy: {strategy: blue-green}"),
        # URLs and addresses
        (ENDPOINT, "http: health", "write https://host/path, or /path", "http: /health"),
        (ENDPOINT, "http: //h/health", "starts with two slashes", "http: https://h/health"),
        (ENDPOINT, "http: 'ftp://h/'", "write https://host/path", "http: 'http://h/'"),
        (ENDPOINT, "http: 'https://'", "names no host", "http: 'https://h'"),
        (ENDPOINT, "http: 'https://h:99999/'", "not a URL", "http: 'https://h:9999/'"),
        (ENDPOINT, "http: 'https://h:0/'", "port 0", "http: 'https://h:1/'"),
        (ENDPOINT, "http: 'https://h /'", "holds a space", "http: 'https://h/a%20b'"),
        (ENDPOINT, 'http: "https://h/\\n"', "holds a space or a control", "http: 'https://h/'"),
        (ENDPOINT, "http: 5", "a text is needed", "http: /5"),
        (ROOT, "base_url: /x", "a whole URL is needed", "base_url: https://h/x"),
        (ROOT, "base_url: 'https://h/?a=b'", "holds no query", "base_url: 'https://h/'"),
        (ENDPOINT, "tcp: db", "write host:port", "tcp: 'db:5432'"),
        (ENDPOINT, "tcp: 'db:0'", "write host:port", "tcp: 'db:1'"),
        (ENDPOINT, "tcp: 'db:65536'", "write host:port", "tcp: 'db:65535'"),
        (ENDPOINT, "tcp: 'https://db:1'", "write host:port", "tcp: '[::1]:1'"),
        (ENDPOINT, "tcp: 'd b:1'", "write host:port", "tcp: '10.0.0.1:1'"),
        (ENDPOINT, "tcp: '10.0.0.256:1'", "is not a host name", "tcp: '10.0.0.255:1'"),
        (ENDPOINT, "dns: a..b", "is not a host name", "dns: a.b."),
        (ENDPOINT, "dns: -a", "is not a host name", "dns: _a._tcp.b"),
        (ENDPOINT, "dns: h, addresses: [h]", "is not an IP address", "dns: h, addresses: [192.0.2.1, '2001:db8::1']"),
        (ENDPOINT, "dns: h, nameserver: ns.h", "write its IP address", "dns: h, nameserver: '127.0.0.1:5353'"),
        (ENDPOINT, "dns: h, nameserver: '127.0.0.1:70000'", "ports are", "dns: h, nameserver: 127.0.0.1"),
        # headers
        (ENDPOINT, "http: /, headers: {X A: b}", "'X A' is not the name of a header", "http: /, headers: {X-A: b}"),
        (ENDPOINT, "http: /, headers: {X-A: b, x-a: c}", "there twice: 'X-A' and 'x-a'", "http: /, headers: {X-A: b}"),
        (ENDPOINT, "http: /, headers: {Content-Length: 5}", "set by the client", "http: /, headers: {X-Length: 5}"),
        (ENDPOINT, 'http: /, headers: {X-A: "b\\nX-B: c"}', "is one line", "http: /, headers: {X-A: 'b X-B: c'}"),
        (ENDPOINT, "http: /, headers: {X-A: 1.5}", "quote it", "http: /, headers: {X-A: '1.5'}"),
        (ENDPOINT, "http: /, headers: {X-A: [b]}", "not a list", "http: /, headers: {X-A: 5}"),
        (ENDPOINT, "http: /, headers: [X-A]", "a mapping is needed, not a list", "http: /, headers: {}"),
        # expectations
        (ENDPOINT, "http: /, expect: {status: 99}", "from 100 to 599", "http: /, expect: {status: 100}"),
        (ENDPOINT, "http: /, expect: {status: []}", "needs at least one", "http: /, expect: {status: [200]}"),
        (ENDPOINT, "http: /, expect: {status: [200, ok]}", "an HTTP status", "http: /, expect: {status: [200, 204]}"),
        (ENDPOINT, "http: /, expect: {status: '200'}", "without quotes", "http: /, expect: {status: 200}"),
        (ENDPOINT, "http: /, expect: {status: true}", "an HTTP status", "http: /, expect: {status: '< 400'}"),
        (ENDPOINT, "http: /, expect: {status: '<= 5s'}", "can't judge this", "http: /, expect: {status: '<= 299'}"),
        (ENDPOINT, "http: /, expect: {json: {a..b: 1}}", "is not a JSON path", "http: /, expect: {json: {a.b: 1}}"),
        (
            ENDPOINT,
            "http: /, expect: {json: {a: [1]}}",
            "write 'one of a, b'",
            "http: /, expect: {json: {a: 'one of 1, 2'}}",
        ),
        (
            ENDPOINT,
            "http: /, expect: {json: {a: {b: 1}}}",
            "a value or a criterion",
            "http: /, expect: {json: {a.b: 1}}",
        ),
        (ENDPOINT, "http: /, expect: {json: {a: '> x'}}", "not an amount", "http: /, expect: {json: {a: '> 5'}}"),
        (
            ENDPOINT,
            "http: /, expect: {headers: {a: '<= 5'}}",
            "can't judge a text",
            "http: /, expect: {headers: {a: 5}}",
        ),
        (ENDPOINT, "http: /, expect: {body: '~ ('}", "not a regular expression", "http: /, expect: {body: '~ ()'}"),
        (ENDPOINT, "http: /, expect: {body: [ok]}", "not a list", "http: /, expect: {body: ''}"),
        (ENDPOINT, "http: /, expect: {version: a.}", "is not a JSON path", "http: /, expect: {version: a}"),
        # limits
        (
            ENDPOINT,
            "http: /, limits: {response_time: 500ms}",
            "is no limit",
            "http: /, limits: {response_time: <= 500ms}",
        ),
        (
            ENDPOINT,
            "http: /, limits: {response_time: 5}",
            "a limit is a text",
            "http: /, limits: {response_time: <= 5s}",
        ),
        (
            ENDPOINT,
            "http: /, limits: {response_time: <= 5}",
            "as in '<= 500ms'",
            "http: /, limits: {response_time: <= 5s}",
        ),
        (
            ENDPOINT,
            "http: /, limits: {response_time: '>= 5s'}",
            "is no limit",
            "http: /, limits: {response_time: < 5s}",
        ),
        (ENDPOINT, "http: /, limits: {response_tme: <= 5s}", "did you mean 'response_time'?", "http: /, limits: {}"),
        (
            ENDPOINT,
            "http: /, limits: {certificate.expires_in: <= 14d}",
            "is no limit of certificate.expires_in",
            "http: /, limits: {certificate.expires_in: '>= 14d'}",
        ),
        (
            ENDPOINT,
            "http: 'http://h/', limits: {certificate.expires_in: '>= 14d'}",
            "'certificate.expires_in' is not measured here",
            "http: 'https://h/', limits: {certificate.expires_in: '>= 14d'}",
        ),
        (
            ENDPOINT,
            "tcp: 'h:1', limits: {certificate.expires_in: '>= 14d'}",
            "not measured here; known are response_time",
            "tls: 'h:1', limits: {certificate.expires_in: '>= 14d'}",
        ),
        # captures
        (STEP, ", capture: {a: {json: a..b}}", "is not a JSON path", ", capture: {a: {json: a.b}}"),
        (STEP, ", capture: {a.b: {json: a}}", "is not the name of a capture", ", capture: {a_b: {json: a}}"),
        (STEP, ", capture: {a: {body: 'x'}}", "has 0 groups", ", capture: {a: {body: '(x)'}}"),
        (STEP, ", capture: {a: {body: '(x'}}", "is not a regular expression", ", capture: {a: {body: '(x)'}}"),
        (STEP, ", capture: {a: {header: 'x y'}}", "is not the name of a header", ", capture: {a: {header: x}}"),
        (STEP, ", capture: {a: {}}", "it has 0", ", capture: {a: {cookie: x}}"),
        (STEP, ", capture: {a: {json: a, header: b}}", "it has 2", ", capture: {a: {json: a}}"),
        # demo
        (ROOT, "demo: {faults: {error_rate: 1}}", "did you mean error_ratio?", "demo: {faults: {error_ratio: 1}}"),
        (ROOT, "demo: {faults: {error_ratio: 2}}", "from 0 to 1", "demo: {faults: {error_ratio: 0.2}}"),
        (ROOT, "demo: {faults: {hang: [1]}}", "a fault is set to", "demo: {faults: {hang: true}}"),
        (
            ROOT,
            "demo: {faults: {tls_expired: true, tls_expires_in_days: 5}}",
            "contradict each other",
            "demo: {faults: {tls_expires_in_days: 5}}",
        ),
    ],
)
def test_a_wrong_value_is_refused_and_its_twin_is_read(broken, read, *, frame, bad, words, good):
    """The message says what is needed, in words that do not come from a library."""
    error = broken(frame % bad)
    assert words in str(error)
    assert error.line >= 3
    assert error.key
    for foreign in ("pydantic", "Value error", "validation", "type=", "https://errors."):
        assert foreign not in str(error)
    read(frame % good)


def test_values_arrive_as_what_they_mean(read):
    """Durations are seconds, expectations and limits are criteria, header names are lower case."""
    text = ENDPOINT % (
        "http: /, timeout: 500ms, limits: {response_time: '<= 1s with >= 5 samples'}, "
        "expect: {status: [200, 204], json: {a: '> 0', b: x, c: true, d: '5'}, "
        "headers: {X-A: '~ ^a', X-B: 5}, body: ok}"
    )
    endpoint = read(text).model.endpoints["a"]
    assert endpoint.timeout == 0.5
    assert endpoint.limits == {"response_time": AtMost(1.0, "s", min_samples=5)}
    assert endpoint.expect.status == OneOf((200, 204))
    assert endpoint.expect.json_values == {
        "a": AtLeast(0, exclusive=True),
        "b": Equals("x"),
        "c": Equals(True),
        "d": Equals("5"),
    }
    assert endpoint.expect.headers == {"x-a": Matches("^a"), "x-b": Equals("5")}
    assert endpoint.expect.body == Equals("ok")


def test_what_is_left_out_has_the_documented_value(read):
    """An endpoint that only says where it is wants 200 within ten seconds, tried once, without redirects."""
    model = read(ENDPOINT % "http: /").model
    endpoint = model.endpoints["a"]
    assert endpoint.expect.status == Equals(200)
    assert (endpoint.timeout, endpoint.attempts, endpoint.pause, endpoint.method) == (10.0, 1, 0.5, "GET")
    assert not endpoint.follow_redirects
    assert endpoint.tls_options is None
    assert model.tls_for(endpoint).verify
    assert (model.measure.concurrency, model.measure.per_host, model.measure.max_lag) == (64, 16, 0.1)
    assert model.gates["health"].required
    assert model.policy.rollback == "approval"


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("http: /x, tls: {verify: false}", "http", "/x"),
        ("tcp: 'h:1'", "tcp", "h:1"),
        ("dns: h", "dns", "h"),
        ("tls: 'h:443', options: {server_name: n}", "tls", "h:443"),
    ],
)
def test_an_endpoint_says_which_kind_it_is(read, text, kind, target):
    """`tls:` is an address by itself, and options beside `http:`."""
    endpoint = read(ENDPOINT % text).model.endpoints["a"]
    assert (endpoint.kind, endpoint.target) == (kind, target)
    if kind == "http":
        assert not endpoint.tls_options.verify
    if kind == "tls":
        assert endpoint.tls_options.server_name == "n"


def test_files_are_found_beside_the_file_that_names_them(read, broken, folder):
    """Authorities and gate files are absolute paths afterwards; a missing one is an error with the nearest name."""
    files = {"parts/base.yaml": "gate_files: [gates, ../mine.py]\n", "parts/gates/gate_x.py": "", "mine.py": ""}
    model = read(ROOT % "extends: parts/base.yaml", files=files).model
    assert [path.resolve() for path in model.gate_files] == [folder / "parts/gates", folder / "mine.py"]
    assert all(path.is_absolute() for path in model.gate_files)
    text = ENDPOINT % "http: /, tls: {ca_file: %s}"
    error = broken(text % "ca.pme", files={"ca.pem": "x"})
    assert error.key == "endpoints.a.tls.ca_file"
    assert "did you mean 'ca.pem'?" in str(error)
    assert read(text % "ca.pem").model.endpoints["a"].tls_options.ca_file == Path("ca.pem").absolute()


def test_the_models_can_not_be_changed(read):
    """What was checked is what is used."""
    model = read(ROOT % "").model
    with pytest.raises(Exception, match="frozen"):
        model.service = "other"
