"""Mends the characters of an XML file that expat refuses: foreign bytes, control characters, a wrong encoding name.

Only characters are replaced (by U+FFFD, which can't stand in a tag name), so no element comes or goes.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

from reports.read.foreign import as_text

_DECLARED = re.compile(r"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NATIVE = frozenset(("utf-8", "utf-16", "utf-16le", "utf-16be", "iso-8859-1", "us-ascii"))
#: Of one byte, and ASCII below 128. pyexpat takes these from Python.
_NARROW = ("iso8859", "cp125", "koi8", "ascii")
#: Of several bytes. Others (`utf-7`, `unicode_escape`) could write tags in disguise and are not believed.
_WIDE = frozenset(
    ("big5", "cp932", "cp936", "cp949", "cp950", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "shift_jis")
)

# A null character is not mended: runs of them are what a crash leaves of a file.
_FORBIDDEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile("&#(?:0*([0-9]{1,7})|x0*([0-9a-fA-F]{1,6}));")
_UNFINISHED = re.compile("&(?:#(?:[0-9]{0,30}|x[0-9a-fA-F]{0,30}))?\\Z")
_INSTEAD = "\N{REPLACEMENT CHARACTER}"


def mended(chunks: Iterable[bytes], head: bytes) -> Iterator[bytes]:
    """The file as UTF-8 that holds only characters that XML 1.0 allows. `head`: its first bytes, for the encoding."""
    decoder = codecs.getincrementaldecoder(_encoding(head))("replace")
    kept = ""
    for chunk in chunks:
        text = kept + decoder.decode(chunk)
        unfinished = _UNFINISHED.search(text)
        end = unfinished.start() if unfinished else len(text)
        text, kept = text[:end], text[end:]
        yield _clean(text).encode()
    yield _clean(kept + decoder.decode(b"", True)).encode()


def foreign_encoding(head: bytes) -> str:
    """The encoding that a file declares where expat can't read it, else an empty text."""
    name = _declared(head)
    if not name or name.lower() in _NATIVE:
        return ""
    return "" if b"\0" not in head and _codec(name).startswith(_NARROW) else name


def _declared(head: bytes) -> str:
    match = _DECLARED.match(as_text(head))
    return match.group(1) if match else ""


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def _encoding(head: bytes) -> str:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if head[:2] == b"<\0":
        return "utf-16-le"
    if head[:2] == b"\0<":
        return "utf-16-be"
    codec = _codec(_declared(head))
    # .NET writes `encoding="utf-16"` into files that are UTF-8: without a mark or null bytes it can't be true.
    return codec if codec in _WIDE or codec.startswith(_NARROW) else "utf-8"


def _clean(text: str) -> str:
    return _REFERENCE.sub(_clean_reference, _FORBIDDEN.sub(_INSTEAD, text))


def _clean_reference(match: re.Match[str]) -> str:
    decimal, hexadecimal = match.groups()
    code = int(decimal) if decimal else int(hexadecimal, 16)
    allowed = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return match.group() if allowed else _INSTEAD
