"""The floor: limits that an environment may tighten, inherits where it leaves them out, and never loosens."""

import pytest

from gates.criteria import AtLeast, AtMost

FLOOR = """\
gates:
  health:
    required: true
    limits:
      response_time: "<= 1s"
"""
FRAME = """\
service: shop
base_url: https://h.example.com
floor: floor.yaml
endpoints: {a: {http: /a}, b: {http: /b}}
"""


def floor(text: str = FLOOR) -> dict[str, str]:
    """The files beside the environment."""
    return {"floor.yaml": text}


@pytest.mark.parametrize(
    ("bad", "key", "words", "good"),
    [
        (
            "gates: {health: {limits: {response_time: <= 2s}}}",
            "gates.health.limits.response_time",
            "'<= 2 s' is looser than the floor's '<= 1 s' (floor.yaml:5)",
            "gates: {health: {limits: {response_time: <= 1s}}}",
        ),
        (
            "gates: {health: {limits: {response_time: between 0 and 2s}}}",
            "gates.health.limits.response_time",
            "is looser",
            "gates: {health: {limits: {response_time: between 0 and 1s}}}",
        ),
        (
            "gates: {health: {required: false}}",
            "gates.health.required",
            "the floor needs this gate to be required (floor.yaml:3)",
            "gates: {health: {required: true}}",
        ),
        (
            "gates: {smoke: {}}",
            "gates",
            "the floor needs the gate 'health' (floor.yaml:2)",
            "gates: {smoke: {}, health: {}}",
        ),
        (
            "gates: {smoke: {}, health: {}}\nstages: {full: [smoke]}",
            "stages.full",
            "the default stage lacks the gate 'health', which the floor needs (floor.yaml:2)",
            "gates: {smoke: {}, health: {}}\nstages: {full: [health, smoke]}",
        ),
        (
            "gates: {smoke: {}, health: {}}\nstages: {quick: [health], full: [smoke]}\ndefault_stage: full",
            "stages.full",
            "the default stage lacks the gate 'health'",
            "gates: {smoke: {}, health: {}}\nstages: {quick: [smoke], full: [health]}\ndefault_stage: full",
        ),
    ],
)
def test_what_is_loosened_names_both_places(broken, read, *, bad, key, words, good):
    """The error stands in the environment's file and names the floor's file and line."""
    error = broken(f"{FRAME}{bad}\n", files=floor())
    assert (error.file, error.key) == ("env.yaml", key)
    assert words in str(error)
    read(f"{FRAME}{good}\n", files=floor())


def test_a_limit_that_is_left_out_is_inherited(read):
    """The gate has the floor's limit, and says that it came from there."""
    loaded = read(f"{FRAME}gates: {{health: {{}}}}\n", files=floor())
    assert loaded.model.gates["health"].limits == {"response_time": AtMost(1.0, "s")}
    assert loaded.origin("gates", "health", "limits", "response_time").place == "floor.yaml:5"
    assert [str(path) for path in loaded.files] == ["env.yaml", "floor.yaml"]


def test_a_tighter_limit_stays(read):
    """What is stricter than the floor is not replaced by it."""
    loaded = read(f"{FRAME}gates: {{health: {{limits: {{response_time: <= 200ms}}}}}}\n", files=floor())
    assert loaded.model.gates["health"].limits == {"response_time": AtMost(0.2, "s")}


def test_an_endpoint_can_not_loosen_the_gates_floor(broken, read):
    """An endpoint's own limit takes the place of the gate's, so it is held to the floor as well."""
    text = FRAME.replace("{http: /a}", "{http: /a, limits: {response_time: <= %s}}") + "gates: {health: {}}\n"
    error = broken(text % "5s", files=floor())
    assert error.key == "endpoints.a.limits.response_time"
    assert read(text % "500ms", files=floor()).model.endpoints["a"].limits["response_time"] == AtMost(0.5, "s")


def test_a_step_can_not_loosen_the_gates_floor(broken, read):
    """The same for the steps of journeys and the smoke gate."""
    text = FRAME + (
        "gates: {smoke: {}}\njourneys: {j: {steps: [{name: s, request: {url: /}, limits: {response_time: <= %s}}]}}\n"
    )
    files = floor(FLOOR.replace("health", "smoke"))
    assert broken(text % "5s", files=files).key == "journeys.j.steps.0.limits.response_time"
    read(text % "1s", files=files)


def test_an_advisory_gate_of_the_floor_may_be_left_out(read, broken):
    """`required: false` holds a gate to its limits where it is there, and asks for no gate."""
    files = floor(FLOOR.replace("required: true", "required: false"))
    read(f"{FRAME}gates: {{smoke: {{}}}}\n", files=files)
    assert "is looser" in str(broken(f"{FRAME}gates: {{health: {{limits: {{response_time: <= 2s}}}}}}\n", files=files))


