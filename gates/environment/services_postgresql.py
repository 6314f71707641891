"""A PostgreSQL database under `services.postgresql`: what is declared of it, and what is measured of it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field

from checks.evidence import Evidence
from checks.services.postgresql_probe import OPTIONS, PORTS
from gates.criteria import Criterion, Equals
from gates.environment.fields import Count, Name, Reader, Text, choice
from gates.environment.limits import read_wanted_text
from gates.environment.readers import Sendable, mapping, read_text
from gates.environment.services_login import Password, ServiceTls, parsed, service_url
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject
from gates.environment.services_sql import Migration, ServiceQuery, expected_of

if TYPE_CHECKING:
    from checks.services.postgresql_probe import PostgresqlProbe

_S = ServiceSubject
_REPLICA: Final = "look at the replica's log and at its primary: is it up, and is the replay paused or delayed?"
_STANDBY: Final = "look at the standby's log: is it up, is its replay paused, is the network between them wide enough?"
_TRANSACTION: Final = "the detail names the session: end it there, or SELECT pg_terminate_backend(PID)"
_VACUUM: Final = (
    "VACUUM (VERBOSE) the table of the detail, and see why autovacuum does not: old transactions, its settings"
)

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, and are address, database, user and password right?"),
    "response_time": RESPONSE_TIME,
    "version": _S("text"),
    "tls": _S("bool", "", "write `tls: {}`, or `?sslmode=verify-full` behind the URL"),
    "role": _S("text", "", "did a failover happen? point the address at the server that is meant"),
    "read_only": _S("bool", "= false", "it takes no writes: say `role: replica` where that is meant"),
    "size": _S("B"),
    "connections.used": _S("1", "", "close idle sessions, use a pooler, or raise max_connections"),
    "connections.used_ratio": _S("ratio", "<= 80 %", "close idle sessions, use a pooler, or raise max_connections"),
    "transactions.longest": _S("s", "<= 1h", _TRANSACTION),
    "transactions.idle": _S("s", "<= 10min", _TRANSACTION),
    "wraparound.used_ratio": _S("ratio", "<= 60 %", "VACUUM (FREEZE) before the server refuses transactions"),
    "tables.large": _S("1", "", "", "of a primary"),
    "dead_rows.ratio": _S("ratio", "<= 50 %", _VACUUM, "of a primary with large tables"),
    "vacuum.age": _S("s", "", _VACUUM, "of a primary with large tables"),
    "replication.standbys": _S("1", "", _STANDBY, "of a primary"),
    "standby.*.state": _S("text", "= streaming", _STANDBY, "of a primary, for each standby"),
    "standby.*.lag": _S("s", "<= 30s", _STANDBY, "of a primary, for each standby"),
    "standby.*.lag_bytes": _S("B", "", _STANDBY, "of a primary, for each standby"),
    "replication.connected": _S("bool", "= true", _REPLICA, "of a replica"),
    "replication.heard": _S("s", "<= 60s", _REPLICA, "of a replica"),
    "replication.lag": _S("s", "<= 30s", _REPLICA, "of a replica"),
    "replication.lag_bytes": _S("B", "", _REPLICA, "of a replica"),
    "extension.*": _S("text", "", "CREATE EXTENSION, or ALTER EXTENSION ... UPDATE"),
    "migration": _S("text", "", "run the migrations of this release, or deploy the release that the schema is for"),
    "query.*": _S("1", "", "run the query, and see what its value says"),
    "write.works": _S("bool", "= true", "read the detail: read-only, a full disk, a lock", "with allow_writes"),
    "write.response_time": _S("s", "", RESPONSE_TIME.remedy, "with allow_writes"),
    "write.cleaned": _S("bool", "= true", "drop the schemas tidegate_probe_* by hand", "with allow_writes"),
}
_OF_A_REPLICA: Final = ("replication.connected", "replication.heard", "replication.lag", "replication.lag_bytes")
_OF_A_PRIMARY: Final = ("tables.large", "dead_rows.ratio", "vacuum.age", "replication.standbys")
_OF_LARGE_TABLES: Final = ("dead_rows.ratio", "vacuum.age")

Extensions = Annotated[
    dict[str, Criterion],
    Reader(
        mapping(read_text, read_wanted_text),
        {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
    ),
]


class PostgresqlService(ServiceSection):
    """A PostgreSQL or TimescaleDB database."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    url: Annotated[Sendable, service_url(PORTS, OPTIONS)] = Field(
        description="postgresql://user@host:5432/database, or postgresql://user@/database?host=/run/postgresql"
    )
    password: Password | None = Field(None, description="the password of the user: ${VAR} or ${file:path}")
    tls: ServiceTls | None = Field(None, description="demands TLS, and says how the certificate is checked")
    role: Annotated[Literal["primary", "replica"], choice("primary", "replica")] | None = Field(
        None, description="primary or replica: what it has to be"
    )
    standbys: tuple[Text, ...] = Field((), description="standbys (by application_name) that have to be connected")
    extensions: Extensions = Field({}, description="extensions and their versions, or criteria: timescaledb: '~ ^2'")
    migration: Migration | None = Field(None, description="the version of the schema: a query, and what it equals")
    queries: dict[Name, ServiceQuery] = Field({}, description="queries of your own, each with one value")
    large_table: Count = Field(10_000, description="tables with fewer rows say nothing of vacuum; 10,000 by default")

    def probe(self, name: str) -> "PostgresqlProbe":
        from checks.services.postgresql_probe import PostgresqlProbe

        tls = self.tls or ServiceTls.model_construct()
        return PostgresqlProbe(
            name=name,
            timeout=self.timeout,
            allow_writes=self.allow_writes,
            url=parsed(self.url, PORTS, OPTIONS),
            password=self.password,
            tls=self.tls is not None,
            ca_file=str(tls.ca_file or ""),
            verify=tls.verify,
            migration=self.migration.query if self.migration else "",
            queries=tuple(query.as_query(own) for own, query in self.queries.items()),
            extensions=tuple(self.extensions),
            standbys=self.standbys,
            large_table=self.large_table,
        )

    def expected(self) -> Mapping[str, Criterion]:
        expected = dict(expected_of(self.migration, self.queries))
        expected |= {f"extension.{name}": version for name, version in self.extensions.items()}
        if self.role is not None:
            expected["role"] = Equals(self.role)
        if self.role == "replica":
            expected["read_only"] = Equals(value=True)
        return expected

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        role = getattr(parts.get("role"), "value", "")
        no_tables = getattr(parts.get("tables.large"), "value", None) == 0
        for subject in super().subjects(parts):
            asked = (
                (role != "primary" or subject not in _OF_A_REPLICA)
                and (role != "replica" or subject not in _OF_A_PRIMARY)
                and (not no_tables or subject not in _OF_LARGE_TABLES)
                and (self.allow_writes or not subject.startswith("write."))
            )
            if asked:
                yield subject
        yield from (f"standby.{name}.{part}" for name in self.standbys for part in ("state", "lag"))
