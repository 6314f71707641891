"""The part of an environment that says what load is put on the target, how much of it, and what it has to stand."""

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field

from checks.units import parse_in
from gates.criteria import AtMost, Criterion
from gates.environment.addresses import Host
from gates.environment.fields import (
    VARIABLE,
    Body,
    Count,
    ExistingPath,
    Flag,
    Name,
    Pause,
    Reader,
    Seconds,
    Text,
    Timeout,
    choice,
)
from gates.environment.late import is_late
from gates.environment.limits import CRITERION_SCHEMA, Limits, read_limit
from gates.environment.readers import MisplacedError, duration, kind_of, mapping, read_flag, read_text, whole
from gates.environment.section import Section
from gates.objectives.generator import GeneratorLimits
from gates.objectives.objective import Objective
from gates.objectives.text import parse, parse_subject

#: The gate that judges the section.
GATE: Final = "load"
#: What is judged where neither a profile nor the gate says anything else of it.
DEFAULTS: Final = ("error_ratio <= 1 %", "achieved >= 99 %")
_RATE: Final = {"type": "string", "pattern": r"/(s|min)\s*$|\$\{", "description": "a rate: 50/s, 600/min"}
_OBJECTIVE: Final = {"type": "string", "minLength": 1, "description": "p95 of quote <= 500ms, error_ratio <= 1 %"}


