"""Files that other tools really wrote: their totals are those of their source, or the difference is named here."""

import json

import pytest

from reports.coverage import merge
from reports.read.coverage.formats import read_coverage
from reports.read.errors import ReportError
from reports.read.problem import Effect
from reports.read.recognise import read_any

#: Totals that differ from the source's on purpose.
DIFFERENT_TOTALS = {
    "ReportGenerator/docs/Cobertura/Cobertura.xml": {
        # The source's 108 lines count a line once per method that it is in. The file shows 97 different lines, and so
        # does the same run in SonarQube's format.
        "line": (70, 97),
    },
    "jenkins-coverage-model/lcov/report.lcov": {
        # The source takes a line for covered because a branch in it was taken, though its record DA:20,0 says that it
        # was not executed. lcov itself counts the record.
        "line": (3, 6),
    },
    "jenkins-coverage-model/go/go-coverage-atomic.out": {
        # A block that is listed twice is one block, as in `go tool cover`; the source counts its statement twice.
        "statement": (14, 21),
    },
    "jenkins-coverage-model/go/go-relative-import.out": {"statement": (14, 21)},
}

#: Files that can't pass, though the source takes some of them as they are, and why.
DOUBTED = {
    # Cut down from larger files for the source's tests: the root still declares the whole.
    "jenkins-coverage-model/cobertura/cobertura-merge-a.xml": "declares 3,788 of 4,161 lines, shows 22 of 22",
    "jenkins-coverage-model/cobertura/cobertura-python.xml": "declares 2,514 of 2,661 lines, shows 19 of 19",
    "jenkins-coverage-model/cobertura/cobertura-duplicate-methods.xml": "declares 44 of 53 lines, shows 37 of 40",
    "jenkins-coverage-model/cobertura/merge-duplicate-a.xml": "declares 417 of 18,516 lines, shows 1 of 2",
    "jenkins-coverage-model/cobertura/merge-b.xml": "declares 8 of 8 lines, shows 27 of 50",
    "jacoco-report/aggregate-report.xml": "declares 7,593 of 9,823 lines, shows 10 of 28",
    "coveralls-coverage-reporter/clover/clover-unleash.xml": "declares 82 files, shows 2",
    # Without the end of the last line, which the Go tool always writes.
    "jenkins-coverage-model/go/go-relative-import.out": "may be cut off",
    "go-test-coverage/ok.profile": "may be cut off",
    "go-test-coverage/invalid_length.profile": "may be cut off",
    # Nothing in them.
    "jenkins-coverage-model/cobertura/empty.xml": "nothing to cover",
    "jenkins-coverage-model/clover/empty.xml": "nothing to cover",
    "jacoco-report/empty-report.xml": "nothing to cover",
    "jacoco-report/reports/empty.xml": "nothing to cover",
    "jacoco-report/reports/only_counter.xml": "nothing to cover",
    "jacoco-report/reports/package/package_with_counter.xml": "nothing to cover",
    "jacoco-report/reports/package/class/empty_class.xml": "nothing to cover",
    "jacoco-report/reports/package/sourcefile/empty_sourcefile.xml": "nothing to cover",
    "jacoco-report/reports/package/sourcefile/sourcefile_with_counter.xml": "nothing to cover",
}

#: Files of formats that are read, which can't be read: broken, or not of the format that their source says.
ERRORS = {
    "coveralls-coverage-reporter/cobertura/cobertura-oneline.xml": "not well-formed",
    "go-test-coverage/invalid_data.profile": "ends before it begins",
    "jenkins-coverage-model/jacoco/empty.xml": "the root element is <other>",
}

#: Formats that are refused, and the name in the refusal.
REFUSED = {
    "opencover": "OpenCover",
    "sonar-generic": "SonarQube",
    "coverage.py-text": "coverage.py's table for people",
    "simplecov": "SimpleCov",
    "simplecov-json": "SimpleCov",
    "simplecov-resultset": "SimpleCov",
}

#: Totals that the files state of themselves or that were counted by hand, where expected.json has none.
COUNTED = {
    "jenkins-coverage-model/clover/clover-empty-package.xml": ((69, 69), (14, 14)),
    "jenkins-coverage-model/clover/clover-empty-project-name.xml": ((12, 12), (0, 0)),
    "jenkins-coverage-model/cobertura/cobertura-js.xml": ((4, 4), (0, 0)),
    "jenkins-coverage-model/cobertura/cobertura-duplicate-go-init-methods.xml": ((3, 3), (0, 0)),
    "diff_cover/clover_test.xml": ((8, 8), (5, 6)),
    "ReportGenerator/Java/Clover_OpenClover4.3.1.xml": ((15, 22), (1, 2)),
    "ReportGenerator/CSharp/Cobertura_dotnettest.xml": ((158, 221), (15, 18)),
    "jacoco-report/multi_module/mathCoverage.xml": ((5, 10), (0, 0)),
    "coveralls-coverage-reporter/jacoco/jacoco-oneline-report.xml": ((5, 6), (2, 4)),
    "coveralls-coverage-reporter/lcov/for-base-path.lcov": ((16, 17), (7, 8)),
    "coveralls-coverage-reporter/cobertura/cobertura-conditions.xml": ((5, 6), (4, 9)),
    "coveralls-coverage-reporter/golang/coverage-two-slashes.out": ((1, 1), None),
    "go-test-coverage/ok_full.profile": ((351, 351), None),
}


