"""An environment as it was understood: merged, masked, each value with its place."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gates.environment.parse import parse_text
from gates.environment.plain import plain
from gates.environment.show import _inline, _table, as_json, as_text
from gates.environment.tree import Entry, Leaf, Listing, Origin, Table, Written

TEXT = """\
extends: base.yaml
floor: floor.yaml
endpoints:
  health: {headers: {Authorization: "Bearer ${MY_TOKEN}", X-User: "${USER_NAME}"}, timeout: 1s}
"""
FILES = {
    "base.yaml": "service: shop\nbase_url: ${demo.url}\ndemo: {}\nendpoints: {health: {http: /health}}\n"
    "gates: {health: {}}\n",
    "floor.yaml": "gates: {health: {limits: {response_time: <= 1s}}}\n",
}
ENVIRON = {"MY_TOKEN": "hunter22", "USER_NAME": "hunter22-fan"}


def test_each_value_says_where_it_comes_from(read):
    """From the file itself, from what it extends, from the floor; secrets are stars, late addresses stay open."""
    lines = [" ".join(line.split()) for line in as_text(read(TEXT, ENVIRON, FILES)).splitlines()]
    assert lines == [
        "# env: env.yaml ← base.yaml ← floor.yaml",
        "service: shop # base.yaml:1",
        'base_url: "${demo.url}" # base.yaml:2',
        "demo: {} # base.yaml:3",
        "endpoints:",
        "health:",
        "http: /health # base.yaml:4",
        "headers:",
        'Authorization: "***" # env.yaml:4',
        'X-User: "***-fan" # env.yaml:4',
        "timeout: 1s # env.yaml:4",
        "gates:",
        "health:",
        "limits:",
        'response_time: "<= 1s" # floor.yaml:1',
    ]


def test_what_stands_where_a_secret_belongs_is_stars(read):
    """A default of a secret variable, too, though the file shows it: whoever pastes this pastes no password."""
    loaded = read(TEXT.replace("${MY_TOKEN}", "${MY_TOKEN:-demo-default}"), {"USER_NAME": "x"}, FILES)
    assert "demo-default" not in as_text(loaded) + as_json(loaded)


def test_json_says_the_same(read):
    """Nested as `merged`, flat with places as `values`; the secret is in neither."""
    text = as_json(read(TEXT, ENVIRON, FILES))
    document = json.loads(text)
    assert "hunter22" not in text
    assert document["name"] == "env"
    assert document["files"] == ["env.yaml", "base.yaml", "floor.yaml"]
    assert document["merged"]["endpoints"]["health"]["headers"]["Authorization"] == "***"
    assert {"key": "endpoints.health.timeout", "value": "1s", "from": "env.yaml:4"} in document["values"]
    assert {"key": "gates.health.limits.response_time", "value": "<= 1s", "from": "floor.yaml:1"} in document["values"]


_ORIGIN = Origin("x.yaml", 1, 1)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=12),
    st.sampled_from(["yes", "null", "1", "a: b", "a #b", "- a", "'", '"', "${x}", "***", "a:", " a", "1e5", "x\ty\n"]),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b c", "yes", "1", "x: y"]), inner, max_size=3),
    ),
    max_leaves=12,
)


def node(value):
    """A tree of plain values."""
    match value:
        case dict():
            return Table({key: Entry(_ORIGIN, node(item)) for key, item in value.items()}, _ORIGIN)
        case list():
            return Listing(tuple(node(item) for item in value), _ORIGIN)
        case str():
            return Leaf(Written.at(value, _ORIGIN), _ORIGIN)
        case _:
            return Leaf(value, _ORIGIN)


def lists(value):
    """Tuples, which the tree holds, as lists."""
    match value:
        case dict():
            return {key: lists(item) for key, item in value.items()}
        case tuple():
            return [lists(item) for item in value]
        case _:
            return value


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["a", "b", "true", "c d"]), _TREES, min_size=1, max_size=3))
def test_what_is_shown_can_be_read_again(value):
    """Quoting is right for every value: the shown text is YAML that means the same."""
    assert lists(plain(parse_text("\n".join(_table(node(value), "")), "x.yaml"))) == value


@pytest.mark.parametrize("text", ["", "yes", "true", "12", "1e5", "a: b", "a,b", "[a]", "x" * 20 + "}"])
def test_a_text_in_a_list_is_quoted_where_it_has_to_be(text):
    """Inside brackets, commas and brackets end a text."""
    shown = f"a: {_inline(node([text, 'z']))}"
    assert plain(parse_text(shown, "x.yaml")) == {"a": (text, "z")}
