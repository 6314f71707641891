"""The value of a secret is nowhere in what is read from a report."""

import json

import pytest

from reports.read.recognise import read_any
from tests.reports.read.findings.samples import BANDIT, CHECKOV, GITLEAKS, SARIF, SEMGREP, changed

VALUE = "hunter2secretvalue"
RESULT = ("runs", 0, "results", 0)

OLD_GITLEAKS = [
    {"line": f"key={VALUE}", "lineNumber": 3, "offender": VALUE, "rule": "AWS", "file": "a.yml", "commit": "abc"}
]
LEAKS = {
    "leaks": [
        {
            "rule": "Password",
            "rule_id": "G1",
            "description": f"password: {VALUE}",
            "file": "a",
            "offender": f"password: {VALUE}",
        }
    ],
    "errors": [],
}


@pytest.mark.parametrize(
    "document",
    [
        [{**GITLEAKS[0], "Match": f"key = {VALUE}", "Secret": VALUE, "Message": VALUE}],
        [{**GITLEAKS[0], "Description": f'Found a token: "{VALUE}"', "Secret": VALUE}],
        OLD_GITLEAKS,
        LEAKS,
        changed(BANDIT, ("results", 0, "issue_text"), f"Possible hardcoded password: '{VALUE}'"),
        changed(BANDIT, ("results", 0, "code"), f"9 password = '{VALUE}'\n"),
        changed(SEMGREP, ("results", 0, "extra", "lines"), f"token = '{VALUE}'"),
        changed(SARIF, (*RESULT, "message", "text"), f'Possible hardcoded password: "{VALUE}"'),
        changed(SARIF, (*RESULT, "locations", 0, "physicalLocation", "region", "snippet", "text"), VALUE),
        changed(CHECKOV, ("results", "failed_checks", 0, "code_block"), [[4, f"password = {VALUE}"]]),
    ],
)
def test_no_value_of_a_secret_is_kept(read, write, document):
    """Neither in the findings nor in what is shown of them."""
    found = read(document)
    assert found.count
    assert VALUE not in repr(found)
    reading = read_any(write(json.dumps(document)))
    assert VALUE not in json.dumps(reading.facts())
    assert VALUE not in "\n".join(reading.lines())


@pytest.mark.parametrize(
    "text",
    ["Token validation: signature is not checked", "Passwords: use a hash", "API key: exposed by debug endpoint"],
)
def test_titles_of_other_findings_stay(read, text):
    """Only what is called hardcoded is masked in them; the twin is above."""
    assert read(changed(BANDIT, ("results", 0, "issue_text"), text)).findings[0].title == text
