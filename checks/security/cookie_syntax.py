"""Set-Cookie, read as a browser reads it (RFC 6265bis, 5.1.1 and 5.6). The value is dropped at once."""

import calendar
import re
from dataclasses import dataclass
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LARGEST_PAIR: Final = 4096
_LARGEST_ATTRIBUTE: Final = 1024
_SAME_SITE: Final = {"strict": "Strict", "lax": "Lax", "none": "None"}
_DELIMITERS: Final = re.compile(r"[\x09\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME: Final = re.compile(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_DAY: Final = re.compile(r"([0-9]{1,2})(?:[^0-9].*)?", re.DOTALL)
_YEAR: Final = re.compile(r"([0-9]{2,4})(?:[^0-9].*)?", re.DOTALL)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: More seconds than any browser keeps a cookie.
_LONGEST: Final = 10**12


@dataclass(frozen=True, slots=True)
class Cookie:
    """What a Set-Cookie header says, without the value.

    `max_age` in seconds and `expires` in seconds since the epoch are None where they are not there or can't be read.
    `same_site` is `Strict`, `Lax`, `None`, or "" where the server says none of them.
    """

    name: str
    secure: bool = False
    http_only: bool = False
    same_site: str = ""
    domain: str = ""
    path: str = ""
    max_age: int | None = None
    expires: float | None = None

    def lifetime(self, now: float) -> float | None:
        """Seconds that it lives, 0 or less where it deletes a cookie; None for a session cookie. Max-Age wins."""
        if self.max_age is not None:
            return float(max(self.max_age, 0))
        return None if self.expires is None else self.expires - now

    def refusal(self) -> str:
        """Why browsers don't store it, or nothing (RFC 6265bis, 5.7, steps 20 to 22)."""
        name = self.name.lower()
        if name.startswith("__secure-") and not self.secure:
            return "__Secure- without Secure"
        if name.startswith("__host-"):
            if not self.secure:
                return "__Host- without Secure"
            if self.domain:
                return "__Host- with a Domain"
            if self.path != "/":
                return "__Host- without Path=/"
        if self.same_site == "None" and not self.secure:
            return "SameSite=None without Secure"
        return ""


def parse_set_cookie(text: str) -> Cookie | None:
    """The cookie, or None for a header that browsers ignore as a whole."""
    if _CONTROLS.search(text):
        return None
    pair, *attributes = text.split(";")
    name, equals, value = pair.partition("=")
    # Without `=` the whole text is the value of a cookie without a name: it must not become a name.
    name = name.strip(" \t") if equals else ""
    value = value.strip(" \t") if equals else pair.strip(" \t")
    if not (name or value) or len((name + value).encode()) > _LARGEST_PAIR:
        return None
    # A nameless cookie whose value looks like a prefix is refused (5.7, step 22).
    if not name and value.lower().startswith(("__secure-", "__host-")):
        return None
    return _with_attributes(name, attributes)


def _with_attributes(name: str, attributes: list[str]) -> Cookie:
    secure = http_only = False
    same_site = domain = path = ""
    max_age: int | None = None
    expires: float | None = None
    for attribute in attributes:
        key, _, text = attribute.partition("=")
        text = text.strip(" \t")
        if len(text.encode()) > _LARGEST_ATTRIBUTE:
            continue
        match key.strip(" \t").lower():
            case "secure":
                secure = True
            case "httponly":
                http_only = True
            case "samesite":
                same_site = _SAME_SITE.get(text.lower(), "")
            case "domain":
                domain = text.removeprefix(".").lower()
            case "path":
                path = text if text.startswith("/") else ""
            case "max-age":
                max_age = _max_age(text, max_age)
            case "expires":
                found = parse_cookie_date(text)
                expires = expires if found is None else found
    return Cookie(name, secure, http_only, same_site, domain, path, max_age, expires)


def _max_age(text: str, before: int | None) -> int | None:
    if not re.fullmatch(r"-?[0-9]+", text):
        return before
    if text.startswith("-"):
        return 0
    return _LONGEST if len(text) > 12 else int(text)


def parse_cookie_date(text: str) -> float | None:
    """Seconds since the epoch, or None (RFC 6265bis, 5.1.1: the parts may come in any order)."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (match := _TIME.fullmatch(token)):
            time = int(match[1]), int(match[2]), int(match[3])
        elif day is None and (match := _DAY.fullmatch(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.fullmatch(token)):
            year = int(match[1])
    if time is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if 0 <= year <= 69 else 0
    if year < 1601 or time[0] > 23 or time[1] > 59 or time[2] > 59:
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return float(calendar.timegm((year, month, day, *time)))
