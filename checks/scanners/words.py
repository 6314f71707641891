"""A tool's own last words: the end of what it printed, short and without secrets."""

import re
from pathlib import Path
from typing import Final

from checks.secrets import MASK, mask

_TAIL: Final = 64 << 10
_LINES: Final = 5
_LONGEST: Final = 600
_CODES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: `https://name:password@host`, which tools print when a download fails.
_CREDENTIALS: Final = re.compile(r"(://)[^/\s@]+@")


def printed(path: Path) -> str:
    """The end of a file as text: no escape codes, no secrets. Empty where there is no file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            raw = file.read()
    except OSError:
        return ""
    text = raw.decode("utf-8", "replace")
    if size > _TAIL:
        # The first line is cut: half of a secret would not be known as one.
        text = text.partition("\n")[2]
    return harmless(_CONTROLS.sub("", _CODES.sub("", text)))


def harmless(text: str) -> str:
    """`text` without known secrets and without credentials in URLs."""
    return mask(_CREDENTIALS.sub(rf"\1{MASK}@", text))


def last_words(*texts: str) -> str:
    """The last lines of the first text that holds any, on one line, shortened at its begin."""
    for text in texts:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            words = " / ".join(lines[-_LINES:])
            return words if len(words) <= _LONGEST else "…" + words[-_LONGEST:]
    return ""
