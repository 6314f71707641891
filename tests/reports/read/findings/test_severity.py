"""The one order of severities."""

import pytest

from reports.finding import Severity


@pytest.mark.parametrize("limit", list(Severity))
def test_an_unknown_severity_counts_against_every_limit(limit):
    """Nobody can say that it is harmless."""
    assert Severity.UNKNOWN.at_least(limit)


@pytest.mark.parametrize("limit", [Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL])
def test_a_limit_counts_what_is_as_bad_or_worse(limit):
    """Just below does not count, at and above do."""
    known = [severity for severity in Severity if severity is not Severity.UNKNOWN]
    position = known.index(limit)
    assert [severity.at_least(limit) for severity in known] == [number >= position for number in range(len(known))]


@pytest.mark.parametrize("word", ["", "none of these", None, 3, [], "highest", "HIGH!"])
def test_what_is_no_severity_is_unknown(word):
    """Whatever a tool writes there."""
    assert Severity.of(word) is Severity.UNKNOWN


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("CRITICAL", Severity.CRITICAL),
        (" high ", Severity.HIGH),
        ("Moderate", Severity.MEDIUM),
        ("low", Severity.LOW),
        ("Negligible", Severity.INFO),
        ("info", Severity.INFO),
    ],
)
def test_words_of_tools_are_understood(word, severity):
    """In whatever case of letters."""
    assert Severity.of(word) is severity
