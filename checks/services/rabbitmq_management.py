"""What RabbitMQ's management API says: nodes, alarms, partitions, memory, and the unacknowledged messages of queues.

RabbitMQ management HTTP API: `/api/nodes`, `/api/health/checks/alarms` (3.8.10 and later), `/api/queues/VHOST/NAME`.
Its statistics are collected every 5 s by default, so numbers may be that old.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from checks.evidence import Evidence
from checks.failures import AttemptError, Down
from checks.services.json_api import JsonApi
from checks.services.plain_json import JsonClient, document_of
from checks.services.plain_patience import outlasting
from checks.services.seam import Visit

#: One object of the API's answers.
Json = Mapping[str, Any]

_LATER: Final = "wait for its next collection (5 s by default), and run it again"
_ALARMS: Final = {"memory": "mem_alarm", "disk": "disk_free_alarm"}


def look_at_management(visit: Visit, api: JsonApi, virtual_host: str, queues: Sequence[str]) -> Iterator[Evidence]:
    """`NAME.management.up`, `.nodes.*`, `.alarms.*`, `.partitions`, `.memory`, `.queue.QUEUE.unacknowledged`.

    An API that does not answer as it should is the only reading. Raises Down or Unmeasured where no time is left.
    """
    visit.left()
    source = f"{api.url}/api/nodes"
    try:
        client = JsonClient(api)
    except AttemptError as error:
        yield replace(visit.failed(error, "management.up"), source=source)
        return
    with client:
        try:
            nodes = _nodes_of(_get(visit, client, "/api/nodes"))
        except AttemptError as error:
            why = visit.timed_out() if visit.is_over else error
            yield replace(visit.failed(why, "management.up"), source=source)
            return
        yield visit.reading("management.up", True, "bool", source=source)
        yield from _states(visit, nodes, source)
        yield from _alarms(visit, client, [node for node in nodes if node.get("running") is True])
        for queue in queues:
            yield _unacknowledged(visit, client, virtual_host, queue)


def _states(visit: Visit, nodes: Sequence[Json], source: str) -> Iterator[Evidence]:
    running = [node for node in nodes if node.get("running") is True]
    stopped = [node for node in nodes if node.get("running") is not True]
    yield visit.reading("nodes.running", len(running), "1", _names(running), source=source)
    yield visit.reading("nodes.stopped", len(stopped), "1", _names(stopped), source=source)
    yield _partitions(visit, running, source)
    yield _memory(visit, running, source)


def _get(visit: Visit, client: JsonClient, path: str) -> Any:
    with visit.asking(f"GET {path} of the management API"):
        return document_of(client.ask(path, timeout=outlasting(visit)))


def _alarms(visit: Visit, client: JsonClient, nodes: Sequence[Json]) -> Iterator[Evidence]:
    """How many nodes have an alarm. `/api/nodes` is seconds behind, so the alarms themselves are asked for, too."""
    source = f"{client.api.url}/api/health/checks/alarms"
    try:
        with visit.asking("the alarms, over the management API"):
            answer = client.ask("/api/health/checks/alarms", timeout=outlasting(visit))
        # 503 is its way of saying that there are some; 404 is a broker that is too old for the question.
        is_old = answer.status == 404
        now = [] if is_old else _alarms_of(answer.document, answer.status)
    except AttemptError as error:
        for resource in (*_ALARMS, "other"):
            yield visit.gap(f"alarms.{resource}", f"the management API did not say: {error.words}", source=source)
        return
    for resource, key in _ALARMS.items():
        silent = [node for node in nodes if not isinstance(node.get(key), bool)]
        if silent or not nodes:
            yield _unsaid(visit, f"alarms.{resource}", key, silent, source)
            continue
        # What a node said some seconds ago may be over; an old broker has nothing newer.
        raised = {str(node.get("name")) for node in nodes if node[key] and is_old}
        raised |= {node for known, node in now if known.startswith(resource)}
        yield visit.reading(f"alarms.{resource}", len(raised), "1", ", ".join(sorted(raised)), source=source)
    other = sorted(f"{known} of {node}" for known, node in now if not known.startswith(tuple(_ALARMS)))
    yield visit.reading("alarms.other", len(other), "1", ", ".join(other), source=source)


def _alarms_of(document: Any, status: int) -> Sequence[tuple[str, str]]:
    """Resource (`memory`, `disk space`) and node of each alarm. Raises Down for an answer of another form."""
    match document:
        case {"status": "ok"} if status == 200:
            return []
        case {"status": "failed", "alarms": [_, *_] as alarms} if all(isinstance(alarm, dict) for alarm in alarms):
            return [(str(alarm.get("resource")), str(alarm.get("node"))) for alarm in alarms]
        case _:
            raise Down(f"it answered {status} with what says nothing of alarms")


def _partitions(visit: Visit, nodes: Sequence[Json], source: str) -> Evidence:
    """How many nodes see others on the far side of a network partition."""
    silent = [node for node in nodes if not isinstance(node.get("partitions"), list)]
    if silent or not nodes:
        return _unsaid(visit, "partitions", "partitions", silent, source)
    apart = [node for node in nodes if node["partitions"]]
    words = "; ".join(f"{node.get('name')} lost {', '.join(map(str, node['partitions']))}" for node in apart)
    return visit.reading("partitions", len(apart), "1", words, source=source)


def _memory(visit: Visit, nodes: Sequence[Json], source: str) -> Evidence:
    """The memory of the fullest node as a share of its high watermark, at which publishers are blocked."""
    shares = []
    for node in nodes:
        used, limit = node.get("mem_used"), node.get("mem_limit")
        if not _is_number(used) or not _is_number(limit) or not limit:
            return _unsaid(visit, "memory", "mem_used and mem_limit", [node], source)
        shares.append((used / limit, str(node.get("name"))))
    if not shares:
        return visit.gap("memory", "no node is running", source=source)
    share, node_name = max(shares)
    return visit.number("memory", round(share, 6), "ratio", node_name, source=source)


def _unsaid(visit: Visit, part: str, key: str, nodes: Sequence[Json], source: str) -> Evidence:
    return visit.gap(part, f"no {key} of {_names(nodes) or 'any node'}", _LATER, source=source)


def _unacknowledged(visit: Visit, client: JsonClient, virtual_host: str, queue: str) -> Evidence:
    part, path = f"queue.{queue}.unacknowledged", f"/api/queues/{quote(virtual_host, safe='')}/{quote(queue, safe='')}"
    source = client.api.url + path
    try:
        document = _get(visit, client, path)
    except AttemptError as error:
        # It answered a moment ago, so it is up; this one answer is what could not be had.
        return visit.gap(part, f"the management API did not say: {error.words}", source=source)
    count = document.get("messages_unacknowledged") if isinstance(document, dict) else None
    if not _is_number(count):
        return visit.gap(part, "the management API has no statistics of this queue yet", _LATER, source=source)
    return visit.number(part, count, "1", source=source)


def _nodes_of(document: Any) -> Sequence[Json]:
    """Raises Down for an answer of another form."""
    if not isinstance(document, list) or not document or not all(isinstance(entry, dict) for entry in document):
        raise Down("what it answered is no list of nodes")
    return document


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _names(nodes: Sequence[Json]) -> str:
    return ", ".join(sorted(str(node.get("name")) for node in nodes))
