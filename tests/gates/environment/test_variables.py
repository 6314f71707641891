"""`${VAR}`, `${VAR:-default}`, `${file:path}`: filled in once, wrapped where they are secret, never read again."""

import pytest

from checks.secrets import Secret, mask

GOOD = """\
service: shop
gates: {health: {}}
"""
HEADER = GOOD + "endpoints: {a: {http: 'https://h.example.com/', headers: {X-A: %s}}}\n"


def header(loaded):
    """The value of the one header."""
    return loaded.model.endpoints["a"].headers["X-A"]


@pytest.mark.parametrize(
    ("text", "environ", "value"),
    [
        ("plain", {}, "plain"),
        ("$HOME and $5 and $", {}, "$HOME and $5 and $"),
        ("'${A}'", {"A": "x"}, "x"),
        ("'a${A}b${B}c'", {"A": "1", "B": "2"}, "a1b2c"),
        ("'${A:-fallback}'", {}, "fallback"),
        ("'${A:-fallback}'", {"A": ""}, "fallback"),
        ("'${A:-fallback}'", {"A": "x"}, "x"),
        ("'${A:-}'", {}, ""),
        ("'${A:-a:-b}'", {}, "a:-b"),
        ("'$${A}'", {"A": "x"}, "${A}"),
        ("'$$${A}'", {"A": "x"}, "$${A}"),
        ("'${A}'", {"A": "${B}", "B": "x"}, "${B}"),
        ("'${A}'", {"A": "$${B}"}, "$${B}"),
        ("'${A}'", {"A": "x: y"}, "x: y"),
        ("'${A}'", {"A": "[1, 2]"}, "[1, 2]"),
        ("'${A}'", {"A": "*** !!x &a"}, "*** !!x &a"),
        ("'${A}'", {"A": "true"}, "true"),
    ],
)
def test_a_variable_is_filled_in_once(read, text, environ, value):
    """What a variable holds is a text: not YAML, and not searched for further variables."""
    assert header(read(HEADER % text, environ)) == value


@pytest.mark.parametrize(
    ("text", "environ", "words"),
    [
        ("'${A}'", {}, "the variable A is not set; set it, or write ${A:-default}"),
        ("'${A}'", {"A": ""}, "the variable A is empty"),
        ("'${SHOP_USER}'", {"SHOP_USER": ""}, "the variable SHOP_USER is empty; set it"),
        ("'${SHOP_USER}'", {"SHOP_USR": "x"}, "is not set; did you mean 'SHOP_USR'?"),
        ("'${}'", {}, "can't be read"),
        ("'${A-b}'", {"A": "x"}, "can't be read; write ${VAR}"),
        ("'${1A}'", {}, "can't be read"),
        ("'${A B}'", {}, "can't be read"),
        ("'${A'", {"A": "x"}, "a `${` is not closed"),
        ("'${A:-${B}}'", {}, "can't hold braces or further variables"),
        ("'${file:}'", {}, "can't be read: Is a directory"),
        ("'${file:missing}'", {}, "the secret file missing can't be read: No such file"),
        ("'${file:empty}'", {}, "the secret file empty is empty"),
        ("'${file:blank}'", {}, "the secret file blank is empty"),
        ("'${file:latin}'", {}, "can't be read: it is not in UTF-8"),
        ("'${file:large}'", {}, "is larger than 65,536 bytes"),
        ("'${file:nul}'", {}, "is not a text"),
        ("'${demo.url}'", {}, "is known only where the environment has a `demo:` section"),
        ("'${demo.ulr}'", {}, "there is no ${demo.ulr}; did you mean 'url'?"),
        ("'${A}'", {"A": "{{ token }}"}, "which journeys would fill in"),
        ("'${A}'", {"A": "${demo.url}"}, "can't hold `${demo.` itself"),
        ("'$${demo.url}'", {}, "can't hold `${demo.` itself"),
        ("'${A}'", {"A": "a\udc80"}, "does not hold valid UTF-8"),
        ("'${A}'", {"A": "x\x01y"}, "holds control characters"),
        ("'${A}'", {"A": "x\r\nX-Evil: 1"}, "the value of a header is one line"),
    ],
)
def test_a_variable_that_can_not_be_filled_in_is_an_error(broken, text, environ, words):
    """Each names the key and the line of the text."""
    files = {"empty": "", "blank": "\n \n", "latin": b"\xe4", "large": "x" * 65_537, "nul": "a\0b"}
    error = broken(HEADER % text, environ, files)
    assert (error.file, error.line, error.key) == ("env.yaml", 3, "endpoints.a.headers.X-A")
    assert words in str(error)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("API_TOKEN", True),
        ("DB_PASSWORD", True),
        ("db_passwd", True),
        ("CLIENT_SECRET", True),
        ("ApiKey", True),
        ("AWS_CREDENTIALS", True),
        ("SENTRY_DSN", True),
        ("BASIC_AUTH", True),
        ("USER_NAME", False),
        ("REGION", False),
    ],
)
def test_a_variable_that_is_named_like_a_secret_is_one(read, name, secret):
    """The whole text becomes a secret, and both it and the part are masked from then on."""
    value = header(read(HEADER % f"'Bearer ${{{name}}}'", {name: "hunter22"}))
    assert isinstance(value, Secret) is secret
    assert ("hunter22" not in mask("is hunter22 there?")) is secret
    assert (value.reveal() if isinstance(value, Secret) else value) == "Bearer hunter22"


