"""Personal data and secrets in texts: found by kind, and masked.

What is found has a shape that hardly anything else has: a checksum, a real date beside the word for a birth, a prefix
that its issuer chose. Every pattern is tried once at each place at most, so a long line takes time in proportion.
Sources: phone numbers ITU-T E.164 and the Korean numbering plan; resident registration numbers and their checksum
(Enforcement Rule of the Korean Resident Registration Act; those given since October 2020 have none); card numbers
ISO/IEC 7812 with the Luhn checksum of its Annex B; JSON Web Tokens RFC 7519; bearer tokens RFC 6750; key identifiers
of AWS IAM; private keys RFC 7468.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, TypeAlias

from checks.logs.probes import KINDS, USUAL


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in a text: what kind, and from where to where."""

    kind: str
    start: int
    end: int


_DATE: Final = (
    r"(?:(?P<y>(?:19|20)\d\d)(?P<s>[-./]?)(?P<m>0?[1-9]|1[0-2])(?P=s)(?P<d>[12]\d|3[01]|0?[1-9])"
    r"|(?P<d2>[12]\d|3[01]|0?[1-9])[-./](?P<m2>0?[1-9]|1[0-2])[-./](?P<y2>(?:19|20)\d\d)"
    r"|(?P<y3>(?:19|20)\d\d)년 ?(?P<m3>1[0-2]|0?[1-9])월 ?(?P<d3>[12]\d|3[01]|0?[1-9])일"
    r"|(?P<y4>\d\d)(?P<m4>0[1-9]|1[0-2])(?P<d4>0[1-9]|[12]\d|3[01]))(?!\d)"
)
_BIRTH: Final = re.compile(
    r"(?:birth[_ -]?(?:day|date|dt|ymd)?|(?<![a-z])dob|(?<![a-z])born(?: on)?|생년월일|생일|출생일?)"
    r"""["'\\]{0,3}\s{0,3}[:=]?\s{0,3}["'\\]{0,3}(?P<found>""" + _DATE + ")",
    re.IGNORECASE,
)
#: Korean mobile numbers, with and without separators; other Korean ones with hyphens.
_MOBILE: Final = re.compile(r"(?<![\w.+-])(?P<found>01[016789](?P<s>[-. ]?)\d{3,4}(?P=s)\d{4})(?![\w-])(?!\.\d)")
_LANDLINE: Final = re.compile(r"(?<![\w.+-])(?P<found>0(?:2|[3-6][1-5]|[57]0)-\d{3,4}-\d{4})(?![\w-])(?!\.\d)")
#: International ones: with separators, or at least ten digits.
_ABROAD: Final = re.compile(
    r"(?<![\w+.])(?P<found>\+[1-9]\d{0,2}(?:[-. ]?\(\d{1,4}\))?(?:[-. ]\d{1,8}){2,5})(?![\w-])(?!\.\d)"
)
_ABROAD_BARE: Final = re.compile(r"(?<![\w+.])(?P<found>\+[1-9]\d{9,14})(?![\w.-])")
#: Anything that is called a phone number.
_CALLED: Final = re.compile(
    r"(?:(?:phone|mobile|휴대폰|핸드폰|전화|연락처)|(?<![a-z])(?:tel|cell|msisdn))"
    r"(?:[_ -]?(?:no|num|number|nr|번호))?"
    r"""["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?P<found>\+?\(?\d[\d() .-]{6,18}\d)(?![\w])""",
    re.IGNORECASE,
)
_DAY: Final = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_RESIDENT: Final = re.compile(r"(?<![\w.-])(?P<found>\d{6}-[1-8]\d{6})(?![\w-])(?!\.\d)")
_RESIDENT_CALLED: Final = re.compile(
    r"(?:resident|(?<![a-z])rrn|jumin|주민)[\w ]{0,20}"
    r"""["'\\]{0,3}\s{0,3}[:=]\s{0,3}["'\\]{0,3}(?P<found>\d{6}-?[1-8]\d{6})(?![\w-])""",
    re.IGNORECASE,
)
_CARD: Final = re.compile(
    r"(?<![\w.+-])(?P<found>\d{4}(?P<a>[ -])\d{4}(?P=a)\d{4}(?P=a)\d{4}|3\d{3}(?P<b>[ -])\d{6}(?P=b)\d{4,5}|\d{14,16})"
    r"(?![\w-])(?!\.\d)"
)
_BEARER: Final = re.compile(r"(?<![a-z])bearer[ :=]{1,3}[\"']?(?P<found>[A-Za-z0-9._~+/-]{12,}={0,2})", re.IGNORECASE)
_JWT: Final = re.compile(r"(?<![\w.-])(?P<found>eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]*)", re.ASCII)
_AWS: Final = re.compile(r"(?<![A-Z0-9])(?P<found>(?:AKIA|ASIA)[A-Z2-7]{16})(?![A-Z0-9])")
_PRIVATE: Final = re.compile(r"(?P<found>-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----)")
_EMAIL: Final = re.compile(
    r"(?<![\w.%+-])(?P<found>[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24})(?![\w-])",
    re.ASCII,
)
#: Where something is found in a text.
Finder: TypeAlias = Callable[[str], Iterator[tuple[int, int]]]
#: The name in front of a value, in JSON, logfmt and prose.
_NAME: Final = re.compile(r"""([A-Za-z][\w.-]{0,40})["'\\]{0,3}\s{0,2}[:=#]?\s{0,2}["'\\]{0,3}$""")
_FIELD: Final = re.compile(
    r"""(?<!\w)((?:[a-z]{1,12}[_.-]?)?(?:phone|tel|mobile|cell|contact|birth|dob|card|pan|token|auth|authorization|key|secret"""
    r"""|resident|rrn|ssn|e?mail|전화|연락처|생년월일|주민번호)[a-z_]{0,12})["'\\]{0,3}\s{0,2}[:=]\s{0,2}["'\\]{0,3}$""",
    re.IGNORECASE,
)
#: Names of what is counted: a long number under one of them is that, and nobody's.
_COUNTED: Final = re.compile(
    r"(?:id|ids|no|num|number|seq|sequence|order|invoice|trace|span|request|hash|time|ts|timestamp|offset|version"
    r"|build|key|ref|code|sku|serial|nonce|count|size|bytes|ms|us|ns)$",
    re.IGNORECASE,
)
_CARRIED: Final = re.compile(
    r"card|credit|debit|(?<![a-z])pan(?![a-z])|phone|mobile|(?<![a-z])tel|account", re.IGNORECASE
)
_RANDOM_SINCE: Final = date(2020, 10, 1)


