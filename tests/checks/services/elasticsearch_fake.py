"""A strict fake of Elasticsearch's HTTP API: it knows the paths that are asked, and 400s whatever it does not."""

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any

PASSWORD = "right-passphrase"
_BASIC = "Basic " + base64.b64encode(f"shop:{PASSWORD}".encode()).decode()
_STATS = "/_nodes/stats/fs"
_SETTINGS = "/_cluster/settings?include_defaults=true&flat_settings=true"
_OLD = "/_cat/indices/tidegate-probe-*?format=json&h=index,creation.date"
_MARK = "cluster.routing.allocation.disk.watermark."


def health(**changes: object) -> dict[str, object]:
    """`GET /_cluster/health` of a cluster that is well."""
    return {
        "cluster_name": "shop",
        "status": "green",
        "timed_out": False,
        "number_of_nodes": 3,
        "number_of_data_nodes": 3,
        "relocating_shards": 0,
        "initializing_shards": 0,
        "unassigned_shards": 0,
        "number_of_pending_tasks": 0,
    } | changes


def disks(*used: float, size: int = 1_000_000) -> dict[str, object]:
    """`GET /_nodes/stats/fs` of nodes whose disks are used by these shares."""
    return {
        "nodes": {
            f"id{n}": {
                "name": f"es-{n}",
                "fs": {"total": {"total_in_bytes": size, "available_in_bytes": round(size * (1 - share))}},
            }
            for n, share in enumerate(used)
        }
    }


def marks(low: str = "85%", high: str = "90%", flood: str = "95%", **more: str) -> dict[str, object]:
    """`GET /_cluster/settings`: the defaults, and in `transient` what `more` says (`low`, `low.max_headroom`)."""
    defaults = {f"{_MARK}low": low, f"{_MARK}high": high, f"{_MARK}flood_stage": flood}
    return {"persistent": {}, "transient": {_MARK + key: value for key, value in more.items()}, "defaults": defaults}


@dataclass
class FakeCluster:
    """What it answers. `refuses`: a method and a pattern of paths that get 403; `loses`: searches find nothing."""

    root: Any = field(default_factory=lambda: {"version": {"number": "8.11.1"}})
    health: Any = field(default_factory=health)
    disks: Any = field(default_factory=lambda: disks(0.2, 0.5))
    marks: Any = field(default_factory=marks)
    refuses: tuple[str, str] = ("", "")
    loses: bool = False
    log_in: bool = True
    old: dict[str, str] = field(default_factory=dict)
    indices: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, asked: Any) -> bytes:
        """The bytes of an answer to a request."""
        method, path, _ = asked.line.split()
        self.asked.append(f"{method} {path}")
        status, body = self._answer(method, path, asked)
        text = body if isinstance(body, str) else json.dumps(body)
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
        return (head + text).encode()

    def _answer(self, method: str, path: str, asked: Any) -> tuple[int, Any]:
        if self.log_in and asked.headers.get("authorization") != _BASIC:
            return 401, _error("security_exception", "unable to authenticate user [shop] for REST request")
        if self.refuses[0] == method and re.search(self.refuses[1], path):
            return 403, _error("security_exception", "action is unauthorized for user [shop]")
        fixed = {"/": self.root, "/_cluster/health": self.health, _STATS: self.disks, _SETTINGS: self.marks}
        if method == "GET" and path in fixed:
            return 200, fixed[path]
        if (method, path) == ("GET", _OLD):
            return 200, [{"index": index, "creation.date": made} for index, made in self.old.items()]
        match method, *path.removeprefix("/").split("/"):
            case "PUT", index if re.fullmatch(r"tidegate-probe-[0-9a-f]{16}", index):
                shards = json.loads(asked.body)["settings"]
                assert shards == {"number_of_shards": 1, "number_of_replicas": 0}
                self.indices[index] = {}
                return 200, {"acknowledged": True}
            case "PUT", index, "_doc", "1?refresh=true" if index in self.indices:
                self.indices[index] = json.loads(asked.body)
                return 201, {"result": "created"}
            case "POST", index, "_search" if index in self.indices:
                wanted = json.loads(asked.body)["query"]["match"]["mark"]
                found = self.indices[index].get("mark") == wanted and not self.loses
                return 200, {"hits": {"hits": [{"_source": self.indices[index]}] if found else []}}
            case "DELETE", index if index in {**self.indices, **self.old}:
                self.indices.pop(index, None)
                self.old.pop(index, None)
                return 200, {"acknowledged": True}
            case _:
                return 400, _error("illegal_argument_exception", f"{method} {path} is not known here")


def _error(kind: str, reason: str) -> dict[str, object]:
    return {"error": {"type": kind, "reason": reason, "root_cause": []}, "status": 0}
