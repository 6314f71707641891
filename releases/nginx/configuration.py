"""The two files that nginx includes. They are written once: shares change by files, not by a reload.

A reload of nginx drops idle keep-alive connections, and a client that uses one at that moment sees a reset. So each
request looks whether a file is there (`if (-f …)`, ngx_http_rewrite_module), and a switch is one renamed link.
"""

from collections.abc import Mapping
from typing import Final

from releases.nginx.state import BUCKETS, SLOTS, Slot

#: Include this one in `http { }`, and the other in the `location` that passes requests on.
HTTP_FILE: Final = "tidegate-http.conf"
LOCATION_FILE: Final = "tidegate-location.conf"
#: Where nginx says which state it sees.
MARKER: Final = "/.tidegate/state"

_HEAD: Final = "# Made by Tidegate. It is written anew before a release; edit the environment's file instead.\n"


def http_file(slots: Mapping[Slot, str]) -> str:
    """For `http { }`: an upstream for each slot, never both in one, and the buckets of users.

    `slots`: slot -> `host:port`. In one upstream nginx would hide a failing candidate by asking the other slot.
    """
    buckets = "".join(f"    1% {number};\n" for number in range(BUCKETS - 1))
    upstreams = "".join(
        f"upstream tidegate_{slot} {{\n    server {slots[slot]};\n    keepalive 32;\n}}\n" for slot in SLOTS
    )
    return f'{_HEAD}split_clients "$request_id" $tidegate_bucket {{\n{buckets}    * {BUCKETS - 1};\n}}\n{upstreams}'


def location_file(folder: str) -> str:
    """For the `location`: picks the slot. `folder`: where nginx sees the folder of the switch."""
    live = f"{folder}/live"
    return f"""{_HEAD}set $tidegate_slot a;
if (-f {live}/on-b/$tidegate_bucket) {{ set $tidegate_slot b; }}
set $tidegate_asked "$http_canary";
if (-f {live}/canary/a) {{ set $tidegate_asked "$tidegate_asked:a"; }}
if (-f {live}/canary/b) {{ set $tidegate_asked "$tidegate_asked:b"; }}
if ($tidegate_asked = "true:a") {{ set $tidegate_slot a; }}
if ($tidegate_asked = "true:b") {{ set $tidegate_slot b; }}
proxy_http_version 1.1;
proxy_set_header Connection "";
proxy_next_upstream off;
add_header X-Tidegate-Slot $tidegate_slot always;
proxy_pass http://tidegate_$tidegate_slot;
"""


def marker_location(folder: str) -> str:
    """For the `server`: answers with the state that nginx sees."""
    return f"{_HEAD}location = {MARKER} {{ alias {folder}/live/state; default_type text/plain; }}\n"
