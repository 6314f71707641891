"""One PostgreSQL (or TimescaleDB) database that is looked at: address, log-in, and what is asked in addition."""

from dataclasses import dataclass
from typing import ClassVar, Final

from checks.secrets import Secret
from checks.services.seam import ServiceProbe
from checks.services.sql_query import SqlQuery
from checks.services.url import ServiceUrl

PORTS: Final = {"postgresql": 5432, "postgres": 5432}
#: What may stand behind `?` of an address: the folder of a socket, and libpq's words on TLS.
OPTIONS: Final = ("host", "sslmode")
SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlProbe(ServiceProbe):
    """A database at `url`: `postgresql://user@host:5432/database`, or `postgresql:///database?host=/run/postgresql`.

    `migration`: a query whose one value is the version of the schema; `queries`: more of them, each with one value;
    `extensions` and `standbys`: names that are wanted, so that one that is not there is said to be not there;
    `large_table`: tables with fewer rows say nothing of vacuum. `ca_file` and `verify` are for TLS: where `tls` is
    set, a connection without it is none. Raises ValueError for an address that names no user or an unknown sslmode.
    """

    KIND: ClassVar[str] = "postgresql"

    url: ServiceUrl
    password: Secret | None = None
    tls: bool = False
    ca_file: str = ""
    verify: bool = True
    migration: str = ""
    queries: tuple[SqlQuery, ...] = ()
    extensions: tuple[str, ...] = ()
    standbys: tuple[str, ...] = ()
    large_table: int = 10_000

    def __post_init__(self) -> None:
        ServiceProbe.__post_init__(self)
        if not self.url.user:
            raise ValueError(f"{self.name}: the URL names no user: postgresql://USER@host:5432/database")
        if not self.host:
            raise ValueError(f"{self.name}: the URL names no host: postgresql://user@HOST:5432/database")
        if "host" in self.url.options and (self.url.host or not self.url.options["host"].startswith("/")):
            raise ValueError(f"{self.name}: `?host=` is for the folder of a socket, and no host stands beside it")
        mode = self.url.options.get("sslmode")
        if mode is not None and (mode not in SSL_MODES or self.tls):
            beside = "`tls:` says it already" if mode in SSL_MODES else f"known are {', '.join(SSL_MODES)}"
            raise ValueError(f"{self.name}: `?sslmode=` can't be used so; {beside}")

    @property
    def host(self) -> str:
        """A name, an address, or the folder of a socket."""
        return self.url.host or self.url.options.get("host", "")

    @property
    def database(self) -> str:
        """Its name; the user's where the address has none, as libpq has it."""
        return self.url.path or self.url.user

    @property
    def source(self) -> str:
        """The client's command that reaches the same database; it asks for the password."""
        return f"psql '{self.url}'"