def _read_rate(value: object) -> float:
    """`50/s`, `600/min`: per second."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(f"{value} has no unit: write {value}/s")
    rate = parse_in(read_text(value), "1/s")
    if rate <= 0:
        raise ValueError(f"a rate is more than 0, not {read_text(value)!r}")
    return rate


def _read_seconds(value: object) -> int:
    seconds = duration("24h")(value)
    if seconds < 1 or seconds != int(seconds):
        raise ValueError(f"whole seconds are needed, at least 1s, not {read_text(value)!r}")
    return int(seconds)


def _read_warm_up(value: object) -> int:
    seconds = duration("24h", zero=True)(value)
    if seconds != int(seconds):
        raise ValueError(f"whole seconds are needed, not {read_text(value)!r}")
    return int(seconds)


def _read_share(value: object) -> float:
    share = parse_in(read_text(value), "ratio")
    if not 0 <= share < 1:
        raise ValueError(f"a share of the full load is from 0 % to less than 100 %, not {read_text(value)!r}")
    return share


def _read_think(value: object) -> tuple[float, float]:
    """`1s`, or `500ms to 2s`."""
    parts = re.split(r"\s+to\s+", read_text(value))
    read = duration("1h", zero=True)
    times = [read(part) for part in parts]
    if len(times) > 2 or times[0] > times[-1]:
        raise ValueError(f"a think time is `1s`, or `500ms to 2s`, not {read_text(value)!r}")
    return times[0], times[-1]


def _read_weight(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1_000_000:
        raise ValueError(f"a weight is a number above 0, not {kind_of(value)}")
    return float(value)


def _read_objective(value: object) -> Objective:
    """A text, or `{limit: text, abort: true}`."""
    if not isinstance(value, dict):
        return parse(read_text(value))
    if unknown := value.keys() - {"limit", "abort"}:
        raise MisplacedError((min(unknown),), f"unknown key {min(unknown)!r}; known are abort, limit")
    if "limit" not in value:
        raise ValueError("an objective has a `limit:`, as in {limit: 'error_ratio <= 1 %', abort: true}")
    try:
        abort = read_flag(value.get("abort", False))
    except ValueError as error:
        raise MisplacedError(("abort",), str(error)) from None
    try:
        return parse(read_text(value["limit"]), abort=abort)
    except ValueError as error:
        raise MisplacedError(("limit",), str(error)) from None


def _read_objectives(value: object) -> tuple[Objective, ...]:
    if not isinstance(value, tuple | list):
        raise ValueError(f"a list of objectives is needed, as in ['p95 <= 500ms'], not {kind_of(value)}")
    found: list[Objective] = []
    for index, item in enumerate(value):
        try:
            one = _read_objective(item)
        except ValueError as error:
            deeper = error.path if isinstance(error, MisplacedError) else ()
            raise MisplacedError((index, *deeper), str(error)) from None
        if any(str(other.subject) == str(one.subject) for other in found):
            raise MisplacedError((index,), f"{str(one.subject)!r} has a limit already")
        found.append(one)
    return tuple(found)


def _read_port(value: object) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else read_text(value)
    if not is_late(text) and not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise ValueError(f"a port is a number from 1 to 65535, not {text!r}")
    return text


def _read_ratio_limit(value: object) -> Criterion:
    limit = read_limit(value)
    if not isinstance(limit, AtMost) or limit.unit != "1" or limit.limit <= 0:
        raise ValueError(f"'{limit}' is no limit of a ratio to the baseline; write it as in '<= 1.2'")
    return limit


def _read_subject(value: object) -> str:
    subject = parse_subject(read_text(value))
    if not subject.metric.latency or subject.metric.name in ("mean", "max"):
        raise ValueError(f"{subject.metric.name} is not compared with a baseline; write a percentile, as in p95")
    if subject.over:
        raise ValueError("a baseline is compared over all the time that is judged, without `over`")
    return str(subject)


def _read_generator(name: str, unit: str) -> Reader:
    def read(value: object) -> Criterion:
        limit = read_limit(value)
        if not isinstance(limit, AtMost) or limit.unit != unit:
            example = {"ratio": "<= 90 %", "s": "<= 100ms"}[unit]
            raise ValueError(f"'{limit}' is no limit of the generator's {name}; write it as in '{example}'")
        return limit

    return Reader(read, CRITERION_SCHEMA)


Rate = Annotated[float, Reader(_read_rate, _RATE)]
WholeSeconds = Annotated[int, Reader(_read_seconds, {"type": "string", "description": "whole seconds: 10s, 5min"})]


class LoadSpike(Section):
    """A sudden rise to the full load and back."""

    base: Annotated[float, Reader(_read_share, {"type": "string"})] = Field(
        0.1, description="the load before and after, as a share of the full one; 10 % by default"
    )
    after: WholeSeconds = Field(description="when it begins")
    during: WholeSeconds = Field(description="how long it lasts")


class LoadShape(Section):
    """How the load changes over the run; at most one of these. Without any it is the same from beginning to end."""

    ramp: WholeSeconds | None = Field(None, description="rises in a straight line so long, and stays")
    soak: WholeSeconds | None = Field(None, description="the same, for long runs: rises so long, and stays")
    steps: Annotated[int, Reader(whole(2, 100), {"type": "integer", "minimum": 2, "maximum": 100})] | None = Field(
        None, description="rises in so many equal steps, each as long as the others"
    )
    spike: LoadSpike | None = Field(None, description="a little load, suddenly all of it, and a little again")


class LoadWorkers(Section):
    """Generators on other machines, each started there with `python -m load.worker`."""

    count: Annotated[int, Reader(whole(1, 1000), {"type": "integer", "minimum": 1, "maximum": 1000})] = Field(
        description="how many have to be there before the load begins"
    )
    token: Body = Field(description="the secret that both sides know, at least 16 characters: ${LOAD_TOKEN}")
    host: Host = Field("127.0.0.1", description="where the master listens; 127.0.0.1 by default")
    port: Annotated[int, Reader(whole(1, 65535), {"type": "integer"})] = Field(5557, description="its port; 5557")
    wait: Timeout = Field(60.0, description="how long workers are waited for; 60s by default")


class LoadWatched(Section):
    """What else is watched while the load runs. Exactly one of `container`, `host` and `port` says what."""

    container: Text | None = Field(None, description="a container of the local engine, by name or id")
    host: Name | None = Field(None, description="a machine that `hosts:` declares, as a whole")
    port: Annotated[str, Reader(_read_port, {"type": ["integer", "string"]})] | None = Field(
        None, description="the process of this machine that listens there, with its children"
    )
    limits: Limits = Field({}, description="cpu: '<= 80 %', memory: '<= 500MB', memory_share, disk: '<= 90 %'")


class LoadGenerator(Section):
    """How healthy the load generator has to be for response times to count."""

    cpu: Annotated[Criterion, _read_generator("cpu", "ratio")] = Field(
        GeneratorLimits().cpu, description="the busiest process's share of one core; '<= 90 %' by default"
    )
    lateness: Annotated[Criterion, _read_generator("lateness", "s")] = Field(
        GeneratorLimits().lateness, description="how late its loop wakes up, p99; '<= 100ms' by default"
    )


class LoadBaseline(Section):
    """What the response times are compared with: the last run of this profile that passed, or a file."""

    limits: Annotated[
        Mapping[str, Criterion],
        Reader(mapping(_read_subject, _read_ratio_limit), {"type": "object", "additionalProperties": CRITERION_SCHEMA}),
    ] = Field(description="how many times the baseline's: p95: '<= 1.2'")
    file: Text | None = Field(None, description="a load-result file, in place of the state store's last passing run")
    required: Flag = Field(False, description="true: without a baseline the gate is INCONCLUSIVE, also the first time")
    slack: Pause = Field(0.005, description="a difference of less than this is none; 5ms by default")


class LoadProfile(Section):
    """One load: who asks for what, how often, for how long, and what has to hold while it lasts."""

    rate: Rate | None = Field(None, description="arrivals per second, whatever the target does (open model): 50/s")
    users: Count | None = Field(None, description="users who wait for each answer (closed model)")
    arrivals: Annotated[str, choice("constant", "poisson")] = Field(
        "constant", description="distances between arrivals; constant by default"
    )
    max_in_flight: Count = Field(
        200, description="with `rate`: requests under way at once; arrivals beyond wait, and their waiting counts"
    )
    spawn_rate: Rate | None = Field(None, description="with `users`: at most so many begin in a second")
    duration: WholeSeconds = Field(description="how long it takes, the warm-up included")
    warm_up: Annotated[int, Reader(_read_warm_up, {"type": "string"})] = Field(
        0, description="so long at the beginning nothing is judged"
    )
    shape: LoadShape | None = Field(None, description="how the load changes; the same all the time by default")
    mix: Annotated[
        Mapping[str, float],
        Reader(mapping(read_text, _read_weight), {"type": "object", "additionalProperties": {"type": "number"}}),
    ] = Field({}, description="declared endpoints and journeys with their weights: {quote: 3, journey watchlist: 1}")
    think_time: Annotated[tuple[float, float], Reader(_read_think, {"type": "string"})] = Field(
        (0.0, 0.0), description="between two requests of a user: 1s, or '500ms to 2s'"
    )
    locustfile: ExistingPath | None = Field(None, description="your own locustfile, in place of `mix`; with `users`")
    user_classes: tuple[Text, ...] = Field((), description="the user classes of the locustfile; all if none")
    objectives: Annotated[
        tuple[Objective, ...],
        Reader(
            _read_objectives,
            {
                "type": "array",
                "items": {
                    "anyOf": [
                        _OBJECTIVE,
                        {
                            "type": "object",
                            "properties": {"limit": _OBJECTIVE, "abort": {"anyOf": [{"type": "boolean"}, VARIABLE]}},
                            "required": ["limit"],
                            "additionalProperties": False,
                        },
                    ]
                },
            },
        ),
    ] = Field((), description="what has to hold: 'p95 of quote <= 500ms'; `abort: true` ends a hopeless run early")
    baseline: LoadBaseline | None = Field(None, description="how much slower than before it may be")
    processes: Annotated[int, Reader(whole(1, 64), {"type": "integer", "minimum": 1, "maximum": 64})] = Field(
        1, description="generator processes on this machine; 1 by default"
    )
    workers: LoadWorkers | None = Field(None, description="generators on other machines, in place of `processes`")
    generator: LoadGenerator = Field(
        LoadGenerator.model_construct(), description="how healthy the generator itself has to be"
    )
    drain: Pause = Field(5.0, description="how long requests under way have after the end; 5s by default")
    late_after: Seconds = Field(0.1, description="a request that is begun so much later than due is late; 100ms")
    seed: Annotated[int, Reader(whole(0, 2**31), {"type": "integer"})] = Field(1, description="of what is drawn; 1")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")


class LoadCaps(Section):
    """Guard rails that no profile gets past."""

    users: Count = Field(1000, description="users at any time; 1000 by default")
    rate: Rate = Field(1000.0, description="requests per second; 1000/s by default")
    duration: WholeSeconds = Field(3600, description="of a run; 1h by default")
    requests: Annotated[int, Reader(whole(1, 10**9), {"type": "integer"})] = Field(
        1_000_000, description="of a run; 1000000 by default"
    )


class Load(Section):
    """What the load gate does."""

    profiles: dict[Name, LoadProfile] = Field({}, description="loads, each judged by itself, run one after the other")
    watch: dict[Name, LoadWatched] = Field({}, description="what is watched while a load runs")
    caps: LoadCaps = Field(LoadCaps.model_construct(), description="guard rails that no profile gets past")
    allow_load: Flag = Field(
        False, description="true: load may be put on a target that is not on this machine, or that people approve for"
    )
