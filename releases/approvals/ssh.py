"""Signing and verifying with OpenSSH's own tool: `ssh-keygen -Y` (OpenSSH 8.1 and newer, PROTOCOL.sshsig).

Everything goes through standard input and private temporary files. Signing a *file* whose `.sig` exists would keep the
old signature and say nothing.
"""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from releases.approvals.errors import ApprovalError, SigningError

#: A signature for this purpose is good for no other one, not even of the same key.
NAMESPACE: Final = "tidegate-approval@v1"
_DEADLINE: Final = 60.0
_FINGERPRINT: Final = re.compile(r"\b(SHA256:[A-Za-z0-9+/]{43})\b")
#: The longest signature that is looked at, in bytes; a real one has about 300 (RSA 4096: 1,300).
_LONGEST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed. `fingerprint`: of the key (`SHA256:…`): one key under two names is one person."""

    principal: str
    fingerprint: str


def sign(data: bytes, key: Path) -> str:
    """The signature of a private key, or of the public half of one that ssh-agent holds. Raises SigningError.

    ssh-keygen asks for a passphrase at the terminal by itself.
    """
    if not key.is_file():
        raise SigningError(f"there is no key {key}")
    # Standard input is the data, so a passphrase is asked for at /dev/tty, or by SSH_ASKPASS.
    done = _run(["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", NAMESPACE], data, deadline=None)
    if done.returncode != 0 or not done.stdout.startswith(b"-----BEGIN SSH SIGNATURE-----"):
        raise SigningError(f"{key} did not sign: {_words(done)}")
    return done.stdout.decode("ascii")


def verify(data: bytes, signature: str, principal: str, allowed_signers: Path) -> Signer:
    """Who signed, where it is the key of this principal in the file.

    Raises ApprovalError where it is not, SigningError where that can't be told.
    """
    if len(signature) > _LONGEST:
        raise ApprovalError(f"the signature has {len(signature):,} characters: that is none of ssh-keygen's")
    if not allowed_signers.is_file():
        raise SigningError(f"{allowed_signers} is not there: nobody is known who may approve")
    with tempfile.TemporaryDirectory(prefix="tidegate-approval-") as folder:
        file = Path(folder) / "signature"
        file.write_text(signature, encoding="utf-8")
        words = ["ssh-keygen", "-Y", "verify", "-f", str(allowed_signers), "-I", principal, "-n", NAMESPACE]
        done = _run([*words, "-s", str(file)], data, deadline=_DEADLINE)
    # `Good "tidegate-approval@v1" signature for alice with ED25519 key SHA256:…`
    told = done.stdout.decode("utf-8", "replace")
    found = _FINGERPRINT.findall(told)
    if done.returncode != 0 or len(found) != 1 or not told.startswith("Good "):
        raise ApprovalError(f"the signature is not of {principal}: {_words(done)}")
    return Signer(principal, found[0])


def _run(words: Sequence[str], data: bytes, *, deadline: float | None) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(words, input=data, capture_output=True, timeout=deadline, check=False)
    except FileNotFoundError:
        raise SigningError("ssh-keygen is not installed: it comes with OpenSSH (Debian: openssh-client)") from None
    except subprocess.TimeoutExpired:
        raise SigningError(f"ssh-keygen did not answer within {_DEADLINE:g} s") from None


def _words(done: "subprocess.CompletedProcess[bytes]") -> str:
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return "; ".join(lines[-2:])[:400] or f"ssh-keygen ended with {done.returncode} and no word"
