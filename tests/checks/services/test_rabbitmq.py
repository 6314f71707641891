"""RabbitMQ, a real node: each fault is one judgement with the right words, and its twin without the fault passes."""

import contextlib
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest

from checks.evidence import Gap
from checks.services.json_api import JsonApi
from checks.services.rabbitmq_management import look_at_management
from checks.services.rabbitmq_probe import PORTS, RabbitmqProbe
from checks.services.seam import Visit
from checks.services.url import parse_service_url
from tests.checks.services.plain_judging import Judged, judged, problems
from tests.checks.services.rabbitmq_node import Node, new_node

RIGHT = {"MQ_PASSWORD": "guest"}
#: A password that is no word of anybody's sentence: masked, it must not spoil what is compared.
WRONG = {"MQ_PASSWORD": "not-the-passphrase"}


@pytest.fixture(scope="module")
def node(need: Callable[[str], Path], authority) -> Iterator[Node]:
    program = need("rabbitmq")
    folder = Path(tempfile.mkdtemp(prefix="mq-"))
    started = new_node(folder, program)
    certificate = authority.ca.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    try:
        started.start(str(folder / "cert.pem"), str(folder / "key.pem"))
        yield started
    finally:
        started.stop()
        shutil.rmtree(folder)


@pytest.fixture
def broker(node: Node) -> Iterator["pika.adapters.blocking_connection.BlockingChannel"]:
    """A channel of the application: it declares `orders` and reads it, and `mails`, which nobody reads."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", node.amqp, heartbeat=0))
    channel = connection.channel()
    for queue in ("orders", "mails"):
        channel.queue_declare(queue)
        channel.queue_purge(queue)
    channel.basic_qos(prefetch_count=1)
    channel.basic_consume("orders", lambda *_: None)
    yield channel
    with contextlib.suppress(pika.exceptions.AMQPError):  # a test that stopped the broker closed it
        connection.close()


@pytest.fixture
def look(node: Node, broker: object, tmp_path: Path) -> Callable[..., Judged]:
    def look(variables: dict[str, str] = RIGHT, **section: object) -> Judged:
        whole = {"url": node.url, "password": "${MQ_PASSWORD}", "timeout": "5s", **section}
        return judged(tmp_path, "rabbitmq", whole, variables)

    return look


def test_a_broker_that_is_well_passes(look, node):
    """Everything that is declared is judged, and passes; this is the twin of all faults below."""
    found = look(queues=["orders"], management=node.management, allow_writes=True)
    assert found.unwell == {}
    assert set(found.judgements) == {
        "up",
        "queue.orders.exists",
        "queue.orders.ready",
        "queue.orders.consumers",
        "management.up",
        "nodes.running",
        "nodes.stopped",
        "alarms.memory",
        "alarms.disk",
        "alarms.other",
        "partitions",
        "write.confirmed",
        "write.read_back",
    }
    assert re.fullmatch(r"[0-9.]+", found.value("version"))
    assert 0 < found.value("memory") < 1


def test_nothing_is_left_behind(look, node):
    """The queue of the write probe is gone with the look, and without writes there never was one."""
    import requests

    assert look(allow_writes=True).unwell == {}
    queues = requests.get(f"{node.management}/api/queues", auth=("guest", "guest"), timeout=5).json()
    assert {queue["name"] for queue in queues} == {"orders", "mails"}
    assert "write.confirmed" not in look().parts


def test_a_wrong_password_is_down_in_the_brokers_words(look, node):
    """FAIL, not a traceback; and the password is nowhere."""
    found = look(WRONG, management=node.management)
    assert found.unwell == {
        "up": "the log-in was refused: ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For "
        "details see the broker logfile.",
        "management.up": "the log-in was refused: 401: not_authorized: Login failed",
    }
    assert WRONG["MQ_PASSWORD"] not in found.said()


def test_a_password_that_nobody_declared_is_our_own_fault(node, tmp_path):
    """The broker asks for one: that is a gap in the file, and no fault of the broker."""
    found = judged(tmp_path, "rabbitmq", {"url": node.url}, {})
    assert found.unwell["up"].startswith("? no password is declared, and the broker said: ACCESS_REFUSED")


def test_a_virtual_host_that_is_not_there_is_down(look, node):
    """The twin has none in its URL, which is `/`."""
    found = look(url=f"{node.url}/shop")
    assert found.unwell == {"up": "the broker said: NOT_ALLOWED - vhost shop not found"}
    assert look(url=f"{node.url}/%2F").unwell == {}


def test_a_missing_queue_fails_by_its_name(look, node):
    """The other queue of the same look is judged all the same; nothing is counted in one that is not there."""
    found = look(queues=["orders", "order.s"], management=node.management)
    assert found.unwell == {"queue.order.s.exists": "the broker said: NOT_FOUND - no queue 'order.s' in vhost '/'"}
    assert found.value("queue.orders.exists") is True


def test_a_queue_that_nobody_reads_fails(look, broker):
    """No consumers, where the twin has one."""
    assert look(queues=["mails"]).unwell == {"queue.mails.consumers": "0, wanted >= 1"}
    assert look(queues=["mails"], limits={"queue.mails.consumers": ">= 0"}).unwell == {}


def test_a_queue_that_is_too_long_fails(look, broker):
    """The default is 1,000 messages; the limit of a service comes before it."""
    limits = {"queue.*.consumers": ">= 0", "queue.mails.ready": "<= 2"}
    for _ in range(3):
        broker.basic_publish("", "mails", b"x")
    broker.connection.process_data_events(0.1)
    assert look(queues=["mails"], limits=limits).unwell == {"queue.mails.ready": "3, wanted <= 2"}
    broker.queue_purge("mails")
    assert look(queues=["mails"], limits=limits).unwell == {}


def test_messages_that_are_not_acknowledged_are_counted_by_the_management_api(look, node, broker):
    """A consumer that takes messages and does not finish looks like an empty queue over AMQP."""
    section = {
        "queues": ["orders"],
        "management": node.management,
        "limits": {"queue.orders.unacknowledged": "<= 0"},
    }
    broker.basic_publish("", "orders", b"x")
    broker.connection.process_data_events(0.1)
    found = _until(lambda: look(**section), lambda f: "1, wanted <= 0" in f.unwell.values())
    assert found.unwell == {"queue.orders.unacknowledged": "1, wanted <= 0"}
    assert found.value("queue.orders.ready") == 0
    assert look(**{**section, "limits": {"queue.orders.unacknowledged": "<= 1"}}).unwell == {}


def test_a_memory_alarm_fails_at_once_and_blocks_the_write(look, node):
    """`/api/nodes` is seconds behind: the alarm is asked for where it is true now."""
    section = {"management": node.management, "allow_writes": True}
    with node.without_memory():
        found = look(**section)
    name = found.parts["alarms.memory"].detail
    assert found.unwell == {
        "alarms.memory": f"1 ({name}), wanted = 0",
        "write.confirmed": "the broker said: connection blocked: low on memory",
        "write.read_back": "? was not measured in this run",
    }
    assert name.startswith("tidegate-")
    assert look(**section).unwell == {}


def test_a_disk_alarm_is_not_a_memory_alarm(look, node):
    """One alarm is one judgement."""
    with node.without_disk():
        found = look(management=node.management)
    assert found.unwell == {"alarms.disk": f"1 ({found.parts['alarms.disk'].detail}), wanted = 0"}
    assert look(management=node.management).unwell == {}


def test_a_paused_node_is_down_in_time(look, node):
    """Its kernel still accepts connections; the look ends by its own deadline."""
    with node.paused():
        began = time.monotonic()
        found = look(queues=["orders"], management=node.management, timeout="1s")
        took = time.monotonic() - began
    assert found.unwell == {"up": "no answer within 1 s to the AMQP handshake"}
    assert took < 4
    assert look(timeout="5s").unwell == {}


def test_tls_is_verified(look, node, authority, stranger):
    """An authority that nobody trusts is refused; the twin trusts the right one."""
    section = {"url": f"amqps://guest@127.0.0.1:{node.amqps}"}
    assert look(**section, tls={"ca_file": authority.file}).unwell == {}
    found = look(**section, tls={"ca_file": stranger.file})
    assert list(found.unwell) == ["up"]
    assert found.unwell["up"].startswith("the certificate was refused: ")
    assert look(**section, tls={"verify": False}).unwell == {}


def test_tls_at_the_wrong_door_says_so(look, node):
    """TLS to a listener without it, and the other way round."""
    assert look(url=f"amqps://guest@127.0.0.1:{node.amqp}").unwell["up"].startswith("TLS failed: what answers there")
    found = look(url=f"amqp://guest@127.0.0.1:{node.amqps}", timeout="1s")
    assert found.unwell["up"] in (
        "no answer within 1 s to the AMQP handshake",
        "what answers there does not speak AMQP 0-9-1, or wants TLS",
    )


def test_what_is_no_broker_is_down(look, node):
    """The port of the management API accepts connections."""
    found = look(url=f"amqp://guest@127.0.0.1:{node.http}", timeout="1s")
    assert found.unwell["up"] in (
        "no answer within 1 s to the AMQP handshake",
        "what answers there does not speak AMQP 0-9-1, or wants TLS",
    )


def test_a_management_api_that_is_not_there_is_one_failure(look, node, dead_port):
    """Not seven gaps beside it."""
    assert look(management=f"http://127.0.0.1:{dead_port}").unwell == {"management.up": "connection refused"}
    assert look(management=f"http://127.0.0.1:{node.amqp}").unwell.keys() == {"management.up"}


def test_a_queue_of_somebody_else_alone_is_a_gap(look, node):
    """An exclusive queue is there, and only its owner may count it: that is nobody's fault."""
    other = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", node.amqp, heartbeat=0))
    channel = other.channel()
    channel.queue_declare("mine", exclusive=True)
    try:
        found = look(queues=["mine", "orders"])
    finally:
        other.close()
    assert found.unwell.keys() == {"queue.mine.exists"}
    assert found.unwell["queue.mine.exists"].startswith("? the broker said: RESOURCE_LOCKED")


