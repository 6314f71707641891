"""What passes between master and workers, sealed with a token: unreadable and not to be forged without it."""

import base64
import hashlib
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class Seal:
    """Fernet (AES-128-CBC with HMAC-SHA-256) under a key made from the token."""

    def __init__(self, token: str) -> None:
        # A token is long and random, or chosen so by its owner; scrypt would only make guessing short ones slower.
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"tidegate load\0" + token.encode()).digest()))

    def closed(self, document: dict[str, Any]) -> str:
        """A document, sealed."""
        return self._fernet.encrypt(json.dumps(document).encode()).decode()

    def opened(self, sealed: object) -> dict[str, Any] | None:
        """The document, or None for what was not sealed with this token."""
        if not isinstance(sealed, str):
            return None
        try:
            document = json.loads(self._fernet.decrypt(sealed.encode()))
        except (InvalidToken, ValueError):
            return None
        return document if isinstance(document, dict) else None
