"""On which ports a host listens, and for whom, read from /proc/net (proc(5)); no program is needed for it."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from checks.evidence import Evidence
from checks.hosts.asking import OpenHost, Said, missing
from checks.hosts.probe import HostProbe, Protocol

_TABLES: Final[Mapping[Protocol, tuple[str, str]]] = {"tcp": ("tcp", "tcp6"), "udp": ("udp", "udp6")}
#: TCP_LISTEN, and TCP_CLOSE, which is what an unconnected UDP socket is in (include/net/tcp_states.h).
_LISTENS: Final[Mapping[str, str]] = {"tcp": "0A", "tcp6": "0A", "udp": "07", "udp6": "07"}
_ROW: Final = re.compile(r"\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) ")


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that waits for clients."""

    address: ipaddress.IPv4Address | ipaddress.IPv6Address
    port: int


def files_for(probe: HostProbe) -> tuple[str, ...]:
    """The files of /proc that are read for the ports that a probe asks for."""
    protocols = {port.protocol for port in probe.ports}
    return tuple(f"/proc/net/{table}" for one in sorted(protocols) for table in _TABLES[one])


def read_ports(host: OpenHost, said: Mapping[str, Said]) -> list[Evidence]:
    """`ports.N.listening`, and `ports.N.loopback`: whether it can be reached from this host only."""
    found: list[Evidence] = []
    for port in host.probe.ports:
        attempt = host.attempt("ss -lntu")
        listeners: list[Listener] = []
        for table in _TABLES[port.protocol]:
            answer = said[f"/proc/net/{table}"]
            if answer.ok:
                listeners += [one for one in parse_table(answer.text, table) if one.port == port.number]
            elif not (table.endswith("6") and missing(answer)):  # a kernel without IPv6 has no such table
                found.append(host.gap(f"ports.{port}.listening", f"cat /proc/net/{table}", answer))
                break
        else:
            where = ", ".join(sorted({str(one.address) for one in listeners}))
            words = f"on {where}" if listeners else f"nobody listens on {port.protocol} port {port.number}"
            found.append(attempt.reading(f"ports.{port}.listening", bool(listeners), "bool", words))
            if listeners:
                only = all(_is_loopback(one.address) for one in listeners)
                found.append(attempt.reading(f"ports.{port}.loopback", only, "bool", f"it listens {words}"))
    return found


def parse_table(text: str, table: str) -> list[Listener]:
    """The sockets of a table that wait for clients. `table`: `tcp`, `tcp6`, `udp` or `udp6`."""
    rows = (match for line in text.splitlines() if (match := _ROW.match(line)))
    return [Listener(_address(row.group(1)), int(row.group(2), 16)) for row in rows if row.group(3) == _LISTENS[table]]


def _address(digits: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as the kernel prints it: words of four bytes, each in the byte order of the machine."""
    # The kernel's words are printed as numbers; hosts of the other byte order than little endian are rare by now, and
    # 0.0.0.0 and :: are the same in both.
    words = [int(digits[at : at + 8], 16).to_bytes(4, "little") for at in range(0, len(digits), 8)]
    return ipaddress.ip_address(b"".join(words))


def _is_loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
