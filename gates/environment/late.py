"""The demo target's addresses: `${demo.x}` stands in a file, and is filled in when the target has started."""

import re
from collections.abc import Mapping

#: What `${demo.x}` may name; all are texts.
LATE = (
    *("url", "tls_url", "host", "port", "tls_host", "tls_port", "ca_file", "replica_1_url", "replica_2_url"),
    *("sources", "python"),
)

_LATE = re.compile(r"\$\{demo\.(" + "|".join(LATE) + r")\}")


def is_late(text: str) -> bool:
    """Whether a text holds an address that is not known yet."""
    return _LATE.search(text) is not None


def substitute(text: str, addresses: Mapping[str, str]) -> str:
    """Fill the demo target's addresses in. Raises ValueError where `addresses` lacks one that is needed."""

    def one(match: re.Match[str]) -> str:
        if match.group(1) not in addresses:
            raise ValueError(f"the demo target gave no address {match.group(1)!r}")
        return addresses[match.group(1)]

    return _LATE.sub(one, text)
