"""Whether a report is of this release at all, or was left behind by an earlier run."""

from collections.abc import Iterator
from datetime import UTC, datetime

from checks.units import format_value
from reports.read.junit_file import JunitFile
from reports.read.junit_values import as_utc
from reports.read.problem import Effect, Problem

#: Clocks of two machines differ by so many seconds without anybody being wrong.
_TOLERANCE = 300.0


def stale(
    file: JunitFile, modified: float, now: float, *, max_age: float | None, not_before: float | None
) -> Iterator[Problem]:
    """Problems with the age of a file. All times in seconds, points in time since the epoch.

    `modified`: when the file was last written, which counts where no suite states a time; `max_age`: how old it may be;
    `not_before`: the commit's time. Without either, nobody asked and nothing is said.
    """
    if max_age is None and not_before is None:
        return
    written = _written(file.newest, now) if file.newest else modified
    if not file.newest:
        yield Problem(
            Effect.NOTE,
            "no suite states a time: the file's modification time counts, which copying renews",
            0,
            file.path,
        )
    age = now - written
    if age < -_TOLERANCE:
        ahead = format_value(-age, "s")
        yield Problem(
            Effect.INCONCLUSIVE, f"written {ahead} in the future ({_text(written)}): a clock is wrong", 0, file.path
        )
    if max_age is not None and age > max_age:
        wanted = format_value(max_age, "s")
        yield Problem(
            Effect.INCONCLUSIVE,
            f"stale: {format_value(age, 's')} old ({_text(written)}), wanted <= {wanted}",
            0,
            file.path,
        )
    if not_before is not None and written < not_before - _TOLERANCE:
        yield Problem(
            Effect.INCONCLUSIVE,
            f"stale: written {_text(written)}, before the commit of {_text(not_before)}: it tested something else",
            0,
            file.path,
        )


def _written(newest: datetime, now: float) -> float:
    """A time without a zone is UTC. Where that lies in the future, it was the local time of a zone east of it."""
    written = as_utc(newest).timestamp()
    if newest.tzinfo is None and written > now + _TOLERANCE:
        try:
            return newest.astimezone().timestamp()
        except (OverflowError, OSError, ValueError):
            return written
    return written


def _text(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except (OverflowError, OSError, ValueError):
        return f"{seconds:.0f} s since 1970"
