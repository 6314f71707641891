"""Whatever is missing, broken or of another kind is an error or a problem, in every format."""

import copy
import json

import pytest

from reports.read.recognise import KINDS
from tests.reports.read.quality.samples import SAMPLES

NAMES = sorted(SAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_a_valid_document_is_read_as_its_kind(read, doubts, name):
    """The passing twin of everything below."""
    found = read(SAMPLES[name])
    assert found.kind == name
    assert doubts(SAMPLES[name]) == []
    assert json.loads(json.dumps(found.facts()))["sha256"]
    assert found.lines()[0].startswith(f"{name}: ")
    assert name in {kind.name for kind in KINDS}


@pytest.mark.parametrize("content", ["", " \n", "{}", "[]", "null", "{", "nonsense", "<html><body>502</body></html>"])
def test_what_is_no_report_is_refused(refused, content):
    """Nothing, an empty document, a page of a proxy."""
    assert refused(content)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_that_was_cut_off_is_refused(refused, name):
    """Wherever it ends."""
    whole = json.dumps(SAMPLES[name])
    for length in range(1, len(whole), 7):
        assert refused(whole[:length])


@pytest.mark.parametrize("name", NAMES)
def test_no_number_may_be_nan(read, refused, name):
    """Python would read NaN and Infinity; neither is JSON, and every limit on them is false."""
    from reports.read.quality.formats import QUALITY_FORMATS

    assert {form.kind for form in QUALITY_FORMATS} == set(NAMES)
    for value in ("NaN", "Infinity", "-Infinity", "1e999"):
        for place in numbers(SAMPLES[name]):
            document = copy.deepcopy(SAMPLES[name])
            put(document, place, "#")
            content = json.dumps(document).replace('"#"', value)
            if decides(place) or (value != "1e999" and "audits" not in place):  # audits are stepped over
                assert refused(content), (place, value)


def decides(place) -> bool:
    """Whether a number is one that a reader looks at."""
    return place[-1] in {"complexity", "score", "duplicatedLines", "clones", "sources", "build", "image"} and (
        "audits" not in place
    )


def numbers(value, place=()):
    """The places of all numbers in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from numbers(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from numbers(inner, (*place, index))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


def put(document, place, value):
    """Set what is at a place."""
    for key in place[:-1]:
        document = document[key]
    document[place[-1]] = value


@pytest.mark.parametrize("name", NAMES)
def test_two_documents_in_one_file_are_refused(refused, name):
    """Two runs that appended."""
    assert "more follows" in refused(json.dumps(SAMPLES[name]) * 2)


@pytest.mark.parametrize(
    "document",
    [
        {"error": "internal server error"},
        {"errors": [{"message": "no"}]},
        {"statusCode": 502, "message": "bad gateway"},
        {"results": []},
        "just a text",
        42,
        True,
        [[]],
        [{}],
    ],
)
def test_an_error_in_place_of_a_report_is_refused(refused, document):
    """And anything else that no tool writes."""
    assert refused(document)
