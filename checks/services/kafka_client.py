"""A Kafka client that keeps the words librdkafka hides: its calls say "timed out", and only its callback knows why.

Settings and local errors: librdkafka, CONFIGURATION.md and `rd_kafka_resp_err_t`.
"""

import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeAlias

from confluent_kafka import KafkaException

from checks.failures import AttemptError, Down, Unmeasured
from checks.services.plain_patience import outlasting
from checks.services.seam import Visit
from checks.services.words import refused_login

#: Its module exports its names for people, but not for type checkers.
admin: Final[Any] = import_module("confluent_kafka.admin")

#: Settings of librdkafka.
Settings: TypeAlias = dict[str, Any]

#: Ours: wrong settings, and what this librdkafka can't do.
_OURS: Final = frozenset({"_INVALID_ARG", "_INVALID_TYPE", "_NOT_IMPLEMENTED", "_FS", "_NOENT"})
#: What no second try changes, once librdkafka has tried every broker.
_HOPELESS: Final = frozenset({"_ALL_BROKERS_DOWN", "_AUTHENTICATION"})
_NO_SUCH_NAME: Final = ("Name or service not known", "nodename nor servname", "No address associated")
#: `sasl_ssl://broker:9092/bootstrap: ` before the words, `(after 3ms in state CONNECT)` and advice behind them.
_BEFORE: Final = re.compile(r"^(?:\S+/(?:bootstrap|[0-9]+): )+")
_BEHIND: Final = re.compile(r"(?:: increase receive\.message\.max\.bytes| \(after [0-9]+ms in state \w+).*$")
#: Seconds of the first try. The later ones are longer: a slow cluster gets time, a dead one is not waited for.
_FIRST: Final = 0.5


@dataclass(slots=True)
class KafkaClient:
    """An administrator's client, and what it overhears. `settings`: of this client and of those that are made later."""

    settings: Settings
    admin: Any = None
    words: str = ""
    hopeless: bool = False
    refused: bool = False
    unresolved: bool = False

    def __post_init__(self) -> None:
        self.admin = create(admin.AdminClient, self.all_settings())

    def all_settings(self) -> Settings:
        """The settings of any client: quiet, and with our ear at its callback."""
        # Level 0 is for what is never said; librdkafka would write everything else to standard error.
        return {"client.id": "tidegate", "log_level": 0, "error_cb": self._hear, **self.settings}

    def metadata(self, visit: Visit) -> Any:
        """All brokers and topics. Raises Down, Unmeasured.

        All, because librdkafka may make a topic that is asked for by its name where the brokers allow it.
        """
        step = _FIRST
        while True:
            left = outlasting(visit)
            try:
                return self.admin.list_topics(timeout=min(step, left))
            except KafkaException as error:
                self.admin.poll(0)
                # Once is not enough: the first of a host's addresses may be the one without a broker.
                if step > _FIRST and (self.hopeless or not is_about_time(error)):
                    raise self.why(error) from None
                if left <= step:
                    raise (self.why(error) if self.words else visit.timed_out()) from None
            step *= 2

    def why(self, error: KafkaException) -> AttemptError:
        """What the brokers did wrong, or our own side could not do."""
        self.admin.poll(0)
        found = error.args[0]
        if found.name() in _OURS:
            return Unmeasured(f"the client said: {plain(found.str())}")
        if self.unresolved:
            return Unmeasured(f"the resolver did not answer: {self.words}", "check this machine's resolver")
        if self.refused and is_about_time(error):
            return refused_login(self.words)
        # "Timed out" and "transport failure" are how it is said; what was overheard is why.
        if is_about_time(error):
            return Down(self.words or f"no broker answered as Kafka does ({plain(found.str())})")
        return Down(plain(found.str()))

    def _hear(self, error: Any) -> None:
        """librdkafka's error_cb."""
        name, text = error.name(), error.str()
        self.hopeless |= name in _HOPELESS
        if name != "_ALL_BROKERS_DOWN":
            # The same trouble is said in several ways, and the longest says most.
            self.words = max(self.words, plain(text), key=len)
        self.refused |= name == "_AUTHENTICATION"
        if name == "_RESOLVE":
            self.unresolved = not any(known in text for known in _NO_SUCH_NAME)


def create(kind: Callable[[Settings], Any], settings: Settings) -> Any:
    """A client of librdkafka. Raises Unmeasured where its settings are refused: a file of authorities, a mechanism."""
    try:
        return kind(settings)
    except KafkaException as error:
        raise Unmeasured(f"the client refuses its settings: {plain(error.args[0].str())}") from None


def share(visit: Visit) -> float:
    """Seconds for one question of several: half of what is left, so that one silence does not stand for all."""
    return visit.left() / 2


def each(futures: Mapping[Any, "Future[Any]"], visit: Visit) -> Mapping[Any, Any]:
    """The results of an administrator's call, or the KafkaException in the place of one. Raises Down, Unmeasured."""
    found: dict[Any, Any] = {}
    for key, future in futures.items():
        try:
            found[key] = future.result(timeout=outlasting(visit))
        except KafkaException as error:
            found[key] = error
        except FutureTimeoutError:
            raise visit.timed_out() from None
    return found


def is_about_time(error: KafkaException) -> bool:
    """Whether it says no more than that there was no answer."""
    return error.args[0].name() in (
        "_TIMED_OUT",
        "_TRANSPORT",
        "_TIMED_OUT_QUEUE",
        "_ALL_BROKERS_DOWN",
        "_MSG_TIMED_OUT",
    )


def said(error: Any) -> str:
    """The words of one answer that failed, where the brokers are known to be there."""
    return plain(error.args[0].str())


def plain(text: str) -> str:
    """The words of librdkafka without what is not for people."""
    return _BEHIND.sub("", _BEFORE.sub("", text)).strip()
