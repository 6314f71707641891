"""`tidegate approve`: a release that waits for people goes on when all of them have signed, and not before."""

import subprocess
from pathlib import Path

import pytest

from demo.fleet import Fleet
from releases.approvals.policy import principal_of
from releases.journal.journal import Journal
from releases.pathfinding import demo_folder
from tests.tidegate.test_release import REAL
from tidegate.cli import main


@pytest.fixture
def place(tmp_path, monkeypatch, need):
    """An environment with two roles, whose people have keys; Mallory has one, too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite"))
    (tmp_path / "shop.yaml").write_text(
        REAL.replace("{rollback: automatic}", "{rollback: approval, approvals: [CTO, DevOps lead]}")
    )
    (tmp_path / "results.xml").write_text('<testsuite tests="1"><testcase classname="c" name="n"/></testsuite>')
    for name in ("alice", "bob", "mallory"):
        words = [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name]
        subprocess.run(words, check=True, capture_output=True)
    roles = {"CTO": "alice", "DevOps lead": "bob"}
    lines = [f"{principal_of(role)} {Path(f'{name}.pub').read_text()}" for role, name in roles.items()]
    (tmp_path / "allowed_signers").write_text("".join(lines))
    yield tmp_path
    Fleet(demo_folder("shop", "shop")).end()


def called(capsys, *argv):
    code = main(list(argv))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def approve(capsys, role, key, *more):
    (record, *_) = Journal().records()
    return called(capsys, "approve", record.id, f"--as={role}", f"--key={key}", "--env=shop.yaml", *more)


@pytest.mark.slow
def test_a_release_waits_until_all_have_signed(place, capsys):
    """Nothing moves before; the wrong key, an unknown role and the same person twice do not count."""
    code, out, err = called(capsys, "release", "--env=shop.yaml", "--version=2")
    assert (code, "WAITING" in out) == (11, True), err
    assert "waiting for the approval of CTO, DevOps lead; nothing has moved" in err
    fleet = Fleet(demo_folder("shop", "shop"))
    assert fleet.traffic().versions == {"a": "1"}
    for role, key, words in (
        ("CTO", "mallory", "the signature is not of CTO"),
        ("CTO", "bob", "the signature is not of CTO"),
        ("Ceo", "alice", "is no role that approves here"),
        ("CTO", "nobody", "there is no key nobody"),
    ):
        code, _, err = approve(capsys, role, key)
        assert (code, words in err) == (4, True), err
    code, out, _ = approve(capsys, "CTO", "alice")
    assert (code, "still needed: DevOps lead" in out) == (0, True)
    assert called(capsys, "release", "--env=shop.yaml", "--resume")[0] == 11
    code, out, _ = approve(capsys, "DevOps lead", "bob")
    assert (code, "everybody has signed" in out) == (0, True)
    code, out, err = called(capsys, "release", "--env=shop.yaml", "--resume")
    assert (code, "PROMOTED" in out) == (0, True), err
    code, _, err = approve(capsys, "CTO", "alice")
    assert (code, "has come to its end" in err) == (4, True)


@pytest.mark.slow
def test_what_is_bad_is_out_of_traffic_and_waits_to_be_taken_back(place, capsys):
    """An approval to come in is none to go back; when all have signed that, it is taken away."""
    assert called(capsys, "release", "--env=shop.yaml", "--version=bad")[0] == 11
    for role, key in (("CTO", "alice"), ("DevOps lead", "bob")):
        assert approve(capsys, role, key)[0] == 0
    code, _, err = called(capsys, "release", "--env=shop.yaml", "--resume")
    assert (code, "out of traffic" in err) == (11, True), err
    fleet = Fleet(demo_folder("shop", "shop"))
    told = fleet.traffic()
    assert (told.versions[told.stable], told.share, fleet.occupied("b")) == ("1", 0, True)
    assert called(capsys, "release", "--env=shop.yaml", "--resume")[0] == 11
    for role, key in (("CTO", "alice"), ("DevOps lead", "bob")):
        assert "is taken back" in approve(capsys, role, key)[1]
    code, out, err = called(capsys, "release", "--env=shop.yaml", "--resume")
    assert (code, "ROLLED BACK" in out) == (1, True), err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("nothing", "--as=CTO"), "there is no release 'nothing'"),
        (("nothing",), "--as"),
        (("nothing", "--as=CTO", "--valid=soon"), "--valid"),
        (("nothing", "--as=CTO", "--valid=90d"), "from 1s to 30d"),
    ],
)
def test_wrong_usage_is_4(place, capsys, argv, words):
    """One line that says what is wrong."""
    code, _, err = called(capsys, "approve", *argv)
    assert (code, words in err) == (4, True), err
