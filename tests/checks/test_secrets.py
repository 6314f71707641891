"""Secrets print as stars, in whatever form they leave."""

import base64
import html
import json
import pickle
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.secrets import MASK, Secret, forget_all, mask, remember, reveal

PLANTED = "p@ss w\"ord'<&>/ä"


def test_nothing_is_masked_before_a_secret_is_known():
    """Texts pass unchanged where no secret was wrapped."""
    assert mask(PLANTED) == PLANTED


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{0!r}".format, "%s".__mod__], ids=lambda f: str(f)[:20])
def test_a_secret_prints_as_stars(show):
    """No usual way of printing shows the value; `reveal` does."""
    secret = Secret("hunter22", "PASSWORD")
    assert "hunter22" not in show(secret)
    assert secret.reveal() == "hunter22"
    assert reveal(secret) == "hunter22"
    assert reveal("plain") == "plain"


@pytest.mark.parametrize(
    "form",
    [
        PLANTED,
        quote(PLANTED, safe=""),
        quote_plus(PLANTED),
        json.dumps(PLANTED),
        json.dumps(PLANTED, ensure_ascii=False),
        repr(PLANTED),
        html.escape(PLANTED),
        html.escape(PLANTED, quote=False),
        "p@ss w&#34;ord&#39;&lt;&amp;&gt;/ä",
        base64.b64encode(PLANTED.encode()).decode(),
        base64.b64encode(PLANTED.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(PLANTED.encode()).decode(),
    ],
)
def test_a_secret_is_masked_in_the_forms_in_which_it_travels(form):
    """URL, JSON, Python, HTML and base64 forms are recognised."""
    Secret(PLANTED)
    masked = mask(f"before {form} after")
    assert form.strip("'\"") not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert MASK in masked


def test_each_line_of_a_secret_is_masked():
    """A key of several lines is recognised though only one of them is printed."""
    Secret("-----BEGIN-----\nabcdefgh\n-----END-----\n")
    assert mask("line: abcdefgh!") == "line: ***!"


def test_a_longer_secret_is_masked_before_its_part():
    """The rest of a longer secret does not stay visible because its beginning is a secret, too."""
    remember("abcd")
    remember("abcdefgh")
    assert mask("abcdefgh abcd") == "*** ***"


def test_a_short_secret_prints_as_stars_and_is_not_searched_for():
    """Masking every `a` would destroy the report; the wrapped value itself never prints."""
    secret = Secret("abc")
    assert mask("abc") == "abc"
    assert str(secret) == MASK


def test_a_public_default_is_wrapped_and_not_searched_for():
    """What a committed file shows to everybody prints as stars where it stands, and changes no other text."""
    assert str(Secret("demo", searched=False)) == MASK
    assert mask("environment demo") == "environment demo"
    Secret("demo")
    assert mask("environment demo") == "environment ***"


def test_secrets_are_equal_by_value_and_never_to_their_text():
    """Comparing with a plain text says no, so that a comparison can't be mistaken for a check."""
    assert Secret("hunter22") == Secret("hunter22", "OTHER")
    assert Secret("hunter22") != Secret("hunter23")
    assert Secret("hunter22") != "hunter22"
    assert len({Secret("hunter22"), Secret("hunter22")}) == 1


def test_a_secret_is_no_json():
    """Writing a secret into JSON fails instead of leaking; a pickle between processes keeps it wrapped."""
    with pytest.raises(TypeError):
        json.dumps({"password": Secret("hunter22")})
    assert str(pickle.loads(pickle.dumps(Secret("hunter22")))) == MASK


@given(st.text(min_size=4, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_text_shows_a_known_secret(secret, before, after):
    """Whatever stands around it, the secret is not in the masked text (unless it is made of stars itself)."""
    forget_all()
    Secret(secret)
    if not set(secret.strip()) <= set(MASK) and len(secret.strip()) >= 4:
        assert secret not in mask(f"{before}{secret}{after}")