NODES = (
    '[{"name":"a","running":true,"mem_alarm":false,"disk_free_alarm":false,"partitions":[],'
    '"mem_used":1,"mem_limit":4}%s]'
)
#: What the API answers -> what is unwell, beside the twin that answers `NODES % ""`.
ANSWERS = [
    ("not JSON", NODES[:9], "management.up", "it answered 200 with what is not JSON: "),
    ("no list", "{}", "management.up", "what it answered is no list of nodes"),
    ("no node", "[]", "management.up", "what it answered is no list of nodes"),
    ("a node stopped", NODES % ',{"name":"b","running":false}', "nodes.stopped", "1 (b), wanted = 0"),
    (
        "a partition",
        NODES % ',{"name":"b","running":true,"mem_alarm":false,"disk_free_alarm":false,"partitions":["a"],'
        '"mem_used":1,"mem_limit":4}',
        "partitions",
        "1 (b lost a), wanted = 0",
    ),
    (
        "no word of partitions",
        NODES.replace('"partitions":[],', "") % "",
        "partitions",
        "? no partitions of a",
    ),
    ("no word of an alarm", NODES.replace('"mem_alarm":false,', "") % "", "alarms.memory", "? no mem_alarm of a"),
]


@pytest.mark.parametrize(("answer", "part", "words"), [pytest.param(*rest, id=name) for name, *rest in ANSWERS])
def test_what_the_management_api_does_not_say_is_never_a_pass(look, servers, answer, part, words):
    """Each strange answer is that very judgement; the twin with a plain answer passes."""
    assert look(management=_api(servers, answer)).unwell.keys() == {part}
    assert look(management=_api(servers, answer)).unwell[part].startswith(words)
    assert look(management=_api(servers, NODES % "")).unwell == {}


