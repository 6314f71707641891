"""What is looked at in logs: where they are, which part of them, and what is counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from checks.engine.choosing import Choice
from checks.secrets import Secret

#: Names under which loggers write, the usual ones first. A dot is a level deeper, or part of the name.
TIMES: Final = ("@timestamp", "timestamp", "time", "ts", "datetime", "asctime")
LEVELS: Final = ("level", "log.level", "severity", "levelname", "lvl", "loglevel")
MESSAGES: Final = ("message", "msg", "event", "log")
TRACES: Final = ("trace_id", "trace.id", "traceId", "traceid", "dd.trace_id")
#: Kinds of personal data.
KINDS: Final = (
    *("private_key", "jwt", "bearer_token", "aws_key"),
    *("resident_number", "card_number", "birth_date", "phone_number", "email"),
)
#: What is looked for where nobody says what: addresses of mail stand in many logs on purpose.
USUAL: Final = tuple(kind for kind in KINDS if kind != "email")
#: What counts as an error where nobody says otherwise.
ERRORS: Final = ("error", "fatal")


@dataclass(frozen=True, slots=True)
class Files:
    """Log files: glob patterns, absolute; rotated and gzipped ones are read, too."""

    patterns: tuple[str, ...]

    @property
    def source(self) -> str:
        """What a person can paste."""
        return f"cat {' '.join(self.patterns)}"


@dataclass(frozen=True, slots=True)
class Containers:
    """The logs of containers, as the engine keeps them. `engine`: as DOCKER_HOST says it."""

    choice: Choice
    engine: str = ""

    @property
    def source(self) -> str:
        """What a person can paste."""
        if self.choice.names:
            return " && ".join(f"docker logs {name}" for name in self.choice.names)
        return f"{self.choice.source} --quiet | xargs -n 1 docker logs"


@dataclass(frozen=True, slots=True)
class Search:
    """Documents of Elasticsearch or OpenSearch.

    `url`: of the server; `index`: a name, an alias or a pattern; `where`: fields and the phrases that they hold;
    `time_field`: a date by which they are found and sorted; `headers`: sent along (credentials).
    """

    url: str | Secret
    index: str
    where: tuple[tuple[str, str], ...] = ()
    time_field: str = "@timestamp"
    headers: tuple[tuple[str, str | Secret], ...] = ()
    ca_file: str = ""
    verify: bool = True

    @property
    def source(self) -> str:
        """What a person can paste; without credentials."""
        from checks.request import parse_url
        from checks.secrets import reveal

        try:
            place = parse_url(reveal(self.url)).shown.rstrip("/")
        except ValueError:
            place = "URL"
        return f"curl {place}/{self.index}/_search"


Source: TypeAlias = Files | Containers | Search


@dataclass(frozen=True, slots=True)
class Names:
    """Under which names fields are found; the first one that is there counts."""

    time: tuple[str, ...] = TIMES
    level: tuple[str, ...] = LEVELS
    message: tuple[str, ...] = MESSAGES


@dataclass(frozen=True, slots=True)
class Window:
    """From when on lines count, until now.

    `since`: seconds since the epoch, None for everything; `start`: since each container's start; `baseline`: whether
    the same length before is counted, too, to compare with.
    """

    since: float | None = None
    start: bool = False
    baseline: bool = False


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """What an error is: a line of one of these `levels`, or one that matches one of `patterns`; `ignore`d ones not."""

    levels: tuple[str, ...] = ERRORS
    patterns: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractRule:
    """What every line has to have: JSON, a time, a level, and these fields.

    `fields`: each a choice of names of which one has to be there; `error_fields`: the same, of errors only; `ahead`:
    seconds that a time may lie in the future.
    """

    time: tuple[str, ...] = TIMES
    level: tuple[str, ...] = LEVELS
    fields: tuple[tuple[str, ...], ...] = ()
    error_fields: tuple[tuple[str, ...], ...] = ()
    ahead: float = 60.0


@dataclass(frozen=True, slots=True)
class Marker:
    """A line that is sent through: whatever says `{{ marker }}` in here has a random text there.

    Either a `url` with `method`, `headers` and `body`, or a `command` as a list of arguments. `within`: seconds until
    it has to be found.
    """

    url: str | Secret = ""
    method: str = "GET"
    headers: tuple[tuple[str, str | Secret], ...] = ()
    body: str | Secret = ""
    command: tuple[str, ...] = ()
    within: float = 30.0
    ca_file: str = ""
    verify: bool = True


@dataclass(frozen=True, slots=True)
class LogProbe:
    """One source, and what is counted in it.

    `errors`, `contract`, `marker`: None where nobody asks; `fatal`: patterns that no line may match; `personal`: the
    kinds of personal data that are looked for; `zone`: of times that name none, `Asia/Seoul` or
    `+09:00`; `timeout`: seconds for all of it; `most`: lines of the window that are read at most.
    """

    name: str
    source: Source
    window: Window = field(default_factory=Window)
    names: Names = field(default_factory=Names)
    errors: ErrorRule | None = None
    fatal: tuple[str, ...] = ()
    contract: ContractRule | None = None
    personal: tuple[str, ...] = ()
    marker: Marker | None = None
    zone: str = "UTC"
    timeout: float = 300.0
    most: int = 10_000_000

    def __post_init__(self) -> None:
        if self.window.start and not isinstance(self.source, Containers):
            raise ValueError(f"{self.name}: only containers have a start")
        if self.window.baseline and self.window.since is None:
            raise ValueError(f"{self.name}: a baseline needs a window: say since when")


#: What a probe sends the way of its marker.
PLACEHOLDER: Final = "{{ marker }}"
#: A JSON document.
Fields: TypeAlias = Mapping[str, object]
