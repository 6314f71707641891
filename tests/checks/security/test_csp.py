"""Content-Security-Policy: what all policies together still allow."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.security.csp import framing_allowed_for, parse_policies, parse_policy, source_lists
from checks.security.framing import framing


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("default-src 'self'", False),
        ("default-src 'self' 'unsafe-inline'", True),
        ("default-src 'unsafe-inline'; script-src 'self'", False),
        ("script-src 'self' 'UNSAFE-INLINE'", True),
        ("img-src 'self'", True),
        ("script-src 'unsafe-inline' 'nonce-r4nd0m'", False),
        ("script-src 'unsafe-inline' 'nonce-'", True),
        ("script-src 'unsafe-inline' 'sha256-AAAA='", False),
        ("script-src 'unsafe-inline' 'strict-dynamic'", False),
        ("script-src 'self'; script-src 'unsafe-inline'", False),
        ("script-src 'unsafe-inline'; script-src 'self'", True),
        ("script-src 'self'; script-src-attr 'unsafe-inline'", True),
        ("script-src 'unsafe-inline'; script-src-attr 'none'; script-src-elem 'self'", False),
        ("script-src 'none'", False),
        ("script-src unsafe-inline", False),
    ],
)
def test_inline_scripts(policy, allowed):
    """'unsafe-inline' counts in the directive that holds, and not beside a nonce, a hash or 'strict-dynamic'."""
    assert parse_policy(policy).allows_inline_script() is allowed


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("default-src 'self'", False),
        ("default-src 'self' 'unsafe-eval'", True),
        ("default-src 'unsafe-eval'; script-src 'self'", False),
        ("object-src 'none'", True),
        ("script-src-elem 'unsafe-eval'; script-src 'self'", False),
    ],
)
def test_eval(policy, allowed):
    """Text becomes code where script-src, or default-src in its place, permits it or is not there."""
    assert parse_policy(policy).allows_eval() is allowed


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("script-src 'self' https://cdn.example.com", False),
        ("script-src *", True),
        ("script-src https:", True),
        ("script-src data:", True),
        ("script-src *.com", True),
        ("script-src https://*:443", True),
        ("script-src *.example.com", False),
        ("script-src https: 'strict-dynamic' 'nonce-abc'", False),
        ("style-src 'self'", True),
    ],
)
def test_hosts_of_scripts(policy, allowed):
    """A wildcard or a mere scheme lets scripts come from anywhere."""
    assert parse_policy(policy).allows_any_script_host() is allowed


def test_objects_fall_back_to_default_src_and_base_does_not():
    """default-src speaks for object-src, but never for base-uri."""
    policy = parse_policy("default-src 'self'")
    assert not policy.allows_any_object()
    assert policy.allows_any_base()
    assert not parse_policy("base-uri 'none'").allows_any_base()


def test_each_comma_begins_a_policy_and_all_of_them_hold():
    """Two headers, or one header with a comma, are two policies; the sources of both are shown."""
    policies = parse_policies(["default-src 'self', object-src 'none'", "base-uri 'self'"])
    assert len(policies) == 3
    assert source_lists(policies, "object-src", "default-src") == "'self', 'none'"
    assert source_lists(policies, "frame-ancestors") is None


def test_an_empty_header_is_no_policy():
    """Commas and semicolons alone restrict nothing."""
    assert parse_policies(["", " ; , ;;", "d@ 'none'"]) == ()


@pytest.mark.parametrize(
    ("csp", "xfo", "who"),
    [
        ([], [], "anybody"),
        ([], ["DENY"], "nobody"),
        ([], ["SameOrigin"], "same origin"),
        ([], ["ALLOW-FROM https://a.example"], "anybody"),
        ([], ["DENY", "SAMEORIGIN"], "nobody"),
        ([], ["SAMEORIGIN, SAMEORIGIN"], "same origin"),
        ([], ["foo, bar"], "anybody"),
        ([], [""], "anybody"),
        (["frame-ancestors 'none'"], [], "nobody"),
        (["frame-ancestors"], [], "nobody"),
        (["frame-ancestors 'self'"], ["DENY"], "same origin"),
        (["frame-ancestors *"], ["DENY"], "anybody"),
        (["frame-ancestors https:"], [], "anybody"),
        (["frame-ancestors https://a.example"], [], "listed"),
        (["frame-ancestors *", "frame-ancestors 'none'"], [], "nobody"),
        (["default-src 'none'"], ["DENY"], "nobody"),
        (["default-src 'none'"], [], "anybody"),
    ],
)
def test_who_may_frame_the_page(csp, xfo, who):
    """frame-ancestors outweighs X-Frame-Options; contradicting options are refused; unknown ones are ignored."""
    assert framing(parse_policies(csp), xfo)[0] == who


WORDS = st.sampled_from(
    [
        "default-src",
        "script-src",
        "frame-ancestors",
        "'self'",
        "'none'",
        "*",
        "https:",
        "'unsafe-inline'",
        ";",
        ",",
        " ",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=60) | st.lists(WORDS, max_size=12).map(" ".join), max_size=3))
def test_whatever_comes_is_read(values):
    """No header breaks the reader."""
    policies = parse_policies(values)
    assert framing_allowed_for(policies) in (None, "nobody", "same origin", "listed", "anybody")
    for policy in policies:
        policy.allows_inline_script(), policy.allows_eval(), policy.allows_any_script_host()