def _births(text: str) -> Iterator[tuple[int, int]]:
    for match in _BIRTH.finditer(text):
        parts = match.groupdict()
        key = next(key for key in ("", "2", "3", "4") if parts[f"y{key}"])
        year, month, day = (int(parts[f"{part}{key}"]) for part in "ymd")
        if key == "4":
            year += 1900 if year > datetime.now(UTC).year % 100 else 2000
        if _is_date(year, month, day):
            yield match.span("found")


def _phones(pattern: re.Pattern[str]) -> Finder:
    def finder(text: str) -> Iterator[tuple[int, int]]:
        for match in pattern.finditer(text):
            found = match["found"]
            digits = sum(character.isdigit() for character in found)
            counted = pattern is _MOBILE and found.isdigit() and _is_counted(text, match)
            if 8 <= digits <= 15 and not counted and not _DAY.match(found):
                yield match.span("found")

    return finder


def _residents(pattern: re.Pattern[str]) -> Finder:
    def finder(text: str) -> Iterator[tuple[int, int]]:
        for match in pattern.finditer(text):
            if _is_resident([int(character) for character in match["found"] if character.isdigit()]):
                yield match.span("found")

    return finder


def _is_resident(number: list[int]) -> bool:
    century = 1900 if number[6] in (1, 2, 5, 6) else 2000
    year, month, day = (10 * number[i] + number[i + 1] for i in (0, 2, 4))
    if not _is_date(century + year, month, day):
        return False
    if date(century + year, month, day) >= _RANDOM_SINCE:
        return True
    total = sum(digit * weight for digit, weight in zip(number, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
    # Numbers of foreigners count from 13.
    return number[12] == ((13 if number[6] >= 5 else 11) - total % 11) % 10


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"[ -]", "", match["found"])
        if _is_issued(digits) and _luhn(digits) and not (match["found"].isdigit() and _is_counted(text, match)):
            yield match.span("found")


def _is_issued(digits: str) -> bool:
    """Whether a network gives numbers of this length with this beginning."""
    first2, first3, first4 = int(digits[:2]), int(digits[:3]), int(digits[:4])
    match len(digits):
        case 16:
            mastercard = 51 <= first2 <= 55 or 2221 <= first4 <= 2720
            return digits[0] == "4" or mastercard or first2 in (35, 62, 65) or first4 == 6011 or 644 <= first3 <= 649
        case 15:
            return first2 in (34, 37)
        case 14:
            return first2 in (36, 38) or 300 <= first3 <= 305
        case _:
            return False


def _luhn(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        number = int(digit) * (2 if index % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _is_counted(text: str, match: re.Match[str]) -> bool:
    """Whether a bare number stands under a name such as `order_id`."""
    named = _NAME.search(text[max(0, match.start("found") - 48) : match.start("found")])
    return named is not None and not _CARRIED.search(named[1]) and _COUNTED.search(named[1]) is not None


def _bearers(text: str) -> Iterator[tuple[int, int]]:
    for match in _BEARER.finditer(text):
        # `Bearer authentication` is prose.
        if any(character.isdigit() for character in match["found"]):
            yield match.span("found")


def _matches(pattern: re.Pattern[str]) -> Finder:
    return lambda text: (match.span("found") for match in pattern.finditer(text))


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        return date(1900, 1, 1) <= date(year, month, day) <= datetime.now(UTC).date()
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class _Search:
    """A finder, and what a text has to have so that it is worth a try: one of the words (in lower case), and one of
    the shapes (digits are 0; blanks, dots and hyphens are -)."""

    kind: str
    finder: Finder
    words: tuple[str, ...] = ()
    shapes: tuple[bytes, ...] = ()

    def worth_it(self, small: str, shape: bytes) -> bool:
        """Whether a text may hold what the finder finds: a plain look that saves most lines ten slow ones."""
        # Loops, because this is asked a dozen times for each line of a log, and generators cost more than the looks.
        for word in self.words:
            if word in small:
                break
        else:
            if self.words:
                return False
        for each in self.shapes:
            if each in shape:
                return True
        return not self.shapes


_PHONE_WORDS: Final = ("phone", "mobile", "tel", "cell", "msisdn", "휴대폰", "핸드폰", "전화", "연락처")
#: In the order in which they are tried: what two claim is the first one's.
_SEARCHES: Final = (
    _Search("private_key", _matches(_PRIVATE), ("private key",)),
    _Search("jwt", _matches(_JWT), ("eyj",)),
    _Search("bearer_token", _bearers, ("bearer",)),
    _Search("aws_key", _matches(_AWS), ("akia", "asia")),
    _Search("resident_number", _residents(_RESIDENT), shapes=(b"000000-0000000",)),
    _Search("resident_number", _residents(_RESIDENT_CALLED), ("resident", "rrn", "jumin", "주민")),
    _Search("card_number", _cards, shapes=(b"0000-0000", b"0000-000000", b"0" * 14)),
    _Search("birth_date", _births, ("birth", "dob", "born", "생년월일", "생일", "출생")),
    _Search("phone_number", _phones(_MOBILE), ("01",), (b"000-0000", b"0" * 10)),
    _Search("phone_number", _phones(_LANDLINE), shapes=(b"000-0000",)),
    _Search("phone_number", _phones(_ABROAD), ("+",)),
    _Search("phone_number", _phones(_ABROAD_BARE), ("+",)),
    _Search("phone_number", _phones(_CALLED), _PHONE_WORDS),
    _Search("email", _matches(_EMAIL), ("@",)),
)
_SHAPE: Final = bytes.maketrans(b"123456789 .", b"000000000--")


def find(text: str, kinds: Collection[str] = USUAL) -> list[Found]:
    """What is found of these kinds, in the order of the text."""
    found: list[Found] = []
    small, shape = text.lower(), text.encode("utf-8", "replace").translate(_SHAPE)
    for search in _SEARCHES:
        if search.kind not in kinds or not search.worth_it(small, shape):
            continue
        for start, end in search.finder(text):
            if not any(start < other.end and other.start < end for other in found):
                found.append(Found(search.kind, start, end))
    return sorted(found, key=lambda each: each.start)


def masked(text: str, found: Found) -> str:
    """The shape of a finding, without what it says: `phone=***-****-****`.

    The field's name stands in front where it is one that fields have: any other word may be somebody's name.
    """
    shape = _hidden(text[found.start : found.end])
    named = _FIELD.search(text[max(0, found.start - 48) : found.start])
    return f"{named[1]}={shape}" if named else shape


def redacted(text: str) -> str:
    """A text without anything that is found in it, of any kind."""
    out, position = [], 0
    for found in find(text, KINDS):
        out += [text[position : found.start], _hidden(text[found.start : found.end])]
        position = found.end
    return "".join([*out, text[position:]])


def _hidden(text: str) -> str:
    return re.sub(r"[^\W_]", "*", text[:24])