def test_the_number_of_tests_is_a_floor(read, broken):
    """Fewer tests are refused, more stay, and none said is inherited."""
    files = floor("gates: {unit: {min_tests: 100}}\n")
    text = FRAME + "gates: {unit: {reports: [{junit: x}]%s}}\n"
    assert "99 is less than the floor's 100 (floor.yaml:1)" in str(broken(text % ", min_tests: 99", files=files))
    assert read(text % ", min_tests: 200", files=files).model.gates["unit"].min_tests == 200
    assert read(text % "", files=files).model.gates["unit"].min_tests == 100


def test_an_endpoint_is_held_to_its_own_floor(read, broken):
    """An endpoint's floor is inherited by it alone."""
    files = floor("endpoints: {a: {limits: {response_time: <= 500ms}}}\n")
    text = FRAME + "gates: {health: {}}\n"
    model = read(text, files=files).model
    assert model.endpoints["a"].limits == {"response_time": AtMost(0.5, "s")}
    assert model.endpoints["b"].limits == {}
    looser = text.replace("{http: /a}", "{http: /a, limits: {response_time: <= 1s}}")
    assert broken(looser, files=files).key == "endpoints.a.limits.response_time"


def test_an_endpoints_floor_does_not_loosen_the_gates_stricter_limit(read):
    """Inheriting 500 ms would take the place of the gate's 200 ms."""
    files = floor("endpoints: {a: {limits: {response_time: <= 500ms}}}\n")
    model = read(f"{FRAME}gates: {{health: {{limits: {{response_time: <= 200ms}}}}}}\n", files=files).model
    assert model.endpoints["a"].limits == {}
    model = read(f"{FRAME}gates: {{health: {{limits: {{response_time: <= 2s}}}}}}\n", files=files).model
    assert model.endpoints["a"].limits == {"response_time": AtMost(0.5, "s")}


def test_an_endpoint_that_only_the_floor_knows_is_an_error(broken):
    """A renamed endpoint does not slip from under its floor."""
    files = floor("endpoints: {c: {limits: {response_time: <= 500ms}}}\n")
    assert "the endpoint 'c' (floor.yaml:1), which is not there" in str(
        broken(f"{FRAME}gates: {{health: {{}}}}\n", files=files)
    )


def test_a_floor_is_inherited_and_can_not_be_replaced(read, broken):
    """An extending file may name a second floor; both then hold, and the strictest limit is inherited."""
    base = FRAME + "gates: {health: {}}\n"
    second = "gates: {health: {limits: {response_time: <= %s, certificate.expires_in: '>= 7d'}}}\n"
    files = {"base.yaml": base, "floor.yaml": FLOOR}
    assert "is looser" in str(
        broken("extends: base.yaml\ngates: {health: {limits: {response_time: <= 2s}}}\n", files=files)
    )
    for theirs, effective in (("5s", 1.0), ("500ms", 0.5)):
        loaded = read("extends: base.yaml\nfloor: mine.yaml\n", files={**files, "mine.yaml": second % theirs})
        assert loaded.model.gates["health"].limits == {
            "response_time": AtMost(effective, "s"),
            "certificate.expires_in": AtLeast(7 * 86400.0, "s"),
        }
    assert "can't be taken away" in str(broken("extends: base.yaml\nfloor: ~\n", files=files))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("gates: {}\n", "is a floor without gates and endpoints"),
        ("gates:\n", "has no value"),
        ("gates: {health: {limit: {}}}\n", "unknown key; did you mean 'limits'?"),
        ("gates: {health: {limits: {response_time: 1s}}}\n", "is looser than the floor's"),
        ("gates: {health: {limits: {response_time: 1}}}\n", "a limit is a text"),
        ("gates: {health: {limits: {response_tme: <= 1s}}}\n", "did you mean 'response_time'?"),
        ("gates: {health: {limits: {response_time: <= 1}}}\n", "can't limit response_time"),
        ("endpoints: {a: {}}\n", "is missing"),
        ("service: shop\n", "unknown key"),
        ("extends: base.yaml\n", "unknown key"),
        ("gates: {health: {min_tests: 5}}\n", "is for reports of the kind"),
        ("gates: {health: {required: '${A}'}}\n", "true or false is needed"),
    ],
)
def test_a_floor_that_can_not_be_read_is_an_error(broken, text, words):
    """A floor that says nothing, or something else than it was meant to, holds nothing up."""
    own = "{limits: {response_time: <= 2s}}" if "looser" in words else "{}"
    error = broken(f"{FRAME}gates: {{health: {own}}}\n", files=floor(text))
    assert words in str(error)


def test_a_missing_floor_is_an_error(broken):
    """The nearest file is named."""
    error = broken(FRAME.replace("floor.yaml", "flor.yaml") + "gates: {health: {}}\n", files=floor())
    assert (error.line, error.key) == (3, "floor")
    assert "did you mean 'floor.yaml'?" in str(error)
