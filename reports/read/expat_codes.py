"""What expat's error codes mean for a report file, and how much of a file it is given at a time."""

from typing import Final
from xml.parsers import expat

CHUNK: Final = 1 << 16
#: expat holds a tag or a comment whole; text it hands over in pieces.
LONGEST_TOKEN: Final = 4 << 20
_CODES = expat.errors.codes
#: The file ends before its root element does.
TRUNCATED: Final = frozenset(
    _CODES[text]
    for text in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
    )
)
#: What a second, lenient reading can mend: foreign bytes, characters that XML forbids, a wrong or rare encoding.
MENDABLE: Final = frozenset(
    _CODES[text]
    for text in (
        expat.errors.XML_ERROR_INVALID_TOKEN,
        expat.errors.XML_ERROR_BAD_CHAR_REF,
        expat.errors.XML_ERROR_INCORRECT_ENCODING,
        expat.errors.XML_ERROR_UNKNOWN_ENCODING,
    )
)
