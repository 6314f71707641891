"""How full the disks of a cluster are, and how many nodes are beyond each watermark.

Beyond the low one a node gets no new shards, beyond the high one it loses some, beyond the flood stage its indices
can't be written. Elasticsearch reference, "Disk-based shard allocation"; `max_headroom` is of 8.5 and later.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from checks.evidence import Evidence
from checks.failures import AttemptError
from checks.services.plain_json import JsonClient, document_of
from checks.services.plain_patience import outlasting
from checks.services.seam import Visit

_STATS: Final = "/_nodes/stats/fs"
_SETTINGS: Final = "/_cluster/settings?include_defaults=true&flat_settings=true"
_PREFIX: Final = "cluster.routing.allocation.disk.watermark."
#: Part of the subject -> name of the setting.
_MARKS: Final = {"over_low": "low", "over_high": "high", "over_flood": "flood_stage"}
#: Elasticsearch's units of size are powers of 1024.
_UNITS: Final = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}


@dataclass(frozen=True, slots=True)
class Disk:
    """The data path of a node, in bytes."""

    node: str
    total: float
    free: float


def look_at_disks(visit: Visit, client: JsonClient) -> Iterator[Evidence]:
    """`NAME.disk.used` of the fullest node; beyond a mark: `.disk.over_low`, `.over_high`, `.over_flood`."""
    source = client.api.url + _STATS
    parts = ("disk.used", *(f"disk.{part}" for part in _MARKS))
    try:
        disks = disks_in(_get(visit, client, _STATS))
    except (AttemptError, ValueError) as error:
        yield from (visit.gap(part, f"the disks are not known: {error}", source=source) for part in parts)
        return
    fullest = max(disks, key=lambda disk: 1 - disk.free / disk.total)
    yield visit.number("disk.used", round(1 - fullest.free / fullest.total, 6), "ratio", fullest.node, source=source)
    try:
        settings = settings_in(_get(visit, client, _SETTINGS))
    except (AttemptError, ValueError) as error:
        for part in parts[1:]:
            yield visit.gap(part, f"the watermarks are not known: {error}", source=client.api.url + _SETTINGS)
        return
    for part, mark in _MARKS.items():
        try:
            over = [disk for disk in disks if disk.free < needed(settings, mark, disk.total)]
        except ValueError as error:
            yield visit.gap(f"disk.{part}", str(error), source=client.api.url + _SETTINGS)
            continue
        names = ", ".join(sorted(disk.node for disk in over))
        yield visit.reading(f"disk.{part}", len(over), "1", names, source=source)


def disks_in(document: Any) -> Sequence[Disk]:
    """The data disks in `GET /_nodes/stats/fs`. Raises ValueError where a node does not say."""
    nodes = document.get("nodes") if isinstance(document, dict) else None
    if not isinstance(nodes, dict) or not nodes:
        raise ValueError("the answer names no node")
    return [_disk(key, node) for key, node in nodes.items()]


def _disk(key: str, node: Any) -> Disk:
    try:
        name, total = str(node.get("name") or key), node["fs"]["total"]
        size, free = total["total_in_bytes"], total["available_in_bytes"]
    except (KeyError, TypeError, AttributeError):
        raise ValueError(f"the node {key} does not say how large its disk is") from None
    # NaN is below no watermark, and a truth is no amount.
    if not all(isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in (size, free)):
        raise ValueError(f"the node {name} does not say how large its disk is")
    if size <= 0:
        raise ValueError(f"the node {name} does not say how large its disk is")
    return Disk(name, size, free)


def settings_in(document: Any) -> Mapping[str, str]:
    """The cluster's settings: what was changed at run time comes before the defaults. Raises ValueError."""
    if not isinstance(document, dict):
        raise ValueError("the answer is no JSON object")
    found: dict[str, str] = {}
    for level in ("defaults", "persistent", "transient"):
        part = document.get(level)
        if isinstance(part, dict):
            found |= {key: value for key, value in part.items() if isinstance(value, str)}
    return found


def needed(settings: Mapping[str, str], mark: str, total: float) -> float:
    """Bytes that have to be free below a watermark: `85%`, `0.85` or `50gb`. Raises ValueError."""
    text = settings.get(_PREFIX + mark)
    if text is None:
        raise ValueError(f"the cluster names no watermark {mark}")
    if (share := _share(text)) is None:
        return _bytes(text)
    free = total * (1 - share)
    headroom = settings.get(f"{_PREFIX}{mark}.max_headroom", "-1")
    return free if headroom == "-1" else min(free, _bytes(headroom))


def _share(text: str) -> float | None:
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None
    if not 0 <= share <= 1:
        raise ValueError(f"the watermark {text!r} is no share of a disk")
    return share


def _bytes(text: str) -> float:
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    unit = text[len(number) :].lower()
    try:
        return float(number) * _UNITS[unit]
    except (KeyError, ValueError):
        raise ValueError(f"the watermark {text!r} can't be read") from None


def _get(visit: Visit, client: JsonClient, path: str) -> Any:
    with visit.asking(f"GET {path}"):
        return document_of(client.ask(path, timeout=outlasting(visit)))
