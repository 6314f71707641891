"""The engine's stream of a log: frames that are cut anywhere, pieces of long lines, and times in front."""

import contextlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.engine.log import _unframed, timed

AT = b"2026-11-20T10:11:12.000000001Z "


def frame(data, stream=1):
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


class Trickle(io.RawIOBase):
    """Gives no more than so many bytes at once."""

    def __init__(self, data, size):
        self._file, self._size = io.BytesIO(data), size

    def read(self, size=-1):
        return self._file.read(min(size, self._size) if size >= 0 else self._size)


def whole(data, size=1 << 16):
    found = {1: b"", 2: b""}
    for stream, piece in _unframed(Trickle(data, size)):
        found[stream] += piece
    return found


def test_an_empty_stream():
    """No frame, and frames of nothing."""
    assert whole(b"") == whole(frame(b"") * 3) == {1: b"", 2: b""}


def test_both_streams():
    """Each by itself, however they were mixed."""
    data = frame(AT + b"one\n") + frame(AT + b"two\n", 2) + frame(AT + b"three\n")
    assert whole(data) == {1: AT + b"one\n" + AT + b"three\n", 2: AT + b"two\n"}


def test_a_line_in_pieces_has_one_time():
    """What goes on has its time in front again, which is taken out; also where another stream comes in between."""
    data = frame(AT + b"abc") + frame(AT + b"other\n", 2) + frame(AT + b"def") + frame(AT + b"\n") + frame(AT + b"x\n")
    assert whole(data) == {1: AT + b"abcdef\n" + AT + b"x\n", 2: AT + b"other\n"}


@pytest.mark.parametrize("cut", [3, 8, 20])
def test_a_stream_that_breaks_off_is_an_error(cut):
    """In a header or in a message: more was promised than came."""
    with pytest.raises(ConnectionError, match="ended in the middle"):
        whole(frame(AT + b"one\n")[:cut])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([AT, AT + b"x", b"y\n", AT + b"z\n", b""])), st.integers(1, 20))
def test_pieces_make_no_difference(messages, size):
    """Read in pieces of any size, the lines are the same."""
    data = b"".join(map(frame, messages))
    assert whole(data, size) == whole(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_nonsense_ends(data):
    """Whatever comes instead of frames."""
    with contextlib.suppress(ConnectionError):
        whole(data)


def test_the_time_of_a_line():
    """In nanoseconds, and taken off; a line without one is left as it is."""
    assert timed(b"1970-01-01T00:00:05.500000000Z hello") == (5.5, b"hello")
    assert timed(b"1970-01-01T01:00:05+01:00 hello") == (5.0, b"hello")
    assert timed(b"hello") == (None, b"hello")
    assert timed(b"") == (None, b"")
