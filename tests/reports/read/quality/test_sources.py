"""Complexity, duplication, SonarQube's gate and durations: totals, doubts, evidence."""

import pytest

from checks.evidence import Gap, Reading
from reports.read.problem import Effect
from tests.reports.read.quality.samples import DURATIONS, JSCPD, RADON, SONAR


def function(name="f", complexity=1, line=1, **more):
    """A block as radon writes it."""
    return {"type": "function", "rank": "A", "complexity": complexity, "lineno": line, "name": name} | more


class TestRadon:
    def test_functions_count_once_and_classes_not(self, read):
        """A method stands in its class and beside it; a function in a function counts for itself."""
        found = read(RADON)
        assert (found.count, found.files, found.maximum) == (3, 2, 12)
        assert [(one.name, one.where, one.complexity) for one in found.blocks] == [
            ("retry", "src/shop.py:5", 12),
            ("Basket.pay", "src/shop.py:2", 9),
            ("main", "src/main.py:3", 1),
        ]
        assert found.mean == pytest.approx(22 / 3)

    def test_the_worst_of_many_is_kept(self, read):
        """Though most are only counted."""
        blocks = [function(f"f{number}", number % 97, number + 1) for number in range(1, 1000)]
        found = read({"a.py": blocks})
        assert (found.count, found.maximum, len(found.blocks)) == (999, 96, 20)
        assert found.facts()["maximum"] == 96

    def test_a_file_that_could_not_be_read_is_a_doubt(self, doubts):
        """The worst function may be in it."""
        (only,) = doubts({"a.py": [function()], "b.py": {"error": "invalid syntax (<unknown>, line 1)"}})
        assert "radon could not read b.py: invalid syntax" in only
        assert doubts({"a.py": [function()]}) == []

    def test_only_unreadable_files_are_a_doubt(self, doubts, read):
        """No function was measured at all."""
        document = {"b.py": {"error": "invalid syntax"}}
        assert any("no function" in text for text in doubts(document))
        assert isinstance(read(document).evidence("radon"), Gap)

    def test_the_evidence_is_the_worst_function(self, read):
        """With where it is."""
        found = read(RADON).evidence("radon cc")
        assert isinstance(found, Reading)
        assert (found.subject, found.value, found.samples) == ("complexity", 12, 3)
        assert found.detail == "retry in src/shop.py:5"

    @pytest.mark.parametrize(
        "change",
        [
            {"complexity": None},
            {"complexity": "3"},
            {"complexity": -1},
            {"complexity": 2.5},
            {"complexity": True},
            {"complexity": 10**400},
            {"lineno": None},
            {"type": "module"},
            {"type": None},
        ],
    )
    def test_a_block_that_is_none_is_an_error(self, refused, change):
        """It might be the worst."""
        assert "a.py" in refused({"a.py": [function(), function() | change]})

    def test_endless_nesting_is_an_error(self, refused):
        """And no crash."""
        block = function()
        for _ in range(200):
            block = function(closures=[block])
        assert "nested" in refused({"a.py": [block]})


class TestJscpd:
    def test_totals(self, read):
        """The ratio comes from the lines, not from the rounded percentage."""
        found = read(JSCPD)
        assert (found.duplicated, found.total, found.files, found.count, found.ratio) == (12, 400, 2, 1, 0.03)
        assert [(one.first, one.second, one.lines) for one in found.clones] == [("a.py:1", "b.py:20", 12)]
        evidence = found.evidence("jscpd")
        assert (evidence.subject, evidence.value, evidence.unit) == ("duplication", 0.03, "ratio")
        assert evidence.detail == "12 of 400 lines"

    def test_no_clone_is_fine_where_lines_were_analysed(self, read, doubts):
        """0 of 400 lines is 0 %."""
        total = JSCPD["statistics"]["total"] | {"clones": 0, "duplicatedLines": 0}
        clean = {"duplicates": [], "statistics": {"total": total}}
        assert read(clean).ratio == 0
        assert doubts(clean) == []

    def test_nothing_analysed_is_a_doubt(self, read, doubts):
        """0 of 0 lines is not 0 %."""
        total = dict.fromkeys(JSCPD["statistics"]["total"], 0)
        nothing = {"duplicates": [], "statistics": {"total": total}}
        assert read(nothing).ratio is None
        assert "no line" in doubts(nothing)[0]
        assert isinstance(read(nothing).evidence("jscpd"), Gap)

    @pytest.mark.parametrize("change", [{"clones": 2}, {"clones": 0}, {"duplicatedLines": 0}])
    def test_totals_that_contradict_the_clones_are_a_doubt(self, doubts, change):
        """Somebody edited the file, or a tool cut it."""
        statistics = JSCPD["statistics"] | {"total": JSCPD["statistics"]["total"] | change}
        assert doubts(JSCPD | {"statistics": statistics})

    @pytest.mark.parametrize("key", ["lines", "duplicatedLines", "clones", "sources"])
    @pytest.mark.parametrize("value", [None, "3", -1, 0.5, True])
    def test_totals_have_to_be_numbers(self, refused, key, value):
        """Missing ones, too."""
        statistics = JSCPD["statistics"] | {"total": JSCPD["statistics"]["total"] | {key: value}}
        assert key in refused(JSCPD | {"statistics": statistics})

    def test_a_report_without_its_parts_is_an_error(self, refused):
        """Of what it says about clones, or about lines."""
        assert "duplicates" in refused({"statistics": JSCPD["statistics"]})
        assert "lines" in refused({"duplicates": [], "statistics": {}})


