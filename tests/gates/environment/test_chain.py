"""`extends`: what is merged, what is replaced, what is removed, and where it says it came from."""

import pytest

BASE = """\
service: shop
base_url: https://shop.example.com
endpoints:
  health: {http: /health, timeout: 5s, headers: {X-A: one, X-B: two}, needs: [database]}
  database: {tcp: "db.example.com:5432"}
gates:
  health: {limits: {response_time: "<= 1s"}}
"""


def test_mappings_merge_and_everything_else_replaces(read):
    """A key inside a mapping changes alone; a list changes as a whole."""
    over = "extends: base.yaml\nendpoints: {health: {timeout: 1s, headers: {X-B: three}, needs: []}}\n"
    health = read(over, files={"base.yaml": BASE}).model.endpoints["health"]
    assert (health.timeout, health.headers, health.needs) == (1.0, {"X-A": "one", "X-B": "three"}, ())


@pytest.mark.parametrize("nothing", ["null", "~", ""])
def test_null_removes_what_is_inherited(read, nothing):
    """An endpoint, a header or a whole section can be taken away."""
    over = f"extends: base.yaml\nendpoints: {{health: {{needs: {nothing}}}, database: {nothing} }}\n"
    model = read(over, files={"base.yaml": BASE}).model
    assert list(model.endpoints) == ["health"]
    assert model.endpoints["health"].needs == ()


def test_null_where_nothing_is_inherited_is_an_error(broken):
    """Removing a mistyped name would silently remove nothing."""
    over = "extends: base.yaml\nendpoints:\n  databse: ~\n"
    error = broken(over, files={"base.yaml": BASE})
    assert (error.line, error.key) == (3, "endpoints.databse")
    assert "has no value" in str(error)


def test_null_is_a_value_in_a_json_body(read):
    """A document that is sent may hold null; in an extending file it removes what is inherited, as everywhere."""
    text = BASE + "journeys: {j: {steps: [{name: a, request: {url: /x, json: {a: null, b: [null, 1]}}}]}}\n"
    assert read(text).model.journeys["j"].steps[0].request.json_body == {"a": None, "b": [None, 1]}


@pytest.mark.parametrize("section", ["endpoints", "journeys", "groups", "external_services", "demo"])
def test_an_empty_section_is_a_section_with_nothing_in_it(read, section):
    """`endpoints:` with nothing after the colon is legal: the gate will say that nothing was looked at."""
    written = read(f"service: shop\ngates: {{health: {{}}}}\n{section}:\n").model
    explicit = read(f"service: shop\ngates: {{health: {{}}}}\n{section}: {{}}\n").model
    assert written == explicit
    assert getattr(written, section) is not None


@pytest.mark.parametrize("key", ["gates", "stages", "policy", "service", "base_url", "measure"])
def test_another_key_without_a_value_is_an_error(broken, key):
    """`gates:` with nothing after the colon is a mistake."""
    text = "\n".join(line for line in ("service: shop", "gates: {health: {}}") if not line.startswith(key))
    assert f"{key}: has no value" in str(broken(f"{text}\n{key}:\n"))


def test_a_chain_of_files_is_followed(read):
    """Three files, each relative to the one that names it; values remember their file and line."""
    loaded = read(
        "extends: parts/middle.yaml\ndescription: here\n",
        files={"parts/middle.yaml": "extends: ../base.yaml\nservice: other\n", "base.yaml": BASE},
    )
    assert [str(path) for path in loaded.files] == ["env.yaml", "parts/middle.yaml", "parts/../base.yaml"]
    assert loaded.model.service == "other"
    places = [loaded.origin(key).place for key in ("description", "service", "base_url")]
    assert places == ["env.yaml:2", "parts/middle.yaml:2", "parts/../base.yaml:2"]
    assert loaded.origin("endpoints", "health", "timeout").column == 27
    assert loaded.origin("endpoints", "health", "attempts") is None


@pytest.mark.parametrize(
    ("files", "line", "words"),
    [
        ({"env.yaml": "extends: env.yaml\n"}, 1, "in a circle: env.yaml → env.yaml"),
        (
            {"env.yaml": "service: a\nextends: b.yaml\n", "b.yaml": "\nextends: env.yaml\n"},
            2,
            "in a circle: env.yaml → b.yaml → env.yaml",
        ),
        (
            {"env.yaml": "extends: b.yaml\n", "b.yaml": "extends: ./c.yaml\n", "c.yaml": "extends: b.yaml\n"},
            1,
            "in a circle: b.yaml → c.yaml → b.yaml",
        ),
        ({"env.yaml": "extends: bsae.yaml\n", "base.yaml": BASE}, 1, "no file bsae.yaml; did you mean 'base.yaml'?"),
        ({"env.yaml": "extends: nowhere/base.yaml\n"}, 1, "there is no file nowhere/base.yaml"),
        ({"env.yaml": "extends: [a.yaml, b.yaml]\n"}, 1, "has to name one file, and holds a list"),
        ({"env.yaml": "extends:\nservice: a\n"}, 1, "has to name one file, and holds nothing"),
        ({"env.yaml": "extends: 5\n"}, 1, "has to name one file"),
        ({"env.yaml": 'extends: "${BASE}"\n'}, 1, "a variable can't stand here"),
        ({"env.yaml": "extends: base.yaml\n", "base.yaml": "service: [\n"}, 2, "is not closed"),
        ({"env.yaml": "extends: d.yaml\n", "d.yaml/x": ""}, 0, "is a folder"),
    ],
)
def test_a_chain_that_can_not_be_followed_is_an_error(broken, files, line, words):
    """Circles, missing files and lists are named where they are written."""
    error = broken("", files=files)
    assert error.line == line
    assert words in str(error)


def test_an_error_in_an_inherited_value_names_the_inherited_file(broken):
    """The place is where the person has to look."""
    error = broken("extends: base.yaml\n", files={"base.yaml": BASE.replace("5s", "5")})
    assert (error.file, error.line, error.key) == ("base.yaml", 4, "endpoints.health.timeout")
