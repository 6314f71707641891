"""What a child process is told at its start: plain values that travel as JSON on its command line."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from demo.faults import Faults, FaultValue

HOST = "127.0.0.1"

#: The one that the fault `one_bad_replica` concerns.
BAD_REPLICA = "replica-2"

#: How long a stopping process waits for the replies that it has begun, in seconds; the parent waits a little longer.
DRAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Wiring:
    """One process. The numbers `*_fd` are inherited file descriptors.

    `life_fd`: reads end of file when the parent is gone. `report_fd`: takes one line when everything is served; set by
    whoever starts the process. `plain_fd` and `tls_fd`: listening sockets (None: not served). `faults`: as
    `Faults.as_mapping` gives them. `database`, `server_pem`: files. `upstreams`: port by name of the replicas that
    the proxy gives work to. `sources`: the folder of the package that it runs; empty for the installed one.
    """

    role: Literal["replica", "proxy"]
    name: str
    life_fd: int
    scratch: str
    plain_fd: int
    faults: Mapping[str, FaultValue]
    dies_with_parent: bool
    report_fd: int = -1
    tls_fd: int | None = None
    database: str = ""
    server_pem: str = ""
    upstreams: Mapping[str, int] = field(default_factory=dict)
    sources: str = ""

    def to_json(self) -> str:
        """The form that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it back."""
        return cls(**json.loads(text))

    @property
    def switches(self) -> Faults:
        """The faults as a value."""
        return Faults.from_mapping(self.faults)
