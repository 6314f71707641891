"""The part of an environment that says which logs are looked at, and what must and must not stand in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from checks.logs.levels import LEVELS as KNOWN_LEVELS
from checks.logs.levels import SPELLINGS
from checks.logs.probes import ERRORS, KINDS, LEVELS, MESSAGES, PLACEHOLDER, TIMES, TRACES, USUAL
from gates.environment.addresses import Url
from gates.environment.endpoints import TlsOptions
from gates.environment.fields import VARIABLE, Body, Flag, Headers, Method, Name, Pause, Reader, Text, Timeout
from gates.environment.limits import Limits
from gates.environment.names import nearest
from gates.environment.patterns import Patterns
from gates.environment.readers import MisplacedError, duration, kind_of, read_text, whole
from gates.environment.section import Section
from gates.environment.services_section import ServiceSubject

_S = ServiceSubject
_ERRORS: Final = "look at these lines; what is known and harmless goes under `errors: {ignore: [...]}`"
_PERSONAL: Final = "stop logging it, and remove what was logged: masking in the logger comes before shipping"
_PROBE: Final = "follow the line: does the service log, is it shipped, is this the place where it arrives?"

#: What is measured of a log. `personal_data.*` stands for a kind.
SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "lines": _S("1", ">= 1", "is the service logging, and here?"),
    "errors": _S("1", "= 0", _ERRORS, where="`errors` is declared; with a baseline only where a limit is set"),
    "errors.before": _S("1", "", _ERRORS, where="`baseline` is declared"),
    "errors.more": _S("1", "<= 0", _ERRORS, where="`baseline` is declared"),
    "errors.new": _S("1", "= 0", _ERRORS, where="`baseline` is declared"),
    "fatal": _S("1", "= 0", "look at these lines", where="`fatal` is declared"),
    "contract": _S("ratio", ">= 100 %", "write every line as JSON with these fields", where="`contract` is declared"),
    "probe.found": _S("bool", "= true", _PROBE, where="`probe` is declared"),
    "probe.delay": _S("s", "", _PROBE, where="the line of the probe was found"),
    "personal_data.*": _S("1", "= 0", _PERSONAL, where="`personal_data` is declared"),
}


@dataclass(frozen=True, slots=True)
class Since:
    """From when on lines count: so many seconds ago, since a moment (seconds since the epoch), or since a start."""

    ago: float | None = None
    moment: float | None = None
    start: bool = False


def _read_since(value: object) -> Since:
    from checks.logs.times import is_iso, time_of

    text = read_text(value)
    if text == "start":
        return Since(start=True)
    if is_iso(text):
        return Since(moment=time_of(text, UTC))
    try:
        return Since(ago=duration("400d")(value))
    except ValueError:
        message = f"{text!r} is no window; write 15min, 2026-11-20T10:00:00Z, or start (of each container)"
        raise ValueError(message) from None


def _read_names(value: object) -> tuple[str, ...]:
    """One field's name, or several of which the first that is there counts."""
    items = value if isinstance(value, tuple | list) else (value,)
    if not items:
        raise ValueError("is empty: name a field")
    return tuple(_each(items, read_text))


def _read_levels(value: object) -> tuple[str, ...]:
    def one(item: object) -> str:
        text = read_text(item)
        if text.lower() not in SPELLINGS:
            raise ValueError(f"{text!r} is no level; {nearest(text.lower(), KNOWN_LEVELS)}")
        return SPELLINGS[text.lower()]

    items = value if isinstance(value, tuple | list) else (value,)
    if not items:
        raise ValueError("is empty: name a level, or leave the key out")
    return tuple(_each(items, one))


def _read_personal(value: object) -> tuple[str, ...]:
    """`forbidden`, or a list of kinds."""
    if value == "forbidden":
        return USUAL
    if not isinstance(value, tuple | list):
        raise ValueError(f"write `forbidden`, or a list of kinds, not {kind_of(value)}; {nearest('', KINDS)}")

    def one(item: object) -> str:
        text = read_text(item)
        if text not in KINDS:
            raise ValueError(f"{text!r} is no kind of personal data; {nearest(text, KINDS)}")
        return text

    if not value:
        raise ValueError("is empty: nothing would be looked for")
    return tuple(dict.fromkeys(_each(value, one)))


