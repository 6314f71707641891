"""Tables and plots: what they refuse, how they travel, and that they stay of a bounded size."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.assembly import DeclaredGate, assemble
from gates.carrying import EXHIBIT, GATE, exhibit_from_property, exhibit_to_property
from reports import exhibit as module
from reports.case import Case, Outcome
from reports.exhibit import Column, ExhibitError, Plot, Series, Table, bounded, from_dict, to_dict
from tests.reports.samples import latency, requests_table

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*to_dict(latency()), "rows", "columns"]), inner),
    max_leaves=20,
)


@pytest.mark.parametrize("shown", [latency(), requests_table(), Table("empty", (), ()), Plot("empty", (), "s")])
def test_an_exhibit_comes_back_as_it_was(shown):
    """Through JSON and through a test's property."""
    assert from_dict(json.loads(json.dumps(to_dict(shown)))) == shown
    assert exhibit_from_property(exhibit_to_property(shown)) == shown


def test_a_row_of_another_length_is_refused():
    """A cell under the wrong head would say something false; the twin fits."""
    columns = (Column("a"), Column("b"))
    with pytest.raises(ExhibitError, match=r"row 2 of 't' has 1 cells for 2 columns"):
        Table("t", columns, (("x", "y"), ("x",)))
    assert Table("t", columns, (("x", "y"), ("x", None))).rows[1] == ("x", None)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"kind": "pie"}', '{"kind": "table", "title": 1}', "NaN", '{"kind": "plot"}', "[" * 100_000],
    ids=["empty", "list", "object", "unknown-kind", "wrong-type", "nan", "half", "deep"],
)
def test_what_is_no_exhibit_is_refused(text):
    """Each by one error of ours."""
    with pytest.raises(ExhibitError):
        exhibit_from_property(text)


@given(JSON)
def test_nothing_breaks_the_reader(data):
    """Any JSON value is an exhibit or an ExhibitError."""
    for kind in ("table", "plot"):
        try:
            shown = from_dict({**data, "kind": kind} if isinstance(data, dict) else data)
        except ExhibitError:
            continue
        assert from_dict(to_dict(shown)) == shown


def test_too_much_is_counted_or_thinned(monkeypatch):
    """Rows beyond the most are counted; of a long line every n-th point stays, the first and the last among them."""
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    monkeypatch.setattr(module, "MOST_POINTS", 3)
    cut = bounded(Table("t", (Column("n", "1"),), ((1,), (2,), (3,)), left_out=4))
    assert (cut.rows, cut.left_out) == (((1,), (2,)), 5)
    thin = bounded(Plot("p", (Series("s", tuple((float(x), 1.0) for x in range(8))),), "s"))
    assert [x for x, _ in thin.series[0].points] == [0, 3, 6, 7]
    assert thin.note == "Not every point is drawn."
    assert bounded(latency().__class__("p", (Series("s", ((0.0, 1.0),)),), "s")).note == ""


def test_what_a_test_shows_reaches_its_gate_and_a_broken_one_is_a_note():
    """An exhibit changes no verdict, and one that can't be read is not lost silently."""
    properties = ((GATE, "load"), (EXHIBIT, exhibit_to_property(requests_table())), (EXHIBIT, "{"))
    [gate] = assemble([DeclaredGate("load")], [Case("test_x", "m", Outcome.PASSED, properties=properties)])
    assert gate.exhibits == (requests_table(),)
    assert gate.notes[0].startswith("test_x: what it shows can't be read")
