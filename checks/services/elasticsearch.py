"""Elasticsearch and OpenSearch over HTTP: version, health, nodes, shards, disks, and a document written and found.

Elasticsearch reference: cluster health, nodes stats, cluster settings. Nothing is written unless writes are allowed.
"""

import re
import secrets
import time as clock
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from checks.evidence import Evidence
from checks.failures import AttemptError, Down, Unmeasured
from checks.services.elasticsearch_disks import look_at_disks
from checks.services.elasticsearch_probe import ElasticsearchProbe
from checks.services.plain_json import JsonAnswer, JsonClient, document_of
from checks.services.plain_patience import outlasting
from checks.services.seam import Visit

#: What everything is called that a write makes.
_OWN: Final = "tidegate-probe"
_MADE: Final = re.compile(rf"{_OWN}-[0-9a-f]{{16}}")
#: Seconds after which nobody can still be looking.
_OLD: Final = 900
_ONE_SHARD: Final = {"settings": {"number_of_shards": 1, "number_of_replicas": 0}}
#: Key of the cluster's health -> subject.
_COUNTS: Final = {
    "number_of_nodes": "nodes",
    "number_of_data_nodes": "nodes.data",
    "unassigned_shards": "shards.unassigned",
    "initializing_shards": "shards.initializing",
    "relocating_shards": "shards.relocating",
    "number_of_pending_tasks": "tasks.pending",
}
_COLOURS: Final = ("green", "yellow", "red")


def look(probe: ElasticsearchProbe, visit: Visit) -> Iterator[Evidence]:
    """`NAME.up`, `.version`, `.distribution`, `.status`, `.nodes`, `.shards.*`, `.tasks.*`, `.disk.*`, `.write.*`.

    Up is who says which version it is and how its cluster is. Raises Down, Unmeasured.
    """
    with JsonClient(probe.api) as client:
        root = _root(visit, client)
        health = get(visit, client, "/_cluster/health")
        if health.get("status") not in _COLOURS:
            raise Down("what it answered says nothing of a cluster's health")
        yield visit.reading("up", True, "bool")
        yield visit.reading("response_time", round(clock.monotonic() - visit.began, 6), "s")
        yield from _version(visit, root)
        yield from _health(visit, health, f"{probe.api.url}/_cluster/health")
        yield from look_at_disks(visit, client)
        if probe.allow_writes:
            yield from _write(visit, client)


def _health(visit: Visit, health: Mapping[str, Any], source: str) -> Iterator[Evidence]:
    words = "the cluster did not answer itself in time" if health.get("timed_out") is True else ""
    yield visit.reading("status", health["status"], "text", words, source=source)
    for key, part in _COUNTS.items():
        yield visit.number(part, _number(health.get(key)), source=source)


def _root(visit: Visit, client: JsonClient) -> Mapping[str, Any]:
    answer = _ask(visit, client, "/")
    if answer.status == 401 and not (client.api.user or client.api.token):
        words = f"no password is declared, and the cluster answered {answer.refusal}"
        raise Unmeasured(words, "write `user:` and `password: ${VAR}`, or `api_key: ${VAR}`")
    return _object(answer, "/")


def get(visit: Visit, client: JsonClient, path: str) -> Mapping[str, Any]:
    """The object behind a path. Raises Down, Unmeasured."""
    return _object(_ask(visit, client, path), path)


def _object(answer: JsonAnswer, path: str) -> Mapping[str, Any]:
    document = document_of(answer)
    if not isinstance(document, dict):
        raise Down(f"what it answered to {path} is no JSON object")
    return document


def _ask(
    visit: Visit, client: JsonClient, path: str, method: str = "GET", body: Mapping[str, object] | None = None
) -> JsonAnswer:
    with visit.asking(f"{method} {path}"):
        return client.ask(path, method, body, timeout=outlasting(visit))


def _version(visit: Visit, root: Mapping[str, Any]) -> Iterator[Evidence]:
    """Elasticsearch names no distribution, OpenSearch does."""
    version = root.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(version, dict) or not isinstance(number, str):
        yield visit.gap("version", "the answer to / names no version")
        yield visit.gap("distribution", "the answer to / names no version")
        return
    yield visit.reading("version", number, "text")
    yield visit.reading("distribution", str(version.get("distribution") or "elasticsearch"), "text")


def _write(visit: Visit, client: JsonClient) -> Iterator[Evidence]:
    """`NAME.write.indexed`, and where it was, `NAME.write.found`; `NAME.write.deleted` for what was made."""
    _delete_old(visit, client)
    index, mark = f"{_OWN}-{secrets.token_hex(8)}", secrets.token_hex(16)
    made = False
    part = "write.indexed"
    try:
        try:
            document_of(_ask(visit, client, f"/{index}", "PUT", _ONE_SHARD))
            made = True
            document_of(_ask(visit, client, f"/{index}/_doc/1?refresh=true", "PUT", {"mark": mark}))
            yield visit.reading(part, True, "bool")
            part = "write.found"
            found = document_of(_ask(visit, client, f"/{index}/_search", "POST", {"query": {"match": {"mark": mark}}}))
            same = _marks(found) == [mark]
            yield visit.reading(part, same, "bool", "" if same else "the search did not find the document")
        except AttemptError as error:
            yield visit.failed(error, part)
    finally:
        # Also where the look is given up: what we made has to go.
        words = _delete(visit, client, index) if made else ""
    if made:
        yield visit.reading("write.deleted", not words, "bool", words)


def _delete_old(visit: Visit, client: JsonClient) -> None:
    """Delete what a look that was killed left behind. Where that fails, it is no matter of this look."""
    with suppress(AttemptError, KeyError, TypeError):
        listed = document_of(_ask(visit, client, f"/_cat/indices/{_OWN}-*?format=json&h=index,creation.date"))
        for entry in listed if isinstance(listed, list) else ():
            index, made = (str(entry[key]) for key in ("index", "creation.date"))
            is_old = made.isdecimal() and clock.time() - int(made) / 1000 > _OLD
            if is_old and _MADE.fullmatch(index):
                _delete(visit, client, index)


def _delete(visit: Visit, client: JsonClient, index: str) -> str:
    """Why the index is still there, or nothing."""
    try:
        document_of(_ask(visit, client, f"/{index}", "DELETE"))
    except AttemptError as error:
        return f"the index {index} is left: {error.words}"
    return ""


def _marks(found: Any) -> list[object]:
    try:
        return [hit["_source"]["mark"] for hit in found["hits"]["hits"]]
    except (KeyError, TypeError):
        return []


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
