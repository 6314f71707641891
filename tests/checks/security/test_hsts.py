"""Strict-Transport-Security as browsers read it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.security.hsts import Hsts, parse_hsts


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "no Strict-Transport-Security"),
        ([""], "no max-age"),
        (["includeSubDomains"], "no max-age"),
        (["max-age"], "no max-age"),
        (["max-age="], "no max-age"),
        (["max-age=-1"], "no max-age"),
        (["max-age=1d"], "no max-age"),
        (["max-age=31536000, includeSubDomains"], "no max-age"),
        (["max-age=1; max-age=2"], "max-age twice"),
        (["max-age=1; MAX-AGE=2"], "max-age twice"),
        (["max-age=1; includeSubDomains=1"], "gives a value to includesubdomains"),
        (["max-age=1; b@d"], "does not follow its grammar"),
        (["", "max-age=31536000"], "no max-age"),
    ],
)
def test_a_header_that_browsers_ignore_is_no_policy(values, words):
    """A header that breaks its grammar protects nobody, and of several only the first one counts."""
    assert words in parse_hsts(values)


@pytest.mark.parametrize(
    ("values", "policy"),
    [
        (["max-age=31536000"], Hsts(31536000, False, False)),
        (["max-age=0"], Hsts(0, False, False)),
        (['Max-Age="600" ; includeSubDomains;preload;'], Hsts(600, True, True)),
        (["; ; max-age = 7;unknown=x;other"], Hsts(7, False, False)),
        (['max-age=7; x="a;b"'], Hsts(7, False, False)),
        (["max-age=7", "max-age=0"], Hsts(7, False, False)),
        (["max-age=" + "9" * 400], Hsts(10**12, False, False)),
    ],
)
def test_a_policy_is_read(values, policy):
    """Names have no case, values may be quoted, and what is not known is passed over."""
    assert parse_hsts(values) == policy


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=80) | st.from_regex(r"(max-age|x)=\"?[0-9]{1,5}\"?(; ?[a-zA-Z]+)*"), max_size=3))
def test_whatever_comes_is_a_policy_or_words(values):
    """No header breaks the reader, and a policy has an age that can be compared."""
    found = parse_hsts(values)
    assert isinstance(found, str) or 0 <= found.max_age <= 10**12
