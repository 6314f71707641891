"""One Redis (or Valkey) server that is looked at: its address, how it is logged in, and what is read in addition."""

import math
from dataclasses import dataclass
from typing import ClassVar, Final

from checks.secrets import Secret
from checks.services.seam import ServiceProbe
from checks.services.url import ServiceUrl

PORTS: Final = {"redis": 6379, "rediss": 6379, "unix": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisProbe(ServiceProbe):
    """A server at `url`: `redis://user@host:6379/0`, `rediss://` for TLS, `unix://user@/run/redis.sock?db=0`.

    `window`: seconds between two looks at its counters; 0 reads them since the server's start. `ca_file` and
    `verify` are for TLS. Raises ValueError for a database that is no number.
    """

    KIND: ClassVar[str] = "redis"

    url: ServiceUrl
    password: Secret | None = None
    window: float = 0.0
    ca_file: str = ""
    verify: bool = True

    def __post_init__(self) -> None:
        # `super()` without arguments does not know a class with slots.
        ServiceProbe.__post_init__(self)
        if self.url.scheme == "unix" and not self.url.path:
            raise ValueError(f"{self.name}: a unix URL names a socket: unix:///run/redis/redis.sock")
        if self.url.scheme != "unix" and not self.url.host:
            raise ValueError(f"{self.name}: the URL names no host: redis://HOST:6379/0")
        if not self._database.isdecimal():
            raise ValueError(f"{self.name}: the database is a number: redis://host:6379/0")
        if not (math.isfinite(self.window) and 0 <= self.window < self.timeout):
            raise ValueError(f"{self.name}: a window is 0 or more, and shorter than the timeout")

    @property
    def _database(self) -> str:
        return (self.url.options.get("db") if self.url.scheme == "unix" else self.url.path) or "0"

    @property
    def database(self) -> int:
        """The number of the database."""
        return int(self._database)

    @property
    def socket(self) -> str:
        """The path of its socket; empty where it listens on a port."""
        return f"/{self.url.path}" if self.url.scheme == "unix" else ""

    @property
    def source(self) -> str:
        """The client's command that reaches the same server; it asks for the password."""
        place = f"-s {self.socket}" if self.socket else f"-h {self.url.host} -p {self.url.port}"
        login = f" --user {self.url.user}" if self.url.user else ""
        asks = " --askpass" if self.password else ""
        tls = " --tls" if self.url.scheme == "rediss" else ""
        return f"redis-cli {place}{tls}{login}{asks} -n {self.database}"