def _read_files(value: object) -> tuple[str, ...]:
    """Glob patterns, relative to the file that names them."""

    def one(item: object) -> str:
        text = read_text(item)
        return str((getattr(item, "folder", Path()) / text).absolute())

    items = value if isinstance(value, tuple | list) else (value,)
    if not items:
        raise ValueError("is empty: name a file, or a pattern of files")
    return tuple(_each(items, one))


def _read_zone(value: object) -> str:
    from checks.logs.zones import zone_of

    text = read_text(value)
    zone_of(text)
    return text


def _read_index(value: object) -> str:
    text = read_text(value)
    if any(character in text for character in '/?#\\ "<>|') or text.startswith("_"):
        raise ValueError(f"{text!r} is no index; write a name, an alias, or a pattern such as logs-*")
    return text


def _each(items: Any, read: Any) -> list[Any]:
    found = []
    for index, item in enumerate(items):
        try:
            found.append(read(item))
        except ValueError as error:
            raise MisplacedError((index,), str(error)) from None
    return found


_TEXT = {"type": "string", "minLength": 1}
_SEVERAL = {"anyOf": [_TEXT, {"type": "array", "minItems": 1, "items": _TEXT}]}
_ONE_LEVEL = {"type": "string"}
FieldNames = Annotated[tuple[str, ...], Reader(_read_names, _SEVERAL)]
ErrorLevels = Annotated[
    tuple[str, ...],
    Reader(_read_levels, {"anyOf": [_ONE_LEVEL, {"type": "array", "minItems": 1, "items": _ONE_LEVEL}]}),
]
PersonalKinds = Annotated[
    tuple[str, ...],
    Reader(
        _read_personal,
        {"anyOf": [{"enum": ["forbidden"]}, {"type": "array", "minItems": 1, "items": {"enum": list(KINDS)}}]},
    ),
]
Globs = Annotated[tuple[str, ...], Reader(_read_files, _SEVERAL)]
Zone = Annotated[str, Reader(_read_zone, {"type": "string", "minLength": 1})]
Index = Annotated[str, Reader(_read_index, {"type": "string", "minLength": 1})]
SinceWhen = Annotated[Since, Reader(_read_since, {"type": "string", "minLength": 2})]
Lines = Annotated[int, Reader(whole(1, 1_000_000_000), {"anyOf": [{"type": "integer", "minimum": 1}, VARIABLE]})]


class LogContainers(Section):
    """Containers whose logs are read. Exactly one of `project`, `label` and `names` says which."""

    project: Text | None = Field(None, description="a compose project")
    service: Text | None = Field(None, description="one service of the project")
    label: Text | None = Field(None, description="a label: `key` or `key=value`")
    names: tuple[Text, ...] = Field((), description="the names of containers, each of which has to be there")
    engine: Text | None = Field(None, description="where the engine listens, where `containers.engine` says another")


class LogSearch(Section):
    """An index of Elasticsearch or OpenSearch."""

    url: Url = Field(description="the server's URL")
    index: Index = Field(description="a name, an alias or a pattern: logs-*")
    where: dict[Text, Text] = Field({}, description="fields and the phrases that they have to hold")
    time_field: Text = Field("@timestamp", description="the date by which documents are found; @timestamp by default")
    headers: Headers = Field({}, description="headers that are sent; secrets are welcome here")
    tls: TlsOptions | None = Field(None, description="how its certificate is checked, where the environment's differs")


class LogErrors(Section):
    """What an error is. `errors: {}` takes the levels error and fatal."""

    level: ErrorLevels = Field(
        ERRORS, description="levels that are errors, in any spelling; error and fatal by default"
    )
    patterns: Patterns = Field((), description="patterns of lines that are errors, whatever their level is")
    ignore: Patterns = Field((), description="patterns of errors that are known and don't count")


