"""A RabbitMQ broker under `services.rabbitmq`: what is declared of it, and what is measured of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Final

from pydantic import Field

from checks.evidence import Evidence
from checks.services.rabbitmq_probe import PORTS
from gates.environment.addresses import BaseUrl
from gates.environment.fields import Text
from gates.environment.readers import Sendable
from gates.environment.services_login import Password, ServiceTls, parsed, service_url, without_certificate
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject
from gates.environment.services_web import json_api, login_in

if TYPE_CHECKING:
    from checks.services.rabbitmq_probe import RabbitmqProbe
    from gates.environment.findings import Finding

_S = ServiceSubject
_ALARM: Final = "publishers are blocked: consume what waits, or give the node more of it"
_NODE: Final = "start the node, and read its log"
_SPLIT: Final = "heal the partition: restart the nodes on the side that is given up"
_BEHIND: Final = "are the consumers up, and fast enough?"
_CLOSED: Final = "is the management plugin on, and has this user the tag `monitoring`?"

_MANAGED: Final = "with management"
_WRITTEN: Final = "with allow_writes"
_OF_A_QUEUE: Final = "for each declared queue"

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, and are address, virtual host, user and password right?"),
    "response_time": RESPONSE_TIME,
    "version": _S("text"),
    "queue.*.exists": _S("bool", "= true", "who declares this queue, and was that started?", _OF_A_QUEUE),
    "queue.*.ready": _S("1", "<= 1000", _BEHIND, _OF_A_QUEUE),
    "queue.*.consumers": _S("1", ">= 1", "start who reads this queue", _OF_A_QUEUE),
    "queue.*.unacknowledged": _S("1", "", "look at consumers that take messages and do not finish", _MANAGED),
    "management.up": _S("bool", "= true", _CLOSED, _MANAGED),
    "nodes.running": _S("1", ">= 1", _NODE, _MANAGED),
    "nodes.stopped": _S("1", "= 0", _NODE, _MANAGED),
    "alarms.memory": _S("1", "= 0", _ALARM, _MANAGED),
    "alarms.disk": _S("1", "= 0", _ALARM, _MANAGED),
    "alarms.other": _S("1", "= 0", "give the node more of it, file descriptors for instance", _MANAGED),
    "partitions": _S("1", "= 0", _SPLIT, _MANAGED),
    "memory": _S("ratio", "", _ALARM, _MANAGED),
    "write.confirmed": _S("bool", "= true", "may this user declare queues, and is there an alarm?", _WRITTEN),
    "write.read_back": _S("bool", "= true", "read the broker's log", _WRITTEN),
}
_MANAGEMENT: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _MANAGED)
_WRITES: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _WRITTEN)


class RabbitmqService(ServiceSection):
    """A RabbitMQ broker."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    url: Annotated[Sendable, service_url(PORTS)] = Field(
        description="amqp://user@host:5672/vhost, amqps:// for TLS; without a virtual host it is `/`"
    )
    password: Password | None = Field(None, description="the password of the user: ${VAR} or ${file:path}")
    tls: ServiceTls | None = Field(None, description="how the certificates of amqps:// and https:// are checked")
    queues: tuple[Text, ...] = Field((), description="queues that have to be there, with consumers, and not too long")
    management: BaseUrl | None = Field(
        None, description="the management API, asked as the same user: http://host:15672"
    )

    def probe(self, name: str) -> "RabbitmqProbe":
        from checks.services.rabbitmq_probe import RabbitmqProbe

        tls, url = self.tls or ServiceTls.model_construct(), parsed(self.url, PORTS)
        api = None
        password = self.password or url.password
        if self.management is not None:
            api = json_api(self.management, url.user or "guest", password, self.tls)
        return RabbitmqProbe(
            name=name,
            timeout=self.timeout,
            allow_writes=self.allow_writes,
            url=url,
            password=password,
            verify=tls.verify,
            ca_file=str(tls.ca_file or ""),
            queues=self.queues,
            management=api,
        )

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        closed = getattr(parts.get("management.up"), "value", None) is False
        for subject in super().subjects(parts):
            # An API that does not answer is one FAIL, not seven gaps.
            is_asked = self.management is not None and (not closed or subject == "management.up")
            if (is_asked or subject not in _MANAGEMENT) and (self.allow_writes or subject not in _WRITES):
                yield subject
        yield from (f"queue.{queue}.exists" for queue in self.queues)

    def problems(self) -> "Iterator[Finding]":
        is_managed_by_tls = self.management is not None and not without_certificate(self.management, "https")
        if self.tls is not None and without_certificate(self.url, "amqps") and not is_managed_by_tls:
            yield ("tls",), "there is no certificate with amqp://", "write amqps:// in the address, or remove `tls:`"
        yield from twice(("queues",), self.queues)
        if self.management is not None:
            yield from login_in(("management",), self.management, "the broker's user and password are used")


def twice(path: tuple[str, ...], names: tuple[str, ...]) -> "Iterator[Finding]":
    """Names that a list has twice."""
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (*path, index), f"{name!r} is listed twice", ""
