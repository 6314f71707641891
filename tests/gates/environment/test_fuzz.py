"""Whatever a file holds, reading it gives an environment or a configuration error, and nothing else."""

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gates.environment import LoadedEnvironment, examine
from gates.environment.find import PACKAGED
from gates.environment.schema import environment_schema
from gates.errors import ConfigurationError

_FUZZ = settings(
    max_examples=int(os.environ.get("TIDEGATE_FUZZ_EXAMPLES", "250")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SHIPPED = [path.read_bytes() for path in sorted(PACKAGED.glob("*.yaml"))]
#: Every key of every section, and some names.
KEYS = sorted(
    {key for part in environment_schema()["$defs"].values() for key in part.get("properties", {})}
    | set(environment_schema()["properties"])
    | {"health", "smoke", "a", "response_time"}
)


@pytest.fixture(scope="module")
def place():
    """A folder with the files that shipped ones extend."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in PACKAGED.glob("*.yaml"):
            (folder / path.name).write_bytes(path.read_bytes())
        yield folder


def check(place: Path, data: bytes) -> None:
    """Read bytes as an environment."""
    path = place / "fuzzed.yaml"
    path.write_bytes(data)
    examination = examine(path, {"A": "1", "MY_TOKEN": "hunter22"})
    if examination.loaded is None:
        assert examination.problems
    for problem in examination.problems:
        assert isinstance(problem, ConfigurationError)
        assert str(problem).strip()
        assert "hunter22" not in str(problem)
        for foreign in ("pydantic", "Value error", "Traceback"):
            assert foreign not in problem.message
    if examination.loaded is not None:
        assert isinstance(examination.loaded, LoadedEnvironment)
        assert not examination.problems
        assert "hunter22" not in repr(examination.loaded)


_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            "/x",
            "https://h.example.com/x",
            "h:443",
            "500ms",
            "<= 1s",
            "~ (",
            "${A}",
            "${MY_TOKEN}",
            "${demo.url}",
            "${file:fuzzed.yaml}",
            "{{ a }}",
            "base.yaml",
            "fuzzed.yaml",
            "floor.yaml",
            "GET",
            "health",
            "a",
        ]
    ),
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=4)), inner, max_size=5),
    ),
    max_leaves=25,
)


@_FUZZ
@given(st.dictionaries(st.sampled_from(KEYS), _TREES, max_size=8))
def test_any_tree_of_known_keys_is_read_or_refused(place, tree):
    """Known keys with any kind of value under them (JSON is YAML)."""
    check(
        place,
        json.dumps({"service": "shop", "gates": {"health": {}}, **tree}, ensure_ascii=False).encode("utf-8", "replace"),
    )


@_FUZZ
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_any_bytes_are_read_or_refused(place, data):
    """Files that were never meant to be environments."""
    check(place, data)


@_FUZZ
@given(st.data())
def test_any_damage_to_a_shipped_file_is_read_or_refused(place, data):
    """Cut, doubled, overwritten and swapped pieces of real files."""
    text = data.draw(st.sampled_from(SHIPPED))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 60)))
        piece = data.draw(
            st.one_of(
                st.just(b""),
                st.binary(max_size=4),
                st.sampled_from(
                    [b"\n", b"  ", b": ", b"- ", b"{", b"]", b"'", b'"', b"#", b"&a ", b"*a", b"!!x ", b"null"]
                ),
                st.just(text[start:end] * 2),
                st.integers(0, len(text)).map(lambda begin, text=text: text[begin : begin + 40]),
            )
        )
        text = text[:start] + piece + text[end:]
    check(place, text)
