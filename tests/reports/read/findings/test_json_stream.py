"""JSON as a stream: what `json.loads` reads, and an error for everything that is not to be believed."""

import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.read import json_stream
from reports.read.errors import ReportError
from reports.read.json_shape import shape_of
from reports.read.json_stream import JsonStream

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


def stream(content):
    """A stream of a text or of bytes."""
    return JsonStream(io.BytesIO(content.encode() if isinstance(content, str) else content), "report.json")


def whole(take, content):
    """The document to its end, read in one of the ways."""
    cursor = stream(content)
    value = take(cursor)
    cursor.finish()
    return value


def walk(cursor):
    """The document by steps as small as possible."""
    if cursor.kind == "an object":
        return {key: walk(cursor) for key in cursor.members("it")}
    if cursor.kind == "a list":
        return [walk(cursor) for _ in cursor.items("it")]
    return cursor.value()


@given(VALUES, st.integers(1, 9), st.sampled_from([None, 1]))
@settings(max_examples=150, deadline=None)
def test_every_way_to_read_gives_what_json_gives(value, chunk, indent):
    """As a whole, step by step, and skipped; in pieces of whatever size."""
    text = json.dumps(value, indent=indent, ensure_ascii=chunk % 2 == 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(json_stream, "_CHUNK", chunk)
        content = text.encode(errors="surrogatepass")
        at_once = stream(content)
        assert at_once.value() == json.loads(text)
        at_once.finish()
        steps = stream(content)
        assert walk(steps) == json.loads(text)
        steps.finish()
        skipped = stream(content)
        skipped.skip()
        skipped.finish()
        assert skipped.sha256 == at_once.sha256


@given(VALUES, st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_cut_off_is_an_error(value, data):
    """At whatever byte, however it is read."""
    content = json.dumps([value], ensure_ascii=False).encode(errors="replace")
    cut = data.draw(st.integers(0, len(content) - 1))
    for read in (JsonStream.value, walk, JsonStream.skip):
        with pytest.raises(ReportError, match=r"ends in the middle|no JSON"):
            read(stream(content[:cut]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"a": 1, "a": 2}', "'a' twice"),
        ('[{"b": {"a": 1, "a": 2}}]', "'a' twice"),
        ("[NaN]", "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ("[1e]", "no JSON"),
        ("[1 2]", "no JSON"),
        ('{"a" 1}', "no JSON"),
        ("{1: 2}", "no JSON"),
        ("[1,]", "no JSON"),
        ('{"a": 1,}', "no JSON"),
        ("['a']", "no JSON"),
        ("[1] x", "more follows after the end"),
        ("[1][2]", "more follows after the end"),
        ('["a\nb"]', "no JSON"),
        ("[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deeply"),
        ("[" + "9" * 5_000 + "]", "no JSON to be believed"),
        (b'["\xff"]', "not UTF-8"),
        (b'["a", \x00]', "no JSON"),
        (b'["a"]\x00\x00', "more follows"),
    ],
)
def test_what_is_not_to_be_believed_is_an_error(content, words):
    """As a whole, step by step and skipped; doubled keys do no harm in what is skipped."""
    for take in (JsonStream.value, walk) if "twice" in words else (JsonStream.value, walk, JsonStream.skip):
        with pytest.raises(ReportError, match=words):
            whole(take, content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_encodings_of_shells_are_read(encoding):
    """PowerShell writes UTF-16 with a mark."""
    assert stream('{"ä": "€😂"}'.encode(encoding)).value() == {"ä": "€😂"}


def test_an_error_names_the_line():
    """Also far into a file."""
    content = "[\n" + "1,\n" * 600_000 + "oops\n]"
    with pytest.raises(ReportError) as caught:
        walk(stream(content))
    assert (caught.value.file, caught.value.line) == ("report.json", 600_002)


def test_an_error_at_the_end_names_its_own_line():
    """Not one that depends on how the file was read."""
    with pytest.raises(ReportError) as caught:
        walk(stream("[\n1,\n2,\noops\n]\n"))
    assert caught.value.line == 4


def test_a_single_value_without_end_is_an_error(monkeypatch):
    """It would have to be held in memory."""
    monkeypatch.setattr(json_stream, "LONGEST_VALUE", 3 << 20)
    with pytest.raises(ReportError, match="goes on for more than 3 MiB"):
        stream('["' + "x" * (8 << 20) + '"]').value()


def test_numbers_at_the_edge_of_a_piece_are_whole(monkeypatch):
    """12 and 34 are not read for 1234."""
    monkeypatch.setattr(json_stream, "_CHUNK", 2)
    assert stream("[1234, 5678]").value() == [1234, 5678]
    assert stream("1234").value() == 1234


def test_the_shape_of_a_beginning_is_what_stands_in_it():
    """What is cut off is just not there."""
    shape = shape_of(b'{"runs": [{"tool": {"driver": {"name": "x"}}, "resu')
    assert shape.paths == {"runs", "runs[]", "runs[].tool", "runs[].tool.driver"}
    assert shape.error
    assert not shape.empty
