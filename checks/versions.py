"""Versions of packages, compared as Debian compares them (deb-version(7)); good for those of RPM, apk and kernels."""

import re
from dataclasses import dataclass
from typing import Final

_WHOLE: Final = re.compile(r"(?:(\d+):)?([0-9A-Za-z.+~_^-]+)")
#: apk writes `1.2_rc1` for what is older than 1.2; with `~` that is what it is.
_BEFORE: Final = re.compile(r"_(alpha|beta|pre|rc)")


@dataclass(frozen=True, slots=True)
class Version:
    """`epoch:upstream-revision`; `epoch` and `revision` are None where the version does not name them."""

    upstream: str
    epoch: int | None = None
    revision: str | None = None


def parse_version(text: str) -> Version:
    """Read a version. Raises ValueError for what is none: it has digits, letters and `.+~_^-`, and a digit in it."""
    match = _WHOLE.fullmatch(text.strip())
    if match is None or not any(character.isdigit() for character in match.group(2)):
        raise ValueError(f"{text!r} is no version")
    epoch, rest = match.groups()
    upstream, dash, revision = rest.rpartition("-")
    known = None if epoch is None else int(epoch)
    return Version(upstream, known, revision) if dash and upstream else Version(rest, known)


def compare_versions(got: str, wanted: str) -> int:
    """Negative, 0 or positive, as `got` is older, as far as `wanted` goes the same, or newer.

    An epoch and a revision count only where `wanted` names them: `3.0.15-1~deb12u1` is as new as `3.0.15`, and
    `1:9.2` is older than `10.0`. Raises ValueError for what is no version.
    """
    one, other = parse_version(got), parse_version(wanted)
    if other.epoch is not None and (one.epoch or 0) != other.epoch:
        return (one.epoch or 0) - other.epoch
    order = _order(one.upstream, other.upstream)
    if order or other.revision is None:
        return order
    return _order(one.revision or "", other.revision)


def is_older(one: str, other: str) -> bool:
    """Whether one whole version is older than the other; False where one of them is none."""
    try:
        return compare_versions(one, other) < 0
    except ValueError:
        return False


def _order(one: str, other: str) -> int:
    """Compare parts of versions: by turns the text before a number, and the number (deb-version(7), "Sorting")."""
    left, right = _BEFORE.sub(r"~\1", one), _BEFORE.sub(r"~\1", other)
    while left or right:
        text_left, text_right = re.match(r"\D*", left), re.match(r"\D*", right)
        words = (m.group() if m else "" for m in (text_left, text_right))
        a, b = words
        left, right = left[len(a) :], right[len(b) :]
        if _weights(a) != _weights(b):
            return -1 if _weights(a) < _weights(b) else 1
        number_left, number_right = re.match(r"\d*", left), re.match(r"\d*", right)
        c, d = (m.group() if m else "" for m in (number_left, number_right))
        left, right = left[len(c) :], right[len(d) :]
        if int(c or 0) != int(d or 0):
            return -1 if int(c or 0) < int(d or 0) else 1
    return 0


def _weights(text: str) -> list[int]:
    """Before everything comes `~`, then the end, then letters, then the rest."""
    order = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in text]
    return [*order, 0]
