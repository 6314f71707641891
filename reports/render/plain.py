"""Text from elsewhere made safe to show: what can't be seen, or turns the line around, is written out."""

import re

# Control characters (a terminal obeys them), direction marks (they reorder what a reader sees: CVE-2021-42574), line
# separators that are no newline, lone surrogates (no UTF-8 for them), and the invisible tag characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    r"""`text` with unseen characters as `\x1b` or `\u202e`. Newlines and tabs stay; `\r\n` becomes `\n`."""
    return _UNSEEN.sub(_escape, text.replace("\r\n", "\n"))


def one_line(text: str, most: int = 2000) -> str:
    """`text` on one line of at most `most` characters, with a statement of what was cut."""
    line = " ".join(visible(text[: most * 2]).split())
    return line if len(line) <= most and len(text) <= most * 2 else f"{line[:most]}… ({len(text):,} characters)"


def middle_cut(text: str, most: int) -> str:
    """`text`, or its beginning and end where it is longer than `most`: the end of a traceback says what happened."""
    shown = visible(text if len(text) <= most else "")
    if shown or not text:
        return shown
    half = most // 2
    left_out = f"\n… {len(text) - 2 * half:,} of {len(text):,} characters are left out here …\n"
    return visible(text[:half]) + left_out + visible(text[-half:])


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
