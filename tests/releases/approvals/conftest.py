"""Keys of people, and a file that says in which roles they may sign."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from releases.approvals.policy import Signed, Wanted, principal_of
from releases.approvals.ssh import sign
from releases.approvals.statement import Statement

NOW = 1_800_000_000
WANTED = Wanted("approve", "shop", "production", "sha256:aa", "ab" * 32, ("CTO", "DevOps lead"))


@pytest.fixture
def key(need, tmp_path: Path) -> Callable[[str], Path]:
    """`key("alice")` is the path of a private key."""

    def make(name: str) -> Path:
        path = tmp_path / name
        if not path.exists():
            words = [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path]
            subprocess.run(words, check=True, capture_output=True)
        return path

    return make


@pytest.fixture
def allowed(key, tmp_path: Path) -> Callable[[dict[str, list[str]]], Path]:
    """`allowed({"CTO": ["alice"]})` writes the file of who may sign in which role."""

    def write(roles: dict[str, list[str]]) -> Path:
        lines = [
            f'{principal_of(role)} namespaces="tidegate-approval@v1" {key(name).with_suffix(".pub").read_text()}'
            for role, names in roles.items()
            for name in names
        ]
        path = tmp_path / "allowed_signers"
        path.write_text("".join(lines))
        return path

    return write


@pytest.fixture
def approve(key) -> Callable[..., Signed]:
    """`approve("alice", "CTO")`: a signed approval; keywords change its statement."""

    def make(name: str, role: str, **changes) -> Signed:
        w = WANTED
        facts = {"purpose": w.purpose, "service": w.service, "environment": w.environment, "release": w.release}
        facts |= {"report": w.report, "role": role, "made": NOW - 60, "expires": NOW + 3600, **changes}
        statement = Statement(**facts)
        return Signed(statement.signed_bytes, sign(statement.signed_bytes, key(name)))

    return make
