"""Versions of packages, compared as Debian compares them (deb-version(7)); good for those of RPM, apk and kernels."""

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

_WHOLE: Final = re.compile(r"(?:(\d+):)?([0-9A-Za-z.+~_^-]+)")
_STEP: Final = re.compile(r"(\D*)(\d*)(.*)", re.DOTALL)
#: apk writes `1.2_rc1` for what is older than 1.2; with `~` that is what it is.
_BEFORE: Final = re.compile(r"_(alpha|beta|pre|rc)")


@dataclass(frozen=True, slots=True)
class Version:
    """`epoch:upstream-revision`. `parts`: what stands between the hyphens; `epoch` is None where it is not named."""

    parts: tuple[str, ...]
    epoch: int | None = None


def parse_version(text: str) -> Version:
    """Read a version. Raises ValueError for what is none: it has digits, letters and `.+~_^-`, and a digit in it."""
    match = _WHOLE.fullmatch(text.strip())
    if match is None or not any(character.isdigit() for character in match.group(2)):
        raise ValueError(f"{text!r} is no version")
    epoch, rest = match.groups()
    return Version(tuple(rest.split("-")), None if epoch is None else int(epoch))


def compare_versions(got: str, wanted: str) -> int:
    """Negative, 0 or positive, as `got` is older, as far as `wanted` goes the same, or newer.

    An epoch and what stands behind a hyphen count only where `wanted` names them: `3.0.15-1~deb12u1` is as new as
    `3.0.15`, `6.1.0-18-amd64` as `6.1.0-18`, and `1:9.2` is older than `10.0`. Raises ValueError for no version.
    """
    one, other = parse_version(got), parse_version(wanted)
    if other.epoch is not None and (one.epoch or 0) != other.epoch:
        return (one.epoch or 0) - other.epoch
    for left, right in zip_longest(one.parts[: len(other.parts)], other.parts, fillvalue=""):
        if order := _order(left, right):
            return order
    return 0


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
        text, number, left = _step(left)
        other_text, other_number, right = _step(right)
        if (text, number) != (other_text, other_number):
            return -1 if (text, number) < (other_text, other_number) else 1
    return 0


def _step(text: str) -> tuple[list[int], int, str]:
    """The weights of what stands before the first number, that number, and the rest.

    Before everything comes `~`, then the end, then letters, then all else.
    """
    word, digits, rest = _STEP.fullmatch(text).groups()  # type: ignore[union-attr]  # every text has this form
    weights = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in word]
    return [*weights, 0], int(digits or 0), rest
