"""A MySQL or MariaDB server under `services.mysql`: what is declared of it, and what is measured of it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal

from pydantic import Field

from checks.evidence import Evidence
from checks.services.mysql_probe import OPTIONS, PORTS
from gates.criteria import Criterion, Equals
from gates.environment.fields import Name, choice
from gates.environment.readers import Sendable
from gates.environment.services_login import Password, ServiceTls, parsed, service_url
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject
from gates.environment.services_sql import Migration, ServiceQuery, expected_of

if TYPE_CHECKING:
    from checks.services.mysql_probe import MysqlProbe

_S = ServiceSubject
_CONNECTIONS: Final = "close idle connections, use a pool, or raise max_connections"
_REPLICA: Final = "SHOW REPLICA STATUS says why: is its primary up, is the log-in right, did a statement fail?"
_TRANSACTION: Final = "the detail names the thread: end it there, or KILL it"

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, and are address, database, user and password right?"),
    "response_time": RESPONSE_TIME,
    "version": _S("text"),
    "uptime": _S("s"),
    "tls": _S("bool", "", "write `tls: {}`"),
    "role": _S("text", "", "did a failover happen? point the address at the server that is meant"),
    "read_only": _S("bool", "= false", "it takes no writes: say `role: replica` where that is meant"),
    "size": _S("B", "", "", "where the URL names a database"),
    "connections.used": _S("1", "", _CONNECTIONS),
    "connections.used_ratio": _S("ratio", "<= 80 %", _CONNECTIONS),
    "rejected_connections": _S("1", "", _CONNECTIONS),
    "transactions.longest": _S("s", "<= 1h", _TRANSACTION),
    "transactions.idle": _S("s", "<= 10min", _TRANSACTION),
    "replication.connected": _S("bool", "= true", _REPLICA, "of a replica"),
    "replication.applying": _S("bool", "= true", _REPLICA, "of a replica"),
    "replication.lag": _S("s", "<= 30s", _REPLICA, "of a replica"),
    "migration": _S("text", "", "run the migrations of this release, or deploy the release that the schema is for"),
    "query.*": _S("1", "", "run the query, and see what its value says"),
    "write.works": _S("bool", "= true", "read the detail: read-only, a full disk, a lock", "with allow_writes"),
    "write.response_time": _S("s", "", RESPONSE_TIME.remedy, "with allow_writes"),
    "write.cleaned": _S("bool", "= true", "drop the tables tidegate_probe_* by hand", "with allow_writes"),
}
_OF_A_REPLICA: Final = ("replication.connected", "replication.applying", "replication.lag")


class MysqlService(ServiceSection):
    """A MySQL or MariaDB server."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    url: Annotated[Sendable, service_url(PORTS, OPTIONS)] = Field(
        description="mysql://user@host:3306/database, or mysql://user@/database?unix_socket=/run/mysqld/mysqld.sock"
    )
    password: Password | None = Field(None, description="the password of the user: ${VAR} or ${file:path}")
    tls: ServiceTls | None = Field(None, description="demands TLS, and says how the certificate is checked")
    role: Annotated[Literal["primary", "replica"], choice("primary", "replica")] | None = Field(
        None, description="primary or replica: what it has to be"
    )
    migration: Migration | None = Field(None, description="the version of the schema: a query, and what it equals")
    queries: dict[Name, ServiceQuery] = Field({}, description="queries of your own, each with one value")

    def probe(self, name: str) -> "MysqlProbe":
        from checks.services.mysql_probe import MysqlProbe

        tls = self.tls or ServiceTls.model_construct()
        return MysqlProbe(
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
        )

    def expected(self) -> Mapping[str, Criterion]:
        expected = dict(expected_of(self.migration, self.queries))
        if self.role is not None:
            expected["role"] = Equals(self.role)
        if self.role == "replica":
            expected["read_only"] = Equals(value=True)
        return expected

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        # Where the role could not be read, what is asked of a replica is a Gap, and is judged as one.
        is_primary = getattr(parts.get("role"), "value", "") == "primary"
        for subject in super().subjects(parts):
            if not (is_primary and subject in _OF_A_REPLICA) and (
                self.allow_writes or not subject.startswith("write.")
            ):
                yield subject