class TestSonarqube:
    def test_ok(self, read):
        """With the condition that was met; which commit it was, the answer does not say."""
        found = read(SONAR)
        assert found.facts()["status"] == "OK"
        assert [problem.effect for problem in found.problems] == [Effect.NOTE]
        assert found.gate.evidence("sonar").value == "OK"

    def test_error_fails(self, read):
        """And says which condition."""
        failed = SONAR["projectStatus"]["conditions"][0] | {"status": "ERROR", "actualValue": "71.2"}
        found = read({"projectStatus": {"status": "ERROR", "conditions": [failed]}})
        assert found.problems[0].effect is Effect.FAIL
        assert found.lines()[1] == "  new_coverage is 71.2, limit LT 80"
        assert found.gate.evidence("sonar").value == "ERROR"

    @pytest.mark.parametrize(
        "told",
        [
            {"status": "NONE", "conditions": []},
            {"status": "OK", "conditions": []},
            {"status": "OK"},
            {"status": "OK", "conditions": [{"status": "NONE", "metricKey": "new_coverage"}]},
        ],
    )
    def test_a_gate_that_judged_nothing_is_a_doubt(self, read, doubts, told):
        """OK without any condition is no pass."""
        assert doubts({"projectStatus": told})
        assert isinstance(read({"projectStatus": told}).gate.evidence("sonar"), Gap)

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ({"projectStatus": {}}, "known are OK"),
            ({"projectStatus": {"status": "PASSED"}}, "known are OK"),
            ({"projectStatus": {"status": None}}, "known are OK"),
            ({"projectStatus": {"status": ["OK"]}}, "known are OK"),
            ({"projectStatus": []}, "projectStatus"),
            ({"projectStatus": {"status": "OK", "conditions": {}}}, "conditions"),
            ({"projectStatus": {"status": "OK", "conditions": [1]}}, "conditions"),
            ({"projectStatus": {"status": "OK", "conditions": [{"status": "GREEN"}]}}, "condition"),
            ({"projectStatus": {"status": "OK", "conditions": [{"status": "ERROR"}]}}, "contradicts"),
            ({"errors": [{"msg": "Component key 'shop' not found"}]}, "Component key 'shop' not found"),
        ],
    )
    def test_answers_that_are_none(self, refused, document, words):
        """Each is an error that says what it is."""
        assert words in refused(document)


class TestDurations:
    def test_steps(self, read):
        """In seconds, with what they belong to."""
        found = read(DURATIONS)
        assert (found.seconds, found.commit) == ({"build": 312.4, "image": 41.0}, "4b1d2aa")
        evidence = found.evidence("build", "times.json")
        assert (evidence.subject, evidence.value, evidence.unit) == ("duration.build", 312.4, "s")

    def test_a_step_that_is_not_there_is_a_gap(self, read):
        """Naming those that are."""
        found = read(DURATIONS).evidence("biuld", "times.json")
        assert isinstance(found, Gap)
        assert "it has build, image" in found.reason

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ({"durations": {"build": "5 min"}}, "'build' is '5 min'"),
            ({"durations": {"build": -1}}, "at least 0"),
            ({"durations": {"build": None}}, "missing"),
            ({"durations": []}, "`durations` is a list"),
            ({"durations": {"build": 1}, "commmit": "x"}, "'commmit' is unknown; known are durations"),
            ({"durations": {"build": 1}, "finished": "today"}, "`finished` is 'today'"),
        ],
    )
    def test_mistakes_are_named(self, refused, document, words):
        """The file is written by a line of shell in somebody's CI."""
        assert words in refused(document)

    def test_no_step_is_a_doubt(self, doubts):
        """Nothing was measured."""
        assert doubts({"durations": {}})
