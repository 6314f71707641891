"""What is looked at: one frozen value for each kind of probe. A wrong one raises ValueError when it is made."""

import ipaddress
import math
import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from checks.json_path import parse_path
from checks.request import Headers, Target, Text, check_headers, check_method, parse_url
from checks.secrets import Secret

#: The record types that `DnsProbe` reads.
RECORDS: Final = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timing:
    """`timeout`: seconds for one attempt in all; `attempts`: tries until it is given up; `pause`: seconds before the
    second try, doubled for each further one, with jitter."""

    timeout: float = 10.0
    attempts: int = 1
    pause: float = 0.5

    def __post_init__(self) -> None:
        if not (math.isfinite(self.timeout) and 0 < self.timeout <= 3600):
            raise ValueError(f"a timeout is more than 0 and at most 3600 s, not {self.timeout}")
        if not 1 <= self.attempts <= 100:
            raise ValueError(f"there are 1 to 100 attempts, not {self.attempts}")
        if not (math.isfinite(self.pause) and 0 <= self.pause <= 600):
            raise ValueError(f"a pause is 0 to 600 s, not {self.pause}")


@dataclass(frozen=True, slots=True)
class HttpProbe(_Timing):
    """One HTTP request.

    `headers` and `url` may hold secrets; a login in the URL becomes Basic authentication. `json_paths` and
    `header_names` are read in addition to what every answer gives; `want_body` reads the text of the body.
    `ca_file`: trust this file's authorities in place of the system's; `server_name`: the name in the certificate
    where it is not the URL's. `target` is the URL taken apart.
    """

    name: str
    url: Text
    method: str = "GET"
    headers: Headers = ()
    body: bytes | Secret | None = None
    follow_redirects: bool = False
    verify: bool = True
    ca_file: str = ""
    server_name: str = ""
    json_paths: tuple[str, ...] = ()
    header_names: tuple[str, ...] = ()
    want_body: bool = False
    target: Target = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _Timing.__post_init__(self)
        check_method(self.method)
        object.__setattr__(self, "target", parse_url(self.url))
        check_headers(self.headers)
        for path in self.json_paths:
            parse_path(path)


@dataclass(frozen=True, slots=True)
class TcpProbe(_Timing):
    """Whether something accepts connections at `host` and `port`."""

    name: str
    host: str
    port: int

    def __post_init__(self) -> None:
        _Timing.__post_init__(self)
        _check_address(self.host, self.port)


@dataclass(frozen=True, slots=True)
class DnsProbe(_Timing):
    """Which records a name has. `nameserver` is an IP address, with a port where it is not 53 (`127.0.0.1:5353`);
    without one the system's resolver is asked, which for A and AAAA reads the hosts file too."""

    name: str
    host: str
    record: str = "A"
    nameserver: str = ""

    def __post_init__(self) -> None:
        _Timing.__post_init__(self)
        if not self.host or re.search(r"[\s\x00]", self.host):
            raise ValueError(f"{self.host!r} is not a name that can be looked up")
        if self.record not in RECORDS:
            raise ValueError(f"unknown record type {self.record!r}; known are {', '.join(RECORDS)}")
        if self.nameserver:
            split_nameserver(self.nameserver)


@dataclass(frozen=True, slots=True)
class TlsProbe(_Timing):
    """Which certificate is shown at `host` and `port`, and whether it is to be trusted."""

    name: str
    host: str
    port: int = 443
    server_name: str = ""
    ca_file: str = ""
    verify: bool = True

    def __post_init__(self) -> None:
        _Timing.__post_init__(self)
        _check_address(self.host, self.port)


Probe: TypeAlias = HttpProbe | TcpProbe | DnsProbe | TlsProbe


def split_nameserver(text: str) -> tuple[str, int]:
    """The address and the port of `127.0.0.1`, `127.0.0.1:5353`, `[::1]:5353`. Raises ValueError."""
    wanted = (
        f"{text!r} is not a name server; write its IP address, with a port where it is not 53, as in 127.0.0.1:5353"
    )
    match = re.fullmatch(r"\[([^\]]+)\](?::(\d{1,5}))?|([^:]+)(?::(\d{1,5}))?|([0-9a-fA-F:.]+)", text)
    if match is None:
        raise ValueError(wanted)
    address = match[1] or match[3] or match[5]
    port = int(match[2] or match[4] or 53)
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(wanted) from None
    if not 0 < port < 65536:
        raise ValueError(f"{text!r} has the port {port}; ports are 1 to 65535")
    return address, port


def _check_address(host: str, port: int) -> None:
    if not host or re.search(r"[\s\x00/\[\]]", host):
        raise ValueError(f"{host!r} is not a host name or an IP address")
    if not 0 < port < 65536:
        raise ValueError(f"{port} is not a port; ports are 1 to 65535")
