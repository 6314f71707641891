"""A ClientHello for exactly one version of TLS, written by ourselves, and what the server says to it.

A hello of our own OpenSSL would offer only what that build and its policy permit: a server that speaks TLS 1.0 with
RC4 would look as if it refused TLS 1.0. This one offers every cipher suite of its version. A ServerHello is all that
is needed: with it, the server has agreed on the version (RFC 8446, 4.1.3; RFC 5246, 7.4.1.3). Nothing is encrypted.
"""

import os
from dataclasses import dataclass
from enum import Enum
from typing import Final

#: Name -> the version's number on the wire.
VERSIONS: Final = {"TLSv1": 0x0301, "TLSv1.1": 0x0302, "TLSv1.2": 0x0303, "TLSv1.3": 0x0304}

_TLS13_SUITES: Final = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305)
#: Every other suite that was ever registered lies in these ranges (IANA, "TLS Cipher Suites"); 0x00ff is the
#: signal of secure renegotiation (RFC 5746), which some servers insist on.
_OLDER_SUITES: Final = (
    *range(0xC001, 0xC0B0),
    *range(0xCCA8, 0xCCAF),
    *range(0x0001, 0x00C6),
    0x00FF,
)
_GROUPS: Final = (0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x0100, 0x0101, 0x0102, 0x11EC, 0x11EB)
_X25519: Final = 0x001D
_SIGNATURES: Final = (
    *(0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0809, 0x080A, 0x080B, 0x0807, 0x0808),
    *(0x0401, 0x0501, 0x0601, 0x0301, 0x0303, 0x0201, 0x0203, 0x0202, 0x0402),
)
_ALERTS: Final = {
    0: "close notify",
    10: "unexpected message",
    40: "handshake failure",
    47: "illegal parameter",
    49: "access denied",
    50: "decode error",
    70: "protocol version",
    71: "insufficient security",
    80: "internal error",
    86: "inappropriate fallback",
    109: "missing extension",
    110: "unsupported extension",
    112: "unrecognized name",
}
#: Alerts that are about the hello as such: about this version, or because nothing of all that it offers is welcome.
_REFUSALS: Final = frozenset({40, 70, 71, 86})


class Said(Enum):
    """What a server said to a hello."""

    MORE = "more bytes are needed"
    ACCEPTED = "it accepted the version"
    REFUSED = "it refused the version"
    UNCLEAR = "what it said is not about the version"
    NOT_TLS = "it does not speak TLS"


@dataclass(frozen=True, slots=True)
class Reply:
    """`words` say it for people; `version` is the number that the server chose, 0 where it chose none."""

    said: Said
    words: str = ""
    version: int = 0


def client_hello(version: int, server_name: str = "") -> bytes:
    """The record with the hello. `server_name` is left out where it is empty: addresses are no names (RFC 6066, 3)."""
    newest = version == VERSIONS["TLSv1.3"]
    suites = b"".join(_u16(suite) for suite in (_TLS13_SUITES if newest else _OLDER_SUITES))
    body = _u16(min(version, 0x0303)) + os.urandom(32) + _sized(os.urandom(32) if newest else b"", 1)
    body += _sized(suites, 2) + _sized(b"\x00", 1) + _sized(_extensions(version, server_name), 2)
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16" + _u16(0x0301) + _sized(message, 2)


def read_reply(data: bytes, asked: int) -> Reply:
    """What the first bytes of the answer mean for the version that was asked for. Never raises."""
    if data and data[0] not in (0x15, 0x16):
        return Reply(Said.NOT_TLS, "what answers there does not speak TLS")
    if len(data) < 5:
        return Reply(Said.MORE)
    if data[1] != 3:
        return Reply(Said.NOT_TLS, "what answers there does not speak TLS")
    if data[0] == 0x15:
        return _read_alert(data)
    # A hello may be cut into several records; each has a head of its own.
    message, rest = b"", data
    while len(rest) >= 5 and rest[0] == 0x16:
        length = int.from_bytes(rest[3:5], "big")
        message, rest = message + rest[5 : 5 + length], rest[5 + length :]
    if len(message) < 4:
        return Reply(Said.MORE)
    if message[0] != 2:
        return Reply(Said.UNCLEAR, f"a handshake message of type {message[0]} came in place of the ServerHello")
    length = int.from_bytes(message[1:4], "big")
    if len(message) < 4 + length:
        return Reply(Said.MORE)
    chosen = _chosen_version(message[4 : 4 + length])
    if chosen == asked:
        return Reply(Said.ACCEPTED, "", chosen)
    if chosen in VERSIONS.values() or chosen == 0x0300:
        return Reply(Said.REFUSED, f"the server answered with {version_name(chosen)}", chosen)
    return Reply(Said.UNCLEAR, "the ServerHello can't be read")


def version_name(number: int) -> str:
    """`TLSv1.2` for 0x0303."""
    return next((name for name, known in VERSIONS.items() if known == number), "SSLv3" if number == 0x0300 else "?")


def _read_alert(data: bytes) -> Reply:
    if len(data) < 7:
        return Reply(Said.MORE)
    code = data[6]
    words = f"the server said: {_ALERTS.get(code, f'alert {code}')}"
    return Reply(Said.REFUSED if code in _REFUSALS else Said.UNCLEAR, words)


def _chosen_version(hello: bytes) -> int:
    """The version in a ServerHello: in supported_versions where it is there (RFC 8446, 4.2.1), otherwise in front."""
    legacy = int.from_bytes(hello[:2], "big")
    if len(hello) < 35:
        return 0
    rest = hello[35 + hello[34] + 3 :]  # after version, random, session id, suite and compression
    extensions = rest[2 : 2 + int.from_bytes(rest[:2], "big")]
    while len(extensions) >= 4:
        kind, length = int.from_bytes(extensions[:2], "big"), int.from_bytes(extensions[2:4], "big")
        if kind == 43 and length == 2:
            return int.from_bytes(extensions[4:6], "big")
        extensions = extensions[4 + length :]
    return legacy


def _extensions(version: int, server_name: str) -> bytes:
    found = b""
    if server_name:
        found += _extension(0, _sized(b"\x00" + _sized(server_name.encode("ascii", "ignore"), 2), 2))
    found += _extension(10, _sized(b"".join(_u16(group) for group in _GROUPS), 2))
    found += _extension(11, _sized(b"\x00", 1))
    if version >= VERSIONS["TLSv1.2"]:
        found += _extension(13, _sized(b"".join(_u16(scheme) for scheme in _SIGNATURES), 2))
    found += _extension(16, _sized(_sized(b"http/1.1", 1), 2))
    if version < VERSIONS["TLSv1.3"]:
        return found + _extension(23, b"")
    found += _extension(43, _sized(_u16(version), 1)) + _extension(45, _sized(b"\x01", 1))
    # Any 32 bytes are a public key of X25519 (RFC 7748, 5). Nobody keeps the private one: the handshake ends here.
    return found + _extension(51, _sized(_u16(_X25519) + _sized(os.urandom(32), 2), 2))


def _extension(kind: int, data: bytes) -> bytes:
    return _u16(kind) + _sized(data, 2)


def _sized(data: bytes, width: int) -> bytes:
    return len(data).to_bytes(width, "big") + data


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")
