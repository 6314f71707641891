"""One Elasticsearch or OpenSearch cluster that is looked at: its address and how it is logged in."""

from dataclasses import dataclass
from typing import ClassVar

from checks.services.json_api import JsonApi
from checks.services.seam import ServiceProbe


@dataclass(frozen=True, slots=True, kw_only=True)
class ElasticsearchProbe(ServiceProbe):
    """A cluster behind `api`. `allow_writes`: an index `tidegate-probe-...` is made, a document in it is written and
    found, and the index is deleted."""

    KIND: ClassVar[str] = "elasticsearch"

    api: JsonApi

    @property
    def source(self) -> str:
        """The command that asks for the cluster's health; log-in and authorities are left to the person."""
        return f"curl {self.api.url}/_cluster/health"
