"""A Redis or Valkey server under `services.redis`: what is declared of it, and what is measured of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field

from checks.evidence import Evidence
from checks.services.redis_probe import PORTS
from gates.criteria import Criterion, Equals
from gates.environment.fields import Pause, choice
from gates.environment.readers import Sendable
from gates.environment.services_login import Password, ServiceTls, service_url, without_certificate
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject

if TYPE_CHECKING:
    from checks.services.redis_probe import RedisProbe
    from gates.environment.findings import Finding

_S = ServiceSubject
_SAVE: Final = "read the server's log; until it can save, a restart loses what was written since"
_REPLICA: Final = "is its primary up, and does the password of the replication hold?"
_REPLICAS: Final = "look at the replica's log and at the network between the two"
_MEMORY: Final = "raise maxmemory, let keys expire, or choose a maxmemory-policy that evicts"

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, and are address, user and password right?"),
    "response_time": RESPONSE_TIME,
    "version": _S("text"),
    "uptime": _S("s"),
    "role": _S("text", "", "did a failover happen? point the address at the server that is meant"),
    "read_only": _S("bool", "= false", "it takes no writes: say `role: replica` where that is meant"),
    "connections.used_ratio": _S("ratio", "<= 80 %", "close idle clients, or raise maxclients"),
    "rejected_connections": _S("1", "", "clients were turned away: raise maxclients"),
    "memory.used": _S("B"),
    "memory.max": _S("B", "", "set maxmemory"),
    "memory.used_ratio": _S("ratio", "<= 90 %", _MEMORY, "where maxmemory is set"),
    "memory.policy": _S("text"),
    "evicted": _S("1", "", _MEMORY),
    "hit_rate": _S("ratio", "", "is the cache warm, and are keys kept long enough?"),
    "persistence.aof": _S("bool", "", "set `appendonly yes`"),
    "persistence.aof.written": _S("bool", "= true", _SAVE),
    "persistence.rdb": _S("bool", "", "set `save`"),
    "persistence.rdb.saved": _S("bool", "= true", _SAVE),
    "persistence.rdb.unsaved_for": _S("s", "", _SAVE),
    "replication.connected": _S("bool", "= true", _REPLICA, "of a replica"),
    "replication.heard": _S("s", "<= 30s", _REPLICA, "of a replica"),
    "replication.replicas": _S("1", "", _REPLICAS, "of a primary"),
    "replica.*.state": _S("text", "= online", _REPLICAS, "of a primary, for each replica"),
    "replica.*.lag": _S("s", "<= 30s", _REPLICAS, "of a primary, for each replica"),
    "replica.*.lag_bytes": _S("B", "", _REPLICAS, "of a primary, for each replica"),
    "write.works": _S(
        "bool", "= true", "read the detail: memory, read-only, or a snapshot that failed", "with allow_writes"
    ),
    "write.response_time": _S("s", "", RESPONSE_TIME.remedy, "with allow_writes"),
}
_OF_A_REPLICA: Final = ("replication.connected", "replication.heard")
_WRITES: Final = ("write.works", "write.response_time")


class RedisService(ServiceSection):
    """A Redis or Valkey server."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    url: Annotated[Sendable, service_url(PORTS, ("db",))] = Field(
        description="redis://user@host:6379/0, rediss:// for TLS, unix://user@/run/redis.sock?db=0"
    )
    password: Password | None = Field(None, description="the password of the user: ${VAR} or ${file:path}")
    tls: ServiceTls | None = Field(None, description="how the certificate of a rediss:// address is checked")
    role: Annotated[Literal["primary", "replica"], choice("primary", "replica")] | None = Field(
        None, description="primary or replica: what it has to be"
    )
    persistence: Annotated[Literal["none", "rdb", "aof", "both"], choice("none", "rdb", "aof", "both")] | None = Field(
        None, description="what has to be on: rdb (snapshots), aof (append-only file), both; none: neither of them"
    )
    window: Pause = Field(0.0, description="counters are read twice, this far apart; 0s: since the server's start")

    def probe(self, name: str) -> "RedisProbe":
        from checks.services.redis_probe import RedisProbe
        from gates.environment.services_login import parsed

        tls = self.tls or ServiceTls.model_construct()
        return RedisProbe(
            name=name,
            timeout=self.timeout,
            allow_writes=self.allow_writes,
            url=parsed(self.url, PORTS, ("db",)),
            password=self.password,
            window=self.window,
            ca_file=str(tls.ca_file or ""),
            verify=tls.verify,
        )

    def problems(self) -> "Iterator[Finding]":
        if self.tls is not None and without_certificate(self.url, "rediss"):
            yield ("tls",), "there is no certificate with redis://", "write rediss:// in the address, or remove `tls:`"

    def expected(self) -> Mapping[str, Criterion]:
        expected: dict[str, Criterion] = {}
        if self.role is not None:
            expected["role"] = Equals(self.role)
        if self.role == "replica":
            # A replica that takes writes loses them.
            expected["read_only"] = Equals(value=True)
        for kind in ("rdb", "aof"):
            if self.persistence == "none":
                expected[f"persistence.{kind}"] = Equals(value=False)
            elif self.persistence in (kind, "both"):
                expected[f"persistence.{kind}"] = Equals(value=True)
        return expected

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        # Where the role could not be read, what is asked of a replica is a Gap, and is judged as one.
        is_primary = getattr(parts.get("role"), "value", "") == "primary"
        unlimited = getattr(parts.get("memory.max"), "absent", False)
        for subject in super().subjects(parts):
            asked = (
                (not is_primary or subject not in _OF_A_REPLICA)
                and (not unlimited or subject != "memory.used_ratio")
                and (self.allow_writes or subject not in _WRITES)
            )
            if asked:
                yield subject