def test_a_file_is_a_secret_without_its_last_line_end(read):
    """It is found beside the file that names it."""
    text = "extends: parts/base.yaml\n" + GOOD
    base = "endpoints: {a: {http: 'https://h.example.com/', headers: {X-A: '${file:pw.txt}'}}}\n"
    value = header(read(text, files={"parts/base.yaml": base, "parts/pw.txt": "hunter22\r\n"}))
    assert value == Secret("hunter22")
    assert mask("hunter22") == "***"


def test_a_default_of_a_secret_variable_is_no_secret_to_search_for(read):
    """`${DEMO_PASSWORD:-demo}` must not mask each `demo` in the report, and yet prints as stars where it stands."""
    value = header(read(HEADER % "'${DEMO_PASSWORD:-demo}'", {}))
    assert str(value) == "***"
    assert value.reveal() == "demo"
    assert mask("environment demo") == "environment demo"


@pytest.mark.parametrize(
    "text",
    [
        "service: ${MY_TOKEN}\ngates: {health: {}}\n",
        GOOD + "description: ${file:secret.txt}\n",
        GOOD + "base_url: https://h\nendpoints: {a: {http: /x, timeout: '${MY_TOKEN}'}}\n",
        GOOD + "base_url: https://h\nendpoints: {a: {http: /x, expect: {status: '${MY_TOKEN}'}}}\n",
        GOOD + "base_url: https://h\nendpoints: {a: {http: /x, expect: {json: {a.b: '${MY_TOKEN}'}}}}\n",
        GOOD + "base_url: https://h\nendpoints: {a: {http: /x, expect: {body: '${MY_TOKEN}'}}}\n",
        GOOD + "base_url: https://h\nendpoints: {a: {http: /x, needs: ['${MY_TOKEN}']}}\n",
        GOOD + "endpoints: {a: {tcp: '${MY_TOKEN}'}}\n",
        GOOD + "endpoints: {a: {tls: '${MY_TOKEN}'}}\n",
        GOOD + "stages: {full: ['${MY_TOKEN}']}\n",
        GOOD + "policy: {rollback: '${MY_TOKEN}'}\n",
        GOOD + "policy: {approvals: ['${MY_TOKEN}']}\n",
        GOOD + "demo: {faults: {hang: '${MY_TOKEN}'}}\n",
        GOOD + "gate_files: ['${MY_TOKEN}']\n",
        "service: x\ngates: {health: {limits: {response_time: '${MY_TOKEN}'}}}\n",
        "service: x\ngates: '${MY_TOKEN}'\n",
    ],
)
def test_a_secret_stands_only_where_something_is_sent(broken, text):
    """Elsewhere it is refused, and the message does not hold it: names and limits are printed in every report."""
    error = str(broken(text, {"MY_TOKEN": "hunter22"}, {"secret.txt": "hunter22"}))
    assert "a secret can't stand here" in error
    assert "hunter22" not in error


def test_a_secret_may_stand_in_what_is_sent(read):
    """URLs, headers, parameters, bodies and JSON documents take it."""
    text = """\
service: shop
base_url: https://${MY_TOKEN}.example.com
gates: {health: {}}
endpoints:
  a: {http: "/x?key=${MY_TOKEN}", headers: {X-A: "${MY_TOKEN}"}, body: "${MY_TOKEN}"}
journeys:
  j:
    steps:
      - {name: a, request: {url: /x, params: {p: "${MY_TOKEN}"}, json: {a: [{b: "${MY_TOKEN}"}]}}}
"""
    model = read(text, {"MY_TOKEN": "hunter22"}).model
    request = model.journeys["j"].steps[0].request
    for value in (model.endpoints["a"].http, request.params["p"], request.json_body["a"][0]["b"]):
        assert isinstance(value, Secret)
    assert model.url(model.endpoints["a"].http).reveal() == "https://hunter22.example.com/x?key=hunter22"
    assert "hunter22" not in repr(model)


@pytest.mark.parametrize(
    ("text", "environ", "good"),
    [
        ("endpoints: {a: {tcp: 'h:1', attempts: '${N}'}}", {"N": "three"}, "3"),
        ("endpoints: {a: {tcp: 'h:1', attempts: '${N}'}}", {"N": "3.0"}, "3"),
        ("endpoints: {a: {tcp: 'h:1', attempts: '${N}'}}", {"N": " 3"}, "3"),
        ("gates: {health: {required: '${N}'}}", {"N": "yes"}, "true"),
        ("gates: {health: {required: '${N}'}}", {"N": "1"}, "false"),
        ("endpoints: {a: {http: 'http://h/', timeout: '${N}'}}", {"N": "5"}, "5s"),
        ("endpoints: {a: {http: 'http://h/', expect: {status: '${N}'}}}", {"N": "20"}, "204"),
        ("gates: {health: {limits: {response_time: '${N}'}}}", {"N": "fast"}, "<= 1s"),
    ],
)
def test_a_variable_may_hold_a_number_where_one_is_needed(read, broken, text, environ, good):
    """A variable can hold nothing but text, so digits, true and false are accepted from it, and nothing else is."""
    start = "service: shop\n" if text.startswith("gates") else GOOD
    broken(f"{start}{text}\n", environ)
    read(f"{start}{text}\n", {"N": good})


def test_a_quoted_number_in_the_file_is_no_number(broken, read):
    """Who quotes means a text; the same without quotes is a number."""
    text = GOOD + "endpoints: {a: {tcp: 'h:1', attempts: %s}}\n"
    assert "a whole number is needed (without quotes)" in str(broken(text % "'3'"))
    assert read(text % "3").model.endpoints["a"].attempts == 3


def test_an_overridden_variable_need_not_be_set(read):
    """Only what is left after merging is filled in."""
    loaded = read(GOOD + "extends: base.yaml\ndescription: mine\n", files={"base.yaml": "description: '${UNSET}'\n"})
    assert loaded.model.description == "mine"
