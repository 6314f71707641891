"""Lighthouse and axe: scores and violations, and everything that must not look like a good page."""

import copy

import pytest

from checks.evidence import Gap, Reading
from reports.page_quality import Impact
from reports.read.problem import Effect
from tests.reports.read.quality.samples import AXE, LIGHTHOUSE, rule

OTHERS = [impact for impact in Impact if impact is not Impact.UNKNOWN]


def with_score(value):
    """The sample, with another score of the performance."""
    document = copy.deepcopy(LIGHTHOUSE)
    document["categories"]["performance"]["score"] = value
    return document


class TestLighthouse:
    def test_scores(self, read):
        """As they are, never rounded."""
        found = read(LIGHTHOUSE)
        assert found.scores == {"performance": 0.93, "accessibility": 1.0}
        assert (found.version, found.final) == ("12.2.1", "https://shop.example/")
        evidence = found.evidence("performance", "lhr.json")
        assert isinstance(evidence, Reading)
        assert (evidence.subject, evidence.value, evidence.unit) == ("lighthouse.performance", 0.93, "ratio")

    @pytest.mark.parametrize("version", ["6.0.0", "7.5.0", "8.6.0", "9.6.8", "10.4.0", "11.7.1", "12.8.2", "13.0.1"])
    def test_known_versions(self, read, version):
        """Until 9 there is no finalDisplayedUrl and no mode."""
        old = {k: v for k, v in LIGHTHOUSE.items() if k not in ("finalDisplayedUrl", "mainDocumentUrl", "gatherMode")}
        found = read(old | {"lighthouseVersion": version})
        assert (found.version, found.final, found.problems) == (version, "https://shop.example/", ())

    @pytest.mark.parametrize("version", ["5.6.0", "2.9.1", "14.0.0", "120.0.0", "twelve", "", None, 12])
    def test_other_versions_are_refused(self, refused, version):
        """Their scores may mean something else: until 2 they went to 100."""
        assert "Lighthouse" in refused(LIGHTHOUSE | {"lighthouseVersion": version}) or version in (
            "twelve",
            "",
            None,
            12,
        )

    def test_a_category_without_a_score_is_a_gap(self, read, doubts):
        """An audit of it broke: null is no 0 and no pass."""
        found = read(with_score(None))
        assert isinstance(found.evidence("performance", "lhr.json"), Gap)
        assert doubts(with_score(None)) == ["inconclusive: the category performance has no score: an audit of it broke"]

    def test_a_category_that_is_not_there_is_a_gap(self, read):
        """Run with `--only-categories`, say."""
        gap = read(LIGHTHOUSE).evidence("seo", "lhr.json")
        assert isinstance(gap, Gap)
        assert "it has performance, accessibility" in gap.reason

    @pytest.mark.parametrize("score", [1.01, -0.1, 93, "0.93", True, [], {}])
    def test_a_score_that_is_none_is_an_error(self, refused, score):
        """Nobody can say what was meant."""
        assert "the score of performance" in refused(with_score(score))

    @pytest.mark.parametrize("score", [0, 1, 0.0, 1.0])
    def test_scores_at_the_ends(self, read, score):
        """0 is a score."""
        assert read(with_score(score)).scores["performance"] == score

    def test_a_run_that_failed_has_no_scores(self, read, doubts):
        """Though some are in the file."""
        failed = LIGHTHOUSE | {"runtimeError": {"code": "NO_FCP", "message": "The page did not paint any content."}}
        assert set(read(failed).scores.values()) == {None}
        assert "NO_FCP: The page did not paint" in doubts(failed)[0]
        assert doubts(LIGHTHOUSE | {"runtimeError": {"code": "NO_ERROR", "message": ""}}) == []
        assert doubts({k: v for k, v in failed.items() if k != "categories"})
        assert doubts(LIGHTHOUSE | {"runtimeError": "broken"})

    def test_the_browsers_own_error_page_is_not_scored(self, doubts):
        """It is very accessible."""
        error = LIGHTHOUSE | {"finalDisplayedUrl": "chrome-error://chromewebdata/"}
        assert "chrome-error" in doubts(error)[0]

    def test_without_categories_nothing_is_proven(self, doubts, refused):
        """Empty, missing, or of another kind."""
        assert "scored nothing" in doubts(LIGHTHOUSE | {"categories": {}})[0]
        assert "categories" in refused({k: v for k, v in LIGHTHOUSE.items() if k != "categories"})
        assert "categories" in refused(LIGHTHOUSE | {"categories": []})
        assert "no `score`" in refused(LIGHTHOUSE | {"categories": {"performance": {}}})

    def test_what_else_is_worth_knowing_is_noted(self, read):
        """A redirect to the log-in, warnings, another mode."""
        found = read(
            LIGHTHOUSE
            | {"finalDisplayedUrl": "https://shop.example/login", "runWarnings": ["slow"], "gatherMode": "snapshot"}
        )
        assert [problem.effect for problem in found.problems] == [Effect.NOTE] * 3
        assert "led to https://shop.example/login" in found.problems[0].message

    def test_an_answer_of_pagespeed_insights_holds_one(self, read):
        """The same result, wrapped."""
        found = read({"captchaResult": "CAPTCHA_NOT_NEEDED", "id": "x", "lighthouseResult": LIGHTHOUSE})
        assert found.scores == read(LIGHTHOUSE).scores

    def test_large_results_are_recognised(self, read):
        """Screenshots may come before the version."""
        late = {"audits": {"screenshot": {"details": {"data": "x" * 200_000}}}} | LIGHTHOUSE
        assert read(dict(sorted(late.items()))).scores == read(LIGHTHOUSE).scores


