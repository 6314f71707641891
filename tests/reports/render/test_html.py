"""The page as text: complete, escaped, bounded, self-contained."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from reports.gate_report import GateResult
from reports.render.html import ALL_DETAILS, render
from tests.reports import samples

MAKERS = [samples.passing, samples.failing, samples.inconclusive, samples.observed, samples.hostile]


def page_of(report):
    return render(report, samples.decided(report))


class _Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend((tag, name, value or "") for name, value in attrs)


@pytest.mark.parametrize("make", MAKERS)
def test_it_loads_nothing(make):
    """No element of the page asks for anything beyond the page, and the policy forbids it."""
    page = page_of(make())
    found = _Tags(page)
    for tag, name, value in found.attributes:
        if name in ("src", "href", "srcset", "action", "data"):
            assert value.startswith(("#", "data:image/svg+xml,")), (tag, name, value)
        assert not name.startswith("on")
        assert name != "style"
    assert "default-src 'none'" in unescape(page)
    assert found.tags.count("script") == found.tags.count("style") == 1
    assert not re.search(r"url\(|@import", page.split("</style>")[0])


def test_the_policy_names_the_hashes_of_style_and_script():
    """Only the page's own style and script are allowed, by their SHA-256."""
    page = page_of(samples.passing())
    for tag in ("style", "script"):
        inside = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        assert base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode() in page
    assert "unsafe" not in page


def test_the_first_screen_answers_the_four_questions():
    """What, why, which release and what now stand before the gates."""
    page = page_of(samples.failing())
    head = page.split("<main>")[0].split("<header>")[1]
    for words in (
        "REJECT",
        "load failed",
        samples.DIGEST,
        "stock-quotes",
        "Keep 1.4.1 serving",
        "trivy image --download-db-only",
    ):
        assert words in head


def test_every_judgement_is_there_with_its_facts():
    """Got, wanted, source, samples, attempts, duration, remedy and details can be found."""
    page = page_of(samples.failing())
    assert page.count('<li class="row"') == 22
    for words in (
        "812 ms",
        "&lt;= 500 ms with",
        "4,113",
        "3 attempts in 6.2 s",
        "31 ms",
        "second 40: p95 740 ms",
        "ab" * 32,
    ):
        assert words in page


def test_what_is_empty_is_said():
    """A report without gates and a gate without judgements have words, not blanks."""
    assert "No gate was run." in page_of(replace(samples.passing(), gates=()))
    assert "Nothing was judged, so nothing passed." in page_of(
        replace(samples.passing(), gates=(GateResult("load", True, ()),))
    )
    assert "Nothing was judged" not in page_of(samples.passing())


def test_hostile_texts_make_no_elements():
    """The hostile report has the same kinds of elements as an ordinary one, and no unseen character."""
    page = page_of(samples.hostile())
    ordinary = set(_Tags(page_of(samples.failing())).tags) | set(_Tags(page_of(samples.inconclusive())).tags)
    assert set(_Tags(page).tags) <= ordinary
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", page)


def test_a_megabyte_of_details_is_cut():
    """The hostile report's 3 MB of details and texts are a page of some 100 kB that says what it left out."""
    page = page_of(samples.hostile())
    assert len(page) < 200_000
    assert "characters are left out here" in page
    assert "the end" in page


def test_all_details_together_are_bounded():
    """1,000 logs of 16 kB do not make a page of 16 MB; those that are left out are named."""
    bad = tuple(samples.judged(f"s-{i}", 500, "= 200", details="y" * 16_000) for i in range(1000))
    page = page_of(replace(samples.passing(), gates=(GateResult("smoke", True, bad),)))
    assert len(page) < ALL_DETAILS + 2_500_000
    assert "are left out of this page" in page


def test_more_judgements_than_a_page_holds():
    """Beyond the limit of a gate, failures come first and the rest is counted."""
    report = samples.large(12_000, 3)
    page = page_of(report)
    assert page.count('<li class="row"') == 10_000
    assert "1,000 more judgements of this gate are left out" in page
    assert page.count('<li class="row" data-verdict="FAIL"') == 3


def test_observing_is_said_first():
    """The band stands before the decision."""
    page = page_of(samples.observed())
    assert page.index("OBSERVING</strong>") < page.index("<h1>")
    assert "OBSERVING</strong>" not in page_of(samples.failing())