class LogContract(Section):
    """What every line has to have. `contract: {}` wants JSON, a time, a level and a trace id."""

    timestamp: FieldNames = Field(TIMES, description="names of the time's field, which is ISO 8601 with a zone")
    level: FieldNames = Field(LEVELS, description="names of the level's field")
    trace_id: FieldNames = Field(TRACES, description="names of the trace id's field")
    fields: tuple[FieldNames, ...] = Field((), description="fields that every line has: [client.ip, user_agent]")
    error_fields: tuple[FieldNames, ...] = Field((), description="fields that every error has: [error.type]")
    ahead: Pause = Field(60.0, description="how far a time may lie in the future; 60s by default")


class LogProbeLine(Section):
    """A line that is sent through. `{{ marker }}` stands where a random text is sent, and then looked for."""

    http: Url | None = Field(None, description="a request that is logged: /health?q={{ marker }}")
    method: Method = Field("GET", description="the HTTP method")
    headers: Headers = Field({}, description="headers that are sent; secrets are welcome here")
    body: Body | None = Field(None, description="the text that is sent")
    command: tuple[Text, ...] = Field((), description="a command that logs, as a list of arguments: [logger, ...]")
    within: Timeout = Field(30.0, description="how long the line may take until it is found; 30s by default")

    def carries(self) -> bool:
        """Whether the marker stands anywhere."""
        from checks.secrets import reveal

        texts = [reveal(self.http or ""), reveal(self.body or ""), *self.command, *map(reveal, self.headers.values())]
        return any(PLACEHOLDER in text for text in texts)


class LogSource(Section):
    """One log. Exactly one of `files`, `containers` and `elasticsearch` says where it is."""

    files: Globs | None = Field(None, description="a file or a pattern, or several: /var/log/app/*.json*")
    containers: LogContainers | None = Field(None, description="containers whose logs are read")
    elasticsearch: LogSearch | None = Field(None, description="an index that is searched")
    since: SinceWhen | None = Field(
        None, description="from when on lines count: 15min, a time, or start (of each container); everything by default"
    )
    baseline: Flag = Field(False, description="true: errors are compared with the same length of time before")
    time: FieldNames = Field(TIMES, description="names of the time's field in JSON lines")
    level: FieldNames = Field(LEVELS, description="names of the level's field in JSON lines")
    message: FieldNames = Field(MESSAGES, description="names of the message's field in JSON lines")
    timezone: Zone = Field("UTC", description="the zone of times that name none: Asia/Seoul, +09:00; UTC by default")
    errors: LogErrors | None = Field(None, description="count errors; {} for the levels error and fatal")
    fatal: Patterns = Field((), description="patterns that no line may match")
    contract: LogContract | None = Field(None, description="what every line has to have; {} for the usual fields")
    probe: LogProbeLine | None = Field(None, description="a line that is sent through and has to be found")
    personal_data: PersonalKinds = Field((), description="`forbidden`, or the kinds that must not be there")
    most: Lines = Field(10_000_000, description="how many lines are read at most; 10 million by default")
    timeout: Timeout = Field(300.0, description="how long reading may take; 5min by default")
    limits: Limits = Field({}, description="criteria of this log; they override the gate's and the defaults")
    needs: tuple[Name, ...] = Field((), description="endpoints without which this one can't be judged")
    remedy: Text | None = Field(None, description="the next step for people when this fails")

    def asked(self) -> frozenset[str]:
        """The subjects that are looked for, with the names of the kinds of personal data."""
        found = {"lines", *(f"personal_data.{kind}" for kind in self.personal_data)}
        found |= {"errors"} if self.errors is not None else set()
        if self.errors is not None and self.baseline:
            found |= {"errors.before", "errors.more", "errors.new"}
        found |= {"fatal"} if self.fatal else set()
        found |= {"contract"} if self.contract is not None else set()
        return frozenset(found | ({"probe.found", "probe.delay"} if self.probe is not None else set()))


class Logs(Section):
    """What the logs gate looks at."""

    sources: dict[Name, LogSource] = Field({}, description="logs, each with what must and must not stand in it")
