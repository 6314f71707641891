"""Fingerprints: the same when lines move, other ones for what is new."""

import json
import re

import pytest

from tests.reports.read.findings.samples import BANDIT, GITLEAKS, NPM_6, SAMPLES, SARIF, TRIVY, changed

LINE_KEYS = ("line", "startLine", "endLine", "StartLine", "EndLine", "line_number", "lineNumber", "offset")


def prints(found):
    """In the order of the report."""
    return [finding.fingerprint for finding in found.findings]


def moved(value, by):
    """The document with all of its lines moved down."""
    if isinstance(value, dict):
        return {
            key: inner + by if key in LINE_KEYS and isinstance(inner, int) else moved(inner, by)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        if len(value) == 2 and all(isinstance(inner, int) for inner in value):
            return [inner + by for inner in value]
        return [moved(inner, by) for inner in value]
    return value


@pytest.mark.parametrize("name", SAMPLES)
def test_they_survive_that_lines_move(read, name):
    """In every format, though the places change with them."""
    document = json.dumps(moved(SAMPLES[name], 40))
    if name == "bandit":  # it writes the numbers of the lines into the code
        document = re.sub(r"(?<=[\"n])(\d+)(?= [a-z])", lambda match: str(int(match[1]) + 40), document)
    assert prints(read(document)) == prints(read(SAMPLES[name]))


@pytest.mark.parametrize("name", SAMPLES)
def test_no_two_findings_of_a_report_share_one(read, name):
    """Equal ones are numbered."""
    assert len(set(prints(read(SAMPLES[name])))) == 2


@pytest.mark.parametrize("name", SAMPLES)
def test_they_are_the_same_in_every_process(read, name):
    """A baseline is compared on another machine: nothing is salted."""
    first, second = prints(read(SAMPLES[name]))
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert first != second


def test_a_second_secret_of_a_rule_in_a_file_is_a_new_one(read):
    """The first keeps its fingerprint."""
    one, two = read(GITLEAKS[:1]), read(GITLEAKS)
    assert prints(two)[0] == prints(one)[0]
    assert prints(two)[1] not in prints(one)


def test_other_code_is_another_finding(read):
    """The same rule in the same file."""
    other = changed(BANDIT, ("results", 0, "code"), "9 subprocess.call(y, shell=True)\n")
    assert prints(read(other))[0] != prints(read(BANDIT))[0]
    spaced = changed(BANDIT, ("results", 0, "code"), "9     subprocess.call(x,  shell=True)\n")
    assert prints(read(spaced))[0] == prints(read(BANDIT))[0]


def test_another_file_rule_or_package_is_another_finding(read):
    """Each of them alone."""
    path = ("Results", 0, "Vulnerabilities", 0)
    for key in ("VulnerabilityID", "PkgName"):
        assert prints(read(changed(TRIVY, (*path, key), "other")))[0] != prints(read(TRIVY))[0]
    other = changed(TRIVY, ("Results", 1, "Target"), "other/Dockerfile")
    assert prints(read(other))[1] != prints(read(TRIVY))[1]


def test_a_new_tag_or_version_is_no_new_finding(read):
    """Each release of an image has another tag."""
    document = changed(TRIVY, ("Results", 0, "Target"), "registry.example/app:1.8 (debian 12.6)")
    document = changed(document, ("Results", 0, "Vulnerabilities", 0, "InstalledVersion"), "3.0.1-1")
    assert prints(read(document)) == prints(read(TRIVY))


def test_another_path_to_a_package_is_no_new_finding(read):
    """npm 6 lists the paths."""
    path = ("advisories", "534", "findings", 0, "paths")
    assert prints(read(changed(NPM_6, path, ["koa>debug"]))) == prints(read(NPM_6))


def test_the_fingerprints_of_the_tool_are_used(read):
    """Those that Semgrep gives to nobody are not."""
    path = ("runs", 0, "results", 0, "partialFingerprints")
    assert prints(read(changed(SARIF, path, {"primaryLocationLineHash": "other:1"})))[0] != prints(read(SARIF))[0]
    nothing = changed(SARIF, path, {"matchBasedId/v1": "requires login"})
    assert prints(read(nothing))[0] == prints(read(changed(SARIF, path)))[0]


def test_the_value_of_a_secret_is_in_no_fingerprint(read):
    """It could be guessed from it; the twin is code that is no secret."""
    for rule, same in (("generic.secrets.detected-token", True), ("python.lang.eval", False)):
        path = ("results", 0, "extra", "lines")
        document = changed(SAMPLES["semgrep"], ("results", 0, "check_id"), rule)
        one, other = read(changed(document, path, "a = 'first'")), read(changed(document, path, "a = 'second'"))
        assert (prints(one)[0] == prints(other)[0]) is same
