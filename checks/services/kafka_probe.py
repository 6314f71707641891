"""One Kafka cluster that is looked at: its brokers, how it is logged in, its topics and its consumer groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from checks.secrets import Secret
from checks.services.seam import ServiceProbe

#: Ways to log in that need no more than a user and a password (RFC 4616, RFC 5802).
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaProbe(ServiceProbe):
    """A cluster. `bootstrap`: `host:port` of brokers; `mechanism`: of SASL, empty for none.

    `topics`: those that have to be there, each with the names of the settings that are read; `groups`: consumer groups,
    each with the topics whose lag is counted. `allow_writes`: a message is sent to the topic `tidegate-probe`, which is
    made where it is missing, and stays. `ca_file` and `verify` are for `tls`.
    Raises ValueError for no broker, an unknown mechanism, or a log-in without one.
    """

    KIND: ClassVar[str] = "kafka"

    bootstrap: tuple[str, ...]
    mechanism: str = ""
    user: str = ""
    password: Secret | None = None
    tls: bool = False
    verify: bool = True
    ca_file: str = ""
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ServiceProbe.__post_init__(self)
        if not self.bootstrap or not all(self.bootstrap):
            raise ValueError(f"{self.name}: no broker is named: host:9092")
        if self.mechanism and self.mechanism not in MECHANISMS:
            raise ValueError(f"{self.name}: {self.mechanism!r} is not known; known are {', '.join(MECHANISMS)}")
        if bool(self.mechanism) != bool(self.user):
            raise ValueError(f"{self.name}: a mechanism of SASL and a user belong together")

    @property
    def source(self) -> str:
        """The command that lists the cluster."""
        return f"kcat -b {','.join(self.bootstrap)} -L"
