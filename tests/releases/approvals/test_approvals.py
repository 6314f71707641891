"""Who has approved, and why an approval does not count: each refusal beside the twin that counts."""

import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.approvals import ssh
from releases.approvals.errors import ApprovalError, SigningError
from releases.approvals.policy import Signed, standing
from releases.approvals.statement import Statement
from tests.releases.approvals.conftest import NOW, WANTED

BOTH = {"CTO": ["alice"], "DevOps lead": ["bob"]}


def test_nobody_has_signed(allowed):
    """Both roles are missing; with both signatures nothing is."""
    found = standing(WANTED, [], allowed(BOTH), NOW)
    assert (found.complete, found.missing, found.refused) == (False, ("CTO", "DevOps lead"), ())


def test_both_have_signed(allowed, approve):
    """Each by a key of their own, with its fingerprint; one of them alone is not enough."""
    file = allowed(BOTH)
    signed = [approve("alice", "CTO"), approve("bob", "DevOps lead")]
    found = standing(WANTED, signed, file, NOW)
    assert found.complete
    assert [given.role for given in found.given] == ["CTO", "DevOps lead"]
    assert all(given.signer.fingerprint.startswith("SHA256:") for given in found.given)
    assert standing(WANTED, signed[:1], file, NOW).missing == ("DevOps lead",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"release": "sha256:bb"}, "for the release 'sha256:bb', wanted 'sha256:aa'"),
        ({"report": "cd" * 32}, "for the report 'cdcd"),
        ({"environment": "staging"}, "for the environment 'staging', wanted 'production'"),
        ({"service": "till"}, "for the service 'till'"),
        ({"purpose": "override"}, "for the purpose 'override', wanted 'approve'"),
        ({"expires": NOW}, "has expired"),
        ({"made": NOW + 3600}, "made in the future"),
        ({"role": "intern"}, "'intern' is no role that approves here: CTO, DevOps lead"),
    ],
    ids=["release", "report", "environment", "service", "purpose", "expired", "future", "role"],
)
def test_what_is_signed_for_something_else(allowed, approve, changes, words):
    """It differs in one fact and does not count; the same person's right approval does."""
    file = allowed(BOTH)
    found = standing(WANTED, [approve("alice", **{"role": "CTO", **changes})], file, NOW)
    assert (found.given, len(found.refused)) == ((), 1)
    assert words in found.refused[0]
    assert [given.role for given in standing(WANTED, [approve("alice", "CTO")], file, NOW).given] == ["CTO"]


def test_a_key_that_may_not(allowed, approve):
    """Mallory signs as CTO with a key of her own; so does Bob, who is somebody else."""
    file = allowed(BOTH)
    for name in ("mallory", "bob"):
        found = standing(WANTED, [approve(name, "CTO")], file, NOW)
        assert not found.given
        assert "the signature is not of CTO" in found.refused[0]


def test_a_statement_that_was_changed_after_it_was_signed(allowed, approve):
    """The signature is over every byte."""
    signed = approve("alice", "CTO", release="sha256:bb")
    forged = Signed(signed.statement.replace(b"sha256:bb", b"sha256:aa"), signed.signature)
    found = standing(WANTED, [forged], allowed(BOTH), NOW)
    assert "the signature is not of CTO" in found.refused[0]


@pytest.mark.parametrize("signature", ["", "no signature", "x" * 30_000, "\x00", "🔑"])
def test_unsigned(allowed, approve, signature):
    """No signature, or nonsense."""
    found = standing(WANTED, [Signed(approve("alice", "CTO").statement, signature)], allowed(BOTH), NOW)
    assert (found.given, len(found.refused)) == ((), 1)


def test_one_person_in_two_roles(allowed, approve):
    """One key counts for one role, under whatever name; a second person makes it complete."""
    file = allowed({"CTO": ["alice"], "DevOps lead": ["alice", "bob"]})
    twice = [approve("alice", "CTO"), approve("alice", "DevOps lead")]
    found = standing(WANTED, twice, file, NOW)
    assert len(found.given) == 1
    assert "two roles need two people" in found.refused[0]
    assert standing(WANTED, [*twice, approve("bob", "DevOps lead")], file, NOW).complete


def test_who_may_do_both_does_not_stand_in_the_way(allowed, approve):
    """Alice signed for both and Bob as CTO: she counts as DevOps lead, whatever the order."""
    file = allowed({"CTO": ["alice", "bob"], "DevOps lead": ["alice"]})
    signed = [approve("alice", "CTO"), approve("alice", "DevOps lead"), approve("bob", "CTO")]
    assert standing(WANTED, signed, file, NOW).complete
    assert standing(WANTED, signed[::-1], file, NOW).complete


def test_a_signature_for_another_purpose_of_ssh(allowed, approve, key):
    """A commit that Alice signed with the same key is no approval."""
    statement = approve("alice", "CTO").statement
    words = ["ssh-keygen", "-Y", "sign", "-f", str(key("alice")), "-n", "git"]
    signature = subprocess.run(words, input=statement, capture_output=True, check=True).stdout.decode()
    assert "not of CTO" in standing(WANTED, [Signed(statement, signature)], allowed(BOTH), NOW).refused[0]


def test_what_can_not_be_told_is_no_approval(allowed, approve, tmp_path, monkeypatch):
    """No file of signers, a broken one, no ssh-keygen: nobody has approved, and it says why."""
    signed = approve("alice", "CTO")
    assert "is not there" in standing(WANTED, [signed], tmp_path / "nothing", NOW).refused[0]
    (tmp_path / "broken").write_text("\x00\xff this is no file of signers\n")
    assert "not of CTO" in standing(WANTED, [signed], tmp_path / "broken", NOW).refused[0]
    file = allowed(BOTH)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ssh-keygen is not installed" in standing(WANTED, [signed], file, NOW).refused[0]
    with pytest.raises(SigningError, match="there is no key"):
        ssh.sign(b"x", tmp_path / "no-key")


@given(st.binary(max_size=200) | st.dictionaries(st.text(), st.text()).map(lambda d: json.dumps(d).encode()))
def test_nothing_breaks_the_reader_of_statements(data):
    """Any bytes are a statement or an ApprovalError."""
    with pytest.raises(ApprovalError):
        Statement.from_bytes(data)


def test_a_statement_has_one_form():
    """Other spaces or another order of keys are other bytes, and what was not signed is not read."""
    statement = Statement("approve", "s", "e", "r", "d", "CTO", 1, 2)
    assert Statement.from_bytes(statement.signed_bytes) == statement
    with pytest.raises(ApprovalError, match="not written as it was signed"):
        Statement.from_bytes(statement.signed_bytes.replace(b",", b", "))
    with pytest.raises(ApprovalError, match="the approval's made is"):
        Statement.from_bytes(statement.signed_bytes.replace(b'"made":1', b'"made":true'))
