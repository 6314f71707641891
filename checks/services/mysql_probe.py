"""One MySQL or MariaDB server that is looked at: its address, its log-in, and what is asked in addition."""

from dataclasses import dataclass
from typing import ClassVar, Final

from checks.secrets import Secret
from checks.services.seam import ServiceProbe
from checks.services.sql_query import SqlQuery
from checks.services.url import ServiceUrl

PORTS: Final = {"mysql": 3306, "mariadb": 3306}
#: What may stand behind `?` of an address.
OPTIONS: Final = ("unix_socket",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MysqlProbe(ServiceProbe):
    """A server at `url`: `mysql://user@host:3306/database`, or `mysql://user@/database?unix_socket=/run/mysqld.sock`.

    `migration`: a query whose one value is the version of the schema; `queries`: more of them, each with one value.
    `ca_file` and `verify` are for TLS, which is asked for where `tls` is set. Raises ValueError for an address that
    names no user or no server, and for writes without a database to write into.
    """

    KIND: ClassVar[str] = "mysql"

    url: ServiceUrl
    password: Secret | None = None
    tls: bool = False
    ca_file: str = ""
    verify: bool = True
    migration: str = ""
    queries: tuple[SqlQuery, ...] = ()

    def __post_init__(self) -> None:
        ServiceProbe.__post_init__(self)
        if not self.url.user:
            raise ValueError(f"{self.name}: the URL names no user: mysql://USER@host:3306/database")
        if bool(self.url.host) == bool(self.socket):
            raise ValueError(f"{self.name}: the URL names either a host, or a socket by `?unix_socket=/path`")
        if self.allow_writes and not self.url.path:
            raise ValueError(f"{self.name}: a table of our own needs a database: mysql://user@host:3306/DATABASE")

    @property
    def socket(self) -> str:
        """The path of its socket; empty where it listens on a port."""
        return self.url.options.get("unix_socket", "")

    @property
    def source(self) -> str:
        """The client's command that reaches the same server; it asks for the password."""
        place = f"-S {self.socket}" if self.socket else f"-h {self.url.host} -P {self.url.port} --protocol=tcp"
        asks = " -p" if self.password or self.url.password else ""
        return f"mysql {place} -u {self.url.user}{asks} {self.url.path}".rstrip()