@pytest.fixture(scope="session")
def entries(coverage_corpus):
    """What the sources state, by file."""
    return {entry["file"]: entry for entry in json.loads((coverage_corpus / "expected.json").read_text())}


def read(corpus, name):
    """The report, or the error."""
    try:
        return read_coverage(corpus / name)
    except ReportError as error:
        return error


def shares(coverage):
    """Lines and branches as pairs."""
    branches = coverage.branches
    lines = (coverage.lines.covered, coverage.lines.total)
    return lines, None if branches is None else (branches.covered, branches.total)


def stated(entry):
    """The pairs that a source states, by our names."""
    out = {}
    for key, ours in (("line", "lines"), ("statement", "lines"), ("branch", "branches")):
        if key in entry:
            out[ours] = (entry[key]["covered"], entry[key]["total"])
    root, totals = entry.get("root_attributes", {}), entry.get("totals", {})
    if root:
        out["lines"] = (int(root["lines-covered"]), int(root["lines-valid"]))
        if root["branches-valid"] != "NaN":
            out["branches"] = (int(root["branches-covered"]), int(root["branches-valid"]))
    if totals:
        out["lines"] = (totals["covered_lines"], totals["num_statements"])
    for key, pair in DIFFERENT_TOTALS.get(entry["file"], {}).items():
        out["branches" if key == "branch" else "lines"] = pair
    return out


def test_totals_are_what_the_sources_state(coverage_corpus, entries):
    """Every report of a format that is read has the totals that its own source states."""
    wrong, compared = {}, 0
    for name, entry in entries.items():
        if entry["format"] in REFUSED or name in ERRORS:
            continue
        coverage = read(coverage_corpus, name)
        if isinstance(coverage, ReportError):
            wrong[name] = str(coverage)
            continue
        found = dict(zip(("lines", "branches"), shares(coverage), strict=True))
        # Statements of Go are its lines here; the lines that a source counts beside them are not.
        wanted = stated({key: value for key, value in entry.items() if not (entry["format"] == "go" and key == "line")})
        compared += len(wanted)
        if any(found[key] != value for key, value in wanted.items()):
            wrong[name] = found
        if "files" in entry and len(coverage.files) != entry["files"]:
            wrong[name] = len(coverage.files)
    assert wrong == {}
    assert compared >= 15


@pytest.mark.parametrize("name", COUNTED)
def test_totals_that_were_counted(coverage_corpus, name):
    """The same for files whose source states nothing."""
    assert shares(read(coverage_corpus, name)) == COUNTED[name]


def test_lines_of_go_are_those_that_the_source_counts(coverage_corpus, entries):
    """Beside the statements, the lines below them agree with the source."""
    for name in (
        "jenkins-coverage-model/go/go-coverage-atomic.out",
        "jenkins-coverage-model/go/go-relative-import.out",
    ):
        files = read(coverage_corpus, name).files.values()
        covered = sum(len(file.covered_lines) for file in files)
        total = covered + sum(len(file.missed_lines) for file in files)
        assert (covered, total) == (entries[name]["line"]["covered"], entries[name]["line"]["total"])


def test_every_doubt_is_named(coverage_corpus, entries, doubts):
    """Which reports can't pass, and why; all others of the corpus can."""
    found = {}
    for name in entries:
        coverage = read(coverage_corpus, name)
        if not isinstance(coverage, ReportError) and doubts(coverage):
            found[name] = " | ".join(doubts(coverage))
    assert sorted(found) == sorted(DOUBTED)
    assert [name for name, words in DOUBTED.items() if words not in found[name]] == []


def test_what_cannot_be_read_says_why(coverage_corpus, entries):
    """Broken files and other formats are errors that name what they are, and never a report of nothing."""
    wrong = {}
    for name, entry in entries.items():
        words = ERRORS.get(name) or REFUSED.get(entry["format"])
        if words is None:
            continue
        with pytest.raises(ReportError) as caught:
            read_any(coverage_corpus / name)
        if words not in caught.value.message:
            wrong[name] = caught.value.message
    assert wrong == {}


def test_an_empty_report_has_no_ratio(coverage_corpus):
    """The source says null for it, and so do we."""
    assert read(coverage_corpus, "jacoco-report/empty-report.xml").lines.ratio is None


def test_profiles_of_two_runs_merge_to_what_the_source_says(coverage_corpus):
    """One run covered everything, so both together do."""
    parts = [read(coverage_corpus, f"go-test-coverage/{name}.profile") for name in ("ok", "ok_full", "ok_no_badge")]
    merged = merge(parts)
    assert (merged.lines.covered, merged.lines.total) == (351, 351)
    assert parts[0].lines.missed == 21


def test_a_shared_report_of_two_formats_agrees(coverage_corpus):
    """Two tools wrote the same run: the same lines and branches, one note on what is declared."""
    one, two = (
        read(coverage_corpus, f"ReportGenerator/CSharp/Cobertura_{name}.xml")
        for name in ("dotnettest", "dotnet-coverage")
    )
    assert one.files == two.files == merge([one, two]).files
    assert [problem.effect for problem in one.problems] == [Effect.NOTE]