def test_an_alarm_of_another_kind_fails_too(look, servers):
    """A resource that nobody has heard of is no good news."""
    said = '{"status":"failed","alarms":[{"node":"a","resource":"file descriptors"}]}'
    unwell = look(management=_api(servers, NODES % "", alarms=503, said=said)).unwell
    assert unwell == {"alarms.other": "1 (file descriptors of a), wanted = 0"}


def test_an_old_broker_tells_its_alarms_by_its_nodes(look, servers):
    """Before 3.8.10 nothing answers the question for alarms."""
    section = {"management": _api(servers, NODES.replace('"mem_alarm":false', '"mem_alarm":true') % "", alarms=404)}
    assert look(**section).unwell == {"alarms.memory": "1 (a), wanted = 0"}
    assert look(management=_api(servers, NODES % "", alarms=404)).unwell == {}


@pytest.mark.parametrize("text", ["[]", "{}", '{"status":"failed"}', '{"status":"failed","alarms":[]}', "x"])
def test_an_answer_that_says_nothing_of_alarms_is_a_gap(look, servers, text):
    """Neither status nor form are taken for good news."""
    unwell = look(management=_api(servers, NODES % "", alarms=200, said=text)).unwell
    assert unwell.keys() == {"alarms.memory", "alarms.disk", "alarms.other"}
    assert all(reason.startswith("? the management API did not say") for reason in unwell.values())


