"""Limits on versions: their order, their text form, and what is stricter than what."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.evidence import Gap, Reading
from gates.criteria import CriterionError, OfVersion, from_scalar, parse
from reports.verdict import Verdict


@pytest.mark.parametrize(
    ("got", "limit", "verdict"),
    [
        ("3.0.11-1~deb12u2", "version >= 3.0.15", Verdict.FAIL),
        ("3.0.15-1~deb12u1", "version >= 3.0.15", Verdict.PASS),
        ("3.0.9", "version >= 3.0.15", Verdict.FAIL),
        ("3.0.15", "version < 3.0.15", Verdict.FAIL),
        ("3.0.15-2", "version = 3.0.15", Verdict.PASS),
        ("3.0.15-2", "version = 3.0.15-1", Verdict.FAIL),
        ("1:9.2", "version >= 10", Verdict.FAIL),
        ("2.0~rc1", "version >= 2.0", Verdict.FAIL),
        ("latest", "version >= 2.0", Verdict.INCONCLUSIVE),
        ("", "version >= 2.0", Verdict.INCONCLUSIVE),
    ],
)
def test_a_version_is_judged(got, limit, verdict):
    """By the order of package managers; what is no version can't be judged."""
    judgement = parse(limit).judge(Reading("app.version", got, "text"))
    assert judgement.verdict is verdict, judgement.reason


def test_the_reason_has_both():
    """Got and wanted, as they are written."""
    judgement = parse("version >= 3.0.15").judge(Reading("app.version", "3.0.11-1", "text"))
    assert judgement.reason == "3.0.11-1, wanted version >= 3.0.15"


def test_no_version_was_read():
    """A Gap, a package that is not there, a number."""
    limit = parse("version >= 3")
    assert limit.judge(Gap("app.version", "why")).verdict is Verdict.INCONCLUSIVE
    assert limit.judge(Reading("app.version", False, "present")).verdict is Verdict.FAIL
    assert limit.judge(Reading("app.version", 4)).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    "text", ["version", "version 3", "version >=", "version >= latest", "version ~ 3", "version == 3"]
)
def test_what_is_no_limit(text):
    """A sign and a version are needed; `version 3` is a text as any other."""
    if text in ("version", "version 3", "version ~ 3"):
        assert str(from_scalar(text)).startswith("= ")
    else:
        with pytest.raises(CriterionError):
            parse(text)


_VERSIONS = st.from_regex(r"([0-9]:)?[0-9][0-9a-z.~]{0,4}(-[0-9][a-z0-9]{0,2})?", fullmatch=True)
_LIMITS = st.builds(OfVersion, st.sampled_from(("<=", ">=", "<", ">", "=")), _VERSIONS)


@settings(max_examples=300, deadline=None)
@given(_LIMITS, _LIMITS, _VERSIONS)
def test_the_text_form_and_strictness(one, other, version):
    """What is written is read back; what the stricter lets pass, the other lets pass."""
    assert parse(str(one)) == one
    reading = Reading("v", version, "text")
    if one.at_least_as_strict_as(other) and one.met(reading)[0]:
        assert other.met(reading)[0], (one, other, version)
