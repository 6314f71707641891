"""Where a probe looks: the host that it counts against, and the text that a person pastes to look for themselves."""

from typing import assert_never

from checks.probes import DnsProbe, HttpProbe, Probe, TcpProbe, TlsProbe


def host_of(probe: Probe) -> str:
    """The host that a probe counts against. Look-ups count against the server that they ask."""
    match probe:
        case HttpProbe(target=target):
            return target.host
        case DnsProbe(nameserver=nameserver):
            return nameserver or "(the system's resolver)"
        case TcpProbe(host=host) | TlsProbe(host=host):
            return host.lower()
        case unreachable:
            assert_never(unreachable)


def source_of(probe: Probe) -> str:
    """The URL or command of a probe, without secrets."""
    match probe:
        case HttpProbe(target=target, method=method):
            return target.shown if method == "GET" else f"{method} {target.shown}"
        case TcpProbe(host=host, port=port):
            return f"tcp://{_bracketed(host)}:{port}"
        case DnsProbe(host=host, record=record, nameserver=nameserver):
            return f"dig {host} {record}" + (f" @{nameserver}" if nameserver else "")
        case TlsProbe(host=host, port=port, server_name=server_name):
            name = f" -servername {server_name}" if server_name else ""
            return f"openssl s_client -connect {_bracketed(host)}:{port}{name}"
        case unreachable:
            assert_never(unreachable)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