class TestAxe:
    def test_violations(self, read):
        """Rules are counted, elements told."""
        found = read(AXE)
        assert (found.count, found.executed, found.version) == (2, 4, "4.12.1")
        assert found.by_impact == {Impact.MODERATE: 1, Impact.CRITICAL: 1}
        assert [(one.rule, one.impact, one.nodes) for one in found.violations] == [
            ("image-alt", Impact.CRITICAL, 3),
            ("region", Impact.MODERATE, 1),
        ]
        assert found.pages[0].tags == {"wcag2a", "wcag2aa"}

    @pytest.mark.parametrize(("limit", "wanted"), [("minor", 2), ("moderate", 2), ("serious", 1), ("critical", 1)])
    def test_evidence_counts_what_is_as_bad_or_worse(self, read, limit, wanted):
        """At least serious: serious and critical."""
        evidence = read(AXE).evidence(Impact(limit), "axe.json")
        assert (evidence.subject, evidence.value, evidence.samples) == (f"accessibility.{limit}", wanted, 4)

    @pytest.mark.parametrize("impact", [None, "", "blocker", 3, []])
    def test_an_unknown_impact_counts_against_each_limit(self, read, impact):
        """It may be critical."""
        found = read(AXE | {"violations": [rule("new-rule", impact)]})
        assert found.by_impact == {Impact.UNKNOWN: 1}
        assert [found.evidence(limit, "axe").value for limit in OTHERS] == [1, 1, 1, 1]

    def test_a_page_without_results_is_a_doubt(self, read, doubts):
        """No rule was run, or none applied: no violations prove nothing."""
        empty = AXE | {"violations": [], "passes": []}
        assert "axe came to a result for no rule" in doubts(empty)[0]
        assert isinstance(read(empty).evidence(Impact.MINOR, "axe"), Gap)
        del (missing := copy.deepcopy(empty))["passes"]
        assert "no rule" in doubts(missing)[0]
        assert doubts(AXE | {"violations": []}) == []

    def test_several_pages(self, read, doubts):
        """One that proves nothing is told among those that do."""
        pages = [AXE, AXE | {"url": "https://shop.example/pay", "violations": [], "passes": []}]
        found = read(pages)
        assert [page.url for page in found.pages] == ["https://shop.example/", "https://shop.example/pay"]
        assert found.count == 2
        assert "https://shop.example/pay" in doubts(pages)[0]

    def test_the_browsers_own_error_page_is_a_doubt(self, doubts):
        """The target was down."""
        assert "chrome-error" in doubts(AXE | {"url": "chrome-error://chromewebdata/"})[0]

    def test_a_rule_that_broke_is_a_doubt(self, doubts):
        """axe counts it as undecided; so are those that people have to look at, which are only noted."""
        broken = rule("color-contrast") | {"nodes": [{"none": [{"id": "error-occurred"}]}]}
        assert "rules of axe broke" in doubts(AXE | {"incomplete": [broken]})[0]
        assert doubts(AXE) == []

    def test_what_axe_could_not_decide_is_noted(self, read):
        """It is neither a violation nor a pass."""
        (note,) = read(AXE).problems
        assert (note.effect, "could not decide 1 rule" in note.message) == (Effect.NOTE, True)

    @pytest.mark.parametrize(
        ("only", "tags", "noted"),
        [
            (None, None, False),
            ("wcag2aa", {"wcag2aa"}, False),
            (["wcag2a", "wcag2aa"], {"wcag2a", "wcag2aa"}, False),
            ({"type": "tags", "values": ["wcag2a"]}, {"wcag2a"}, False),
            ({"type": "rule", "values": ["image-alt"]}, None, True),
        ],
    )
    def test_what_the_run_was_limited_to_is_known(self, read, only, tags, noted):
        """A run of one rule is no WCAG AA."""
        found = read(AXE | {"toolOptions": {"runOnly": only}})
        assert found.pages[0].tags == tags
        assert any("only chosen rules" in problem.message for problem in found.problems) == noted

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"violations": None}, "wanted a list of rules"),
            ({"violations": {}}, "wanted a list of rules"),
            ({"violations": [1]}, "wanted a list of rules"),
            ({"violations": [{}]}, "no `id`"),
            ({"passes": "many"}, "wanted a list of rules"),
        ],
    )
    def test_results_that_are_none(self, refused, change, words):
        """Each is an error."""
        assert words in refused(AXE | change)

    def test_a_page_on_which_axe_failed_is_an_error(self, refused):
        """It has no list of violations."""
        assert "axe did not finish there (timed out)" in refused([AXE, {"url": "x", "error": "timed out"}])

    def test_many_violations_are_counted(self, read):
        """The worst are kept."""
        many = [rule(f"r{number}", "minor") for number in range(500)] + [rule("worst", "critical")]
        found = read(AXE | {"violations": many})
        assert (found.count, len(found.violations), found.violations[0].rule) == (501, 50, "worst")
        assert found.lines()[-1] == "  and 451 more"