def test_a_queue_without_statistics_is_a_gap(servers):
    """A queue that was just declared has none yet, which is not 0."""
    api = JsonApi(_api(servers, NODES % "", queue='{"name":"orders"}'))
    probe = RabbitmqProbe(name="it", url=parse_service_url("amqp://127.0.0.1", PORTS))
    found = {e.subject: e for e in look_at_management(Visit(probe), api, "/", ["orders"])}
    assert isinstance(found["it.queue.orders.unacknowledged"], Gap)
    counted = JsonApi(_api(servers, NODES % "", queue='{"messages_unacknowledged":0}'))
    found = {e.subject: e for e in look_at_management(Visit(probe), counted, "/", ["orders"])}
    assert found["it.queue.orders.unacknowledged"].value == 0


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"url": "http://mq"}, "url: 'http://mq' is not an address of this service"),
        ({"url": "amqp://"}, ": the URL names no host"),
        ({"url": "amqp://guest:word@mq"}, "url: 'amqp://guest:***@mq' holds a password"),
        ({"url": "amqp://mq", "password": "word"}, "password: a password can't stand in the file"),
        ({"url": "amqp://mq", "queues": ["a", "a"]}, "queues.1: 'a' is listed twice"),
        ({"url": "amqp://mq", "management": "http://a:b@mq"}, "management: the address holds a log-in"),
        ({"url": "amqp://mq", "limits": {"queue.a.readi": "<= 1"}}, "limits.queue.a.readi: 'queue.a.readi' is not"),
        ({"url": "amqp://mq", "limits": {"alarms.memory": "<= 1 s"}}, "limits.alarms.memory: "),
        ({"url": "amqp://mq", "kues": []}, "kues: "),
    ],
)
def test_bad_input_is_refused_before_anything_is_looked_at(tmp_path, section, problem):
    """One clear error with its key."""
    found = problems(tmp_path, "rabbitmq", section, {})
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_broker_that_listens_no_longer_is_down(look, node):
    """Its listeners are closed; open again, it passes."""
    with node.closed():
        assert look().unwell == {"up": "connection refused"}
    assert look().unwell == {}


def _api(servers, nodes: str, *, alarms: int = 200, said: str = '{"status":"ok"}', queue: str = "{}") -> str:
    """A management API that answers these texts."""

    def answer(asked) -> bytes:
        path = asked.line.split()[1]
        if path.endswith("/alarms"):
            status, body = alarms, said
        else:
            status, body = 200, nodes if path == "/api/nodes" else queue
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return (head + body).encode()

    return servers.http(answer).url


def _until(take: Callable[[], Judged], is_there: Callable[[Judged], bool]) -> Judged:
    """Statistics come with the next collection."""
    ends = time.monotonic() + 15
    while not is_there(found := take()) and time.monotonic() < ends:
        time.sleep(0.2)
    return found
