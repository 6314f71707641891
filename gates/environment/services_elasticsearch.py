"""An Elasticsearch or OpenSearch cluster under `services.elasticsearch`: what is declared and measured of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from pydantic import Field

from checks.evidence import Evidence
from gates.environment.addresses import BaseUrl
from gates.environment.fields import Text
from gates.environment.services_login import Password, ServiceTls, without_certificate
from gates.environment.services_section import RESPONSE_TIME, ServiceSection, ServiceSubject
from gates.environment.services_web import json_api, login_in

if TYPE_CHECKING:
    from checks.services.elasticsearch_probe import ElasticsearchProbe
    from gates.environment.findings import Finding

_S = ServiceSubject
_SHARDS: Final = "ask `GET /_cluster/allocation/explain` why shards are not assigned"
_NODES: Final = "start the nodes that are missing, and read their logs"
_DISK: Final = "delete or move old indices, or give the node more disk"
_WRITTEN: Final = "with allow_writes"

SUBJECTS: Final[Mapping[str, ServiceSubject]] = {
    "up": _S("bool", "= true", "is it started, and are address, user and password right?"),
    "response_time": RESPONSE_TIME,
    "version": _S("text"),
    "distribution": _S("text"),
    "status": _S("text", "= green", _SHARDS),
    "nodes": _S("1", ">= 1", _NODES),
    "nodes.data": _S("1", "", _NODES),
    "shards.unassigned": _S("1", "= 0", _SHARDS),
    "shards.initializing": _S("1", "", "wait until the shards are there"),
    "shards.relocating": _S("1", "", "wait until the shards have moved"),
    "tasks.pending": _S("1", "", "look at what the master is busy with: `GET /_cluster/pending_tasks`"),
    "disk.used": _S("ratio", "<= 80 %", _DISK),
    "disk.over_low": _S("1", "= 0", _DISK),
    "disk.over_high": _S("1", "= 0", _DISK),
    "disk.over_flood": _S("1", "= 0", f"its indices take no writes: {_DISK}"),
    "write.indexed": _S("bool", "= true", "may this user make indices `tidegate-probe-*`?", _WRITTEN),
    "write.found": _S("bool", "= true", "read the log of the node that has the shard", _WRITTEN),
    "write.deleted": _S("bool", "= true", "delete it by hand", _WRITTEN),
}
_WRITES: Final = frozenset(part for part, subject in SUBJECTS.items() if subject.where == _WRITTEN)


class ElasticsearchService(ServiceSection):
    """An Elasticsearch or OpenSearch cluster."""

    SUBJECTS: ClassVar[Mapping[str, ServiceSubject]] = SUBJECTS

    url: BaseUrl = Field(description="https://host:9200")
    user: Text | None = Field(None, description="the user of basic authentication")
    password: Password | None = Field(None, description="the password of the user: ${VAR} or ${file:path}")
    api_key: Password | None = Field(None, description="an API key as the cluster encoded it, in place of a user")
    tls: ServiceTls | None = Field(None, description="how the certificate is checked")

    def probe(self, name: str) -> "ElasticsearchProbe":
        from checks.services.elasticsearch_probe import ElasticsearchProbe

        api = json_api(self.url, self.user or "", self.password, self.tls, self.api_key)
        return ElasticsearchProbe(name=name, timeout=self.timeout, allow_writes=self.allow_writes, api=api)

    def subjects(self, parts: Mapping[str, Evidence]) -> Iterable[str]:
        yield from (part for part in super().subjects(parts) if self.allow_writes or part not in _WRITES)

    def problems(self) -> "Iterator[Finding]":
        if self.tls is not None and without_certificate(self.url, "https"):
            yield ("tls",), "there is no certificate with http://", "write https:// in the address, or remove `tls:`"
        yield from login_in(("url",), self.url, "write `user:` and `password:` beside it")
        if (self.user is None) != (self.password is None):
            yield ("user",), "a user and a password belong together", ""
        if self.api_key is not None and self.user is not None:
            yield ("api_key",), "an API key takes the place of user and password", ""
