"""One RabbitMQ broker that is looked at: its address, how it is logged in, its queues, and its management API."""

from dataclasses import dataclass
from typing import ClassVar, Final

from checks.secrets import Secret
from checks.services.json_api import JsonApi
from checks.services.seam import ServiceProbe
from checks.services.url import ServiceUrl

PORTS: Final = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitmqProbe(ServiceProbe):
    """A broker at `url`: `amqp://user@host:5672/vhost`, `amqps://` for TLS; no virtual host is `/`.

    `queues`: those that have to be there; `management`: its API, None where that is not asked. `allow_writes`: a
    message is sent through a queue of our own, which nobody else sees and which ends with the look. `ca_file`, `verify`
    and `server_name` are for TLS. Raises ValueError for an address without a host.
    """

    KIND: ClassVar[str] = "rabbitmq"

    url: ServiceUrl
    password: Secret | None = None
    verify: bool = True
    ca_file: str = ""
    server_name: str = ""
    queues: tuple[str, ...] = ()
    management: JsonApi | None = None

    def __post_init__(self) -> None:
        ServiceProbe.__post_init__(self)
        if not self.url.host:
            raise ValueError(f"{self.name}: the URL names no host: amqp://HOST:5672/")

    @property
    def virtual_host(self) -> str:
        """The virtual host; `/` where the URL names none."""
        return self.url.path or "/"

    @property
    def source(self) -> str:
        """The address, without its password."""
        return str(self.url)
