"""What cross-checks find, and the three questions that several of them ask."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from gates.criteria import Criterion
from gates.environment.addresses import join
from gates.environment.limits import LimitSubject, check_limit
from gates.environment.model import Environment
from gates.environment.names import nearest
from gates.environment.readers import Sendable
from gates.environment.tree import KeyPath

#: The key, what is wrong, and the hint.
Finding: TypeAlias = tuple[KeyPath, str, str]


def unknown(path: KeyPath, names: tuple[str, ...], valid: Iterable[str], what: str) -> Iterator[Finding]:
    valid = tuple(valid)
    for index, name in enumerate(names):
        if name not in valid:
            hint = nearest(name, valid) or f"no {what} is declared"
            yield (*path, index), f"there is no {what} {name!r}", hint
        elif name in names[:index]:
            yield (*path, index), f"{name!r} is listed twice", ""


def wrong_limits(
    path: KeyPath, limits: Mapping[str, Criterion], subjects: Mapping[str, LimitSubject]
) -> Iterator[Finding]:
    for subject, criterion in limits.items():
        try:
            check_limit(subject, criterion, subjects)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            yield (*path, subject), message, hint


def not_joined(path: KeyPath, url: Sendable, environment: Environment) -> Iterator[Finding]:
    try:
        join(environment.base_url, url)
    except ValueError as error:
        yield path, str(error), "write a whole URL, or set base_url"
