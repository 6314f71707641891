"""Lines of containers' logs, asked of the engine; each has the engine's time, so every window can be applied."""

from collections.abc import Iterator
from typing import Any

from checks.engine.asking import EngineError, client_of
from checks.engine.choosing import Json, name_of
from checks.engine.facts import seconds_of
from checks.engine.log import log_chunks, timed
from checks.logs.account import Account
from checks.logs.lines import Line, Splitter
from checks.logs.probes import Containers
from checks.units import format_value

_DRIVER = "use a logging driver whose logs the engine can read (`json-file`, `local`, `journald`)"


def read_containers(
    source: Containers, since: float | None, start: bool, account: Account, seconds: float
) -> Iterator[Line]:
    """Every line since `since` (seconds since the epoch), or since each container's own start.

    `seconds`: how long the engine may be silent. What can't be read is noted in the account.
    """
    try:
        with client_of(source.engine, seconds) as client:
            summaries = client.containers(all=True)
            chosen = source.choice.chosen(summaries)
            if not chosen:
                others = ", ".join(source.choice.others(summaries)[:8])
                there = f"; there are {others}" if others else ""
                account.lacks(f"no container {source.choice.words} was found{there}", "is it started?")
            for name in source.choice.names:
                if name not in {name_of(summary) for summary in chosen}:
                    account.lacks(f"there is no container {name}", "is it started, and is this its name?")
            for summary in chosen:
                container = client.inspect_container(summary["Id"])
                begin = _start_of(container) if start else since
                yield from _lines(client, container, begin, account, seconds)
    except EngineError as error:
        account.lacks(error.words, error.remedy)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        account.lacks(f"the engine's answer can't be read: {type(error).__name__}: {error}"[:300])


def _start_of(container: Json) -> float | None:
    """From when on lines belong to the present run, seconds since the epoch; None for all of them.

    The engine notes the start of a process a moment after it, when the first lines may be written already. So what
    counts is the end of the run before, and without one (or where the present run has ended) the start less a second.
    """
    state = container["State"]
    started, finished = seconds_of(str(state["StartedAt"])), seconds_of(str(state["FinishedAt"]))
    if started is None or finished is None:
        return None
    return finished if finished <= started else started - 1.0


def _lines(client: Any, container: Json, since: float | None, account: Account, seconds: float) -> Iterator[Line]:
    from docker.errors import APIError

    name, number = name_of(container), 0
    splitters = {1: Splitter(), 2: Splitter()}
    account.parts += 1
    try:
        for stream, piece in log_chunks(client, container, since, seconds):
            account.read += len(piece)
            for data, cut in splitters[stream].feed(piece):
                number += 1
                yield _line(name, number, data, cut)
    except APIError as error:
        words = str(error.explanation or error).strip()[:200]
        account.lacks(f"the engine can't read the log of {name}: {words}", _DRIVER)
    except TimeoutError:
        account.lacks(f"the engine sent nothing of the log of {name} for {format_value(seconds, 's')}")
    except OSError as error:
        account.lacks(f"the log of {name} can't be read: {error}"[:300], "look again")
    for splitter in splitters.values():
        for data, cut in splitter.end():
            number += 1
            yield _line(name, number, data, cut)


def _line(name: str, number: int, data: bytes, cut: bool) -> Line:
    time, rest = timed(data)
    return Line(name, number, rest, time, cut)
