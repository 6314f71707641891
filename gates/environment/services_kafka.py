"""A Kafka cluster under `services.kafka`: what is declared of it, and what is measured of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field

from checks.evidence import Evidence
from checks.secrets import reveal
from checks.services.kafka_probe import MECHANISMS
from gates.criteria import Criterion, Equals
from gates.environment.addresses import Address
from gates.environment.fields import Count, Params, Text, choice
from gates.environment.section import Section
from gates.environment.services_login import Password, ServiceTls
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject

if TYPE_CHECKING:
    from checks.services.kafka_probe import KafkaProbe
    from gates.environment.findings import Finding

_S = ServiceSubject
_BROKERS: Final = "start the brokers that are missing, and read their logs"
_REPLICAS: Final = "is a broker down, or too slow to follow?"
_ADVERTISED: Final = "are the addresses that the brokers advertise reachable from here?"
_CHANGE: Final = "change it with kafka-configs.sh, or correct what is declared"
_BEHIND: Final = "are the consumers up, and fast enough?"

_WRITTEN: Final = "with allow_writes"
_OF_A_TOPIC: Final = "for each declared topic"
_OF_A_GROUP: Final = "for each declared group"

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, and are addresses, protocol, user and password right?"),
    "response_time": RESPONSE_TIME,
    "brokers": _S("1", ">= 1", _BROKERS),
    "controller": _S("bool", "= true", "no broker leads the cluster: read the logs of the controllers"),
    "partitions.offline": _S("1", "= 0", _BROKERS),
    "partitions.under_replicated": _S("1", "= 0", _REPLICAS),
    "topic.*.exists": _S("bool", "= true", "make the topic, or let this user see it", _OF_A_TOPIC),
    "topic.*.partitions": _S("1", "", "keys move when partitions are added: plan it, or correct what is declared"),
    "topic.*.replicas": _S("1", "", "reassign the partitions, or correct what is declared", _OF_A_TOPIC),
    "topic.*.leaders_answering": _S("ratio", ">= 100 %", _ADVERTISED, _OF_A_TOPIC),
    "topic.*.setting.*": _S("text", "", _CHANGE, "for each declared setting"),
    "group.*.members": _S("1", ">= 1", "start who reads in this group", _OF_A_GROUP),
    "group.*.lag": _S("1", "<= 1000", _BEHIND, _OF_A_GROUP),
    "write.confirmed": _S(
        "bool", "= true", "may this user write to `tidegate-probe`, and are replicas in step?", _WRITTEN
    ),
    "write.read_back": _S("bool", "= true", "may this user read `tidegate-probe`?", _WRITTEN),
}
_WRITES: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _WRITTEN)
_PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


class KafkaTopic(Section):
    """A topic that has to be there."""

    partitions: Count | None = Field(None, description="how many partitions it has to have")
    replicas: Count | None = Field(None, description="how many replicas each partition has to have")
    settings: Params = Field({}, description='settings that it has to have: retention.ms: "604800000"')


class KafkaGroup(Section):
    """A consumer group that has to keep up."""

    topics: tuple[Text, ...] = Field(description="the topics that it reads")


class KafkaService(ServiceSection):
    """A Kafka cluster."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    bootstrap: tuple[Address, ...] = Field(description="brokers that are asked first: [kafka-1:9092, kafka-2:9092]")
    protocol: Annotated[Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"], choice(*_PROTOCOLS)] = Field(
        "PLAINTEXT", description="security.protocol of its listener"
    )
    mechanism: Annotated[Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], choice(*MECHANISMS)] | None = Field(
        None, description="how one logs in over SASL"
    )
    user: Text | None = Field(None, description="the user of SASL")
    password: Password | None = Field(None, description="the password of the user: ${VAR} or ${file:path}")
    tls: ServiceTls | None = Field(None, description="how certificates are checked with SSL and SASL_SSL")
    topics: dict[Text, KafkaTopic] = Field({}, description="topics that have to be there")
    groups: dict[Text, KafkaGroup] = Field({}, description="consumer groups that have to keep up")

    def probe(self, name: str) -> "KafkaProbe":
        from checks.services.kafka_probe import KafkaProbe

        tls = self.tls or ServiceTls.model_construct()
        return KafkaProbe(
            name=name,
            timeout=self.timeout,
            allow_writes=self.allow_writes,
            bootstrap=self.bootstrap,
            mechanism=self.mechanism or "",
            user=self.user or "",
            password=self.password,
            tls=self.protocol.endswith("SSL"),
            verify=tls.verify,
            ca_file=str(tls.ca_file or ""),
            topics={topic: tuple(declared.settings) for topic, declared in self.topics.items()},
            groups={group: declared.topics for group, declared in self.groups.items()},
        )

    def expected(self) -> Mapping[str, Criterion]:
        expected: dict[str, Criterion] = {}
        for name, topic in self.topics.items():
            for part, wanted in (("partitions", topic.partitions), ("replicas", topic.replicas)):
                if wanted is not None:
                    expected[f"topic.{name}.{part}"] = Equals(wanted)
            for key, value in topic.settings.items():
                expected[f"topic.{name}.setting.{key}"] = Equals(reveal(value))
        return expected

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        yield from (part for part in super().subjects(parts) if self.allow_writes or part not in _WRITES)
        yield from (f"topic.{topic}.exists" for topic in self.topics)
        for group in self.groups:
            yield from (f"group.{group}.members", f"group.{group}.lag")

    def problems(self) -> "Iterator[Finding]":
        if not self.bootstrap:
            yield ("bootstrap",), "it names no broker", "write [host:9092]"
        sasl = self.protocol.startswith("SASL")
        if sasl and None in (self.mechanism, self.user, self.password):
            yield ("protocol",), f"{self.protocol} needs mechanism, user and password", ""
        for key in ("mechanism", "user", "password"):
            if not sasl and getattr(self, key) is not None:
                yield (key,), f"nobody logs in with {self.protocol}", "write protocol: SASL_SSL"
        if self.tls is not None and not self.protocol.endswith("SSL"):
            yield ("tls",), f"there is no certificate with {self.protocol}", "write protocol: SASL_SSL, or SSL"
        for group, declared in self.groups.items():
            if not declared.topics:
                yield ("groups", group, "topics"), "it names no topic", ""
