"""The sweep's JSON: nothing lost on the way to another process, and nothing taken that it did not write."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence import Gap, Reading
from checks.probes import HttpProbe
from checks.sweep import Sweep, sweep

SWEEP = Sweep({"a": (Reading("a.up", True, "bool", time=1.5), Gap("a.x", "why", time=2.0))}, 3, 0.25, 1.5, 1000.125)


def changed(**keys):
    data = json.loads(SWEEP.to_json())
    data.update(keys)
    return json.dumps({key: value for key, value in data.items() if value != "(gone)"})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        SWEEP.to_json()[:-1],
        changed(format="tidegate.sweep/2"),
        changed(concurrency="3"),
        changed(concurrency=True),
        changed(duration=None),
        changed(started="(gone)"),
        changed(more=1),
        changed(evidence=[]),
        changed(evidence={"a": []}),
        changed(evidence={"a": [{"kind": "reading"}]}),
        changed(evidence={"a": [{"kind": "opinion", "subject": "a", "time": 1}]}),
        SWEEP.to_json().replace('"duration": 1.5', '"duration": NaN'),
        SWEEP.to_json().replace(
            '"evidence": {', '"evidence": {"a": [{"kind":"gap","subject":"a","reason":"r","time":1}], '
        ),
    ],
)
def test_what_a_sweep_did_not_write_is_refused(text):
    """Half a sweep is not a sweep."""
    with pytest.raises(ValueError):
        Sweep.from_json(text)


def test_a_sweep_comes_back_as_it_was():
    """The twin: unchanged text."""
    assert Sweep.from_json(SWEEP.to_json()) == SWEEP


def test_a_real_sweep_comes_back_as_it_was(servers, dead_port):
    """Times, too, are equal on both sides."""
    body = '{"a": "é\\u0000\\ud800", "b": 1.0, "c": 12345678901234567890}'.encode()
    served = servers.http(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    good = HttpProbe("good", served.url, json_paths=("a", "b", "c", "d"), want_body=True)
    swept = sweep([good, HttpProbe("bad", f"http://127.0.0.1:{dead_port}/")])
    assert Sweep.from_json(swept.to_json()) == swept


@given(st.text(), st.text(), st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers()))
def test_any_text_and_number_comes_back(name, text, number):
    """Whatever a service says."""
    made = Sweep({name: (Reading("s", text, "text", time=1.0), Reading("n", number, time=1.0))}, 1, 0.0, 0.0, 0.0)
    assert Sweep.from_json(made.to_json()) == made
