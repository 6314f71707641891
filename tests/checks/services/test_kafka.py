"""Kafka: librdkafka's own mock cluster, and a strict fake broker for what the mock can't say."""

import contextlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from checks.services.kafka_client import plain
from tests.checks.services.kafka_wire import Cluster, FakeBroker
from tests.checks.services.plain_judging import Judged, judged, problems

confluent_kafka = pytest.importorskip("confluent_kafka")

TOPIC = {"orders": [(0, [0], [0]), (0, [0], [0])]}


@dataclass
class Mock:
    """The mock cluster's process."""

    process: subprocess.Popen[str]
    bootstrap: str

    def make(self, topic: str) -> None:
        """A topic of four partitions, which holds one message."""
        self.process.stdin.write(f"{topic}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "made\n"

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    command = [sys.executable, str(Path(__file__).with_name("kafka_mock.py")), "3"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            started = Mock(process, process.stdout.readline().strip())
            # The mock makes a topic when somebody writes to it, and can't be asked to.
            for topic in ("orders", "tidegate-probe"):
                started.make(topic)
            yield started
        finally:
            process.kill()


@pytest.fixture
def look(tmp_path: Path) -> Callable[..., Judged]:
    def look(bootstrap: str, passphrase: str = "right-passphrase", **section: object) -> Judged:
        whole = {"bootstrap": bootstrap.split(","), "timeout": "6s", **section}
        return judged(tmp_path, "kafka", whole, {"KAFKA_PASSWORD": passphrase})

    return look


@pytest.fixture
def fake() -> Iterator[Callable[..., FakeBroker]]:
    with contextlib.ExitStack() as stack:

        def start(**says: object) -> FakeBroker:
            broker = FakeBroker(Cluster(**{"topics": dict(TOPIC), **says}))
            stack.callback(broker.close)
            return broker

        yield start


#: The mock has no controller, and describes no group.
OF_THE_MOCK = {"controller": "one of true, false"}


def test_a_cluster_that_is_well_passes(look, mock):
    """Brokers, replicas, a declared topic with its leaders, and a message that is written and read back."""
    topics = {"orders": {"partitions": 4, "replicas": 3}}
    found = look(mock.bootstrap, topics=topics, allow_writes=True, limits={"brokers": ">= 3", **OF_THE_MOCK})
    assert found.unwell == {}
    assert set(found.judgements) == {
        "up",
        "brokers",
        "controller",
        "partitions.offline",
        "partitions.under_replicated",
        "topic.orders.exists",
        "topic.orders.partitions",
        "topic.orders.replicas",
        "topic.orders.leaders_answering",
        "write.confirmed",
        "write.read_back",
    }
    assert found.parts["topic.orders.leaders_answering"].samples == 4


def test_nothing_is_written_and_no_topic_is_made_unless_allowed(look, mock):
    """librdkafka would make a topic that is asked for by its name: the mock does, so it would show."""
    topics = {"nobody-made-this": {}}
    assert "topic.nobody-made-this.exists" in look(mock.bootstrap, topics=topics).unwell
    again = look(mock.bootstrap, topics=topics)
    assert again.unwell["topic.nobody-made-this.exists"] == "the cluster lists no such topic, or not to this user"
    assert "write.confirmed" not in again.parts


def test_too_few_brokers_fail(look, mock):
    """The twin expects as many as there are."""
    assert look(mock.bootstrap, limits={"brokers": ">= 4", **OF_THE_MOCK}).unwell.keys() == {"brokers"}
    assert look(mock.bootstrap, limits={"brokers": "= 3", **OF_THE_MOCK}).unwell == {}


def test_a_wrong_number_of_partitions_and_replicas_fails(look, mock):
    """Each is a judgement of its own."""
    topics = {"orders": {"partitions": 6, "replicas": 2}}
    found = look(mock.bootstrap, topics=topics, limits=OF_THE_MOCK)
    assert found.unwell == {
        "topic.orders.partitions": "4, wanted = 6",
        "topic.orders.replicas": "3 (of partition 0), wanted = 2",
    }


def test_what_the_mock_can_not_say_is_a_gap(look, mock):
    """No controller, no settings, no description of groups: nothing of it passes."""
    topics = {"orders": {"settings": {"retention.ms": "1"}}}
    found = look(mock.bootstrap, topics=topics, groups={"billing": {"topics": ["orders"]}})
    assert found.unwell == {
        "controller": "no broker that is known leads the cluster",
        "topic.orders.setting.retention.ms": "? the cluster has no controller, which is asked for settings",
        "group.billing.members": "? the group can't be described: Local: Required feature not supported by broker",
        "group.billing.lag": "not there (the group has committed nothing in these topics), wanted <= 1,000",
    }


def test_no_broker_is_down_before_the_deadline(look, dead_port):
    """The words are the operating system's, which librdkafka says in a callback only."""
    began = time.monotonic()
    found = look(f"127.0.0.1:{dead_port}", timeout="30s")
    assert found.unwell == {"up": f"Connect to ipv4#127.0.0.1:{dead_port} failed: Connection refused"}
    assert time.monotonic() - began < 10


def test_one_broker_of_the_list_is_enough(look, mock, dead_port):
    """A dead address beside a living one is no failure."""
    assert look(f"127.0.0.1:{dead_port},{mock.bootstrap}", limits=OF_THE_MOCK).unwell == {}


def test_a_paused_cluster_is_down_in_time(look, mock):
    """The kernel of the machine still accepts connections."""
    with mock.paused():
        began = time.monotonic()
        found = look(mock.bootstrap, timeout="2s")
        took = time.monotonic() - began
    assert found.unwell == {"up": "no answer within 2 s to the request for metadata"}
    assert took < 6
    assert look(mock.bootstrap, limits=OF_THE_MOCK).unwell == {}


def test_a_name_that_does_not_resolve_is_down(look):
    """Not a gap: the name is the service's."""
    found = look("nobody.invalid:9092", timeout="10s")
    assert found.unwell["up"].startswith("Failed to resolve 'nobody.invalid:9092': ")


def test_what_is_no_broker_is_down(look, servers):
    """An HTTP server hangs up on Kafka's first request, or answers nonsense."""
    found = look(f"127.0.0.1:{servers.http(b'HTTP/1.1 400 X').port}", timeout="3s")
    assert list(found.unwell) == ["up"]


def test_tls_to_a_listener_without_it_says_so(look, mock):
    """The twin speaks without."""
    found = look(mock.bootstrap, protocol="SSL")
    assert found.unwell["up"].startswith("SSL handshake failed")


def test_authorities_that_can_not_be_read_are_our_own_fault(look, mock, tmp_path):
    """A Gap: nothing was asked of the cluster."""
    (tmp_path / "no.pem").write_text("no certificate")
    found = look(mock.bootstrap, protocol="SSL", tls={"ca_file": str(tmp_path / "no.pem")})
    assert found.unwell["up"].startswith("? the client refuses its settings: ")


SASL = {"protocol": "SASL_PLAINTEXT", "mechanism": "PLAIN", "user": "shop", "password": "${KAFKA_PASSWORD}"}


def test_a_wrong_password_is_down_in_the_brokers_words(look, fake):
    """The twin has the right one; neither password is anywhere."""
    broker = fake(password="right-passphrase")
    found = look(broker.address, "not-the-passphrase", **SASL)
    assert found.unwell.keys() == {"up"}
    assert found.unwell["up"].startswith("the log-in was refused: ")
    assert "Authentication failed: Invalid username or password" in found.unwell["up"]
    assert "passphrase" not in found.said()
    right = look(broker.address, **SASL)
    assert right.unwell == {}
    assert "passphrase" not in right.said()


#: A fault -> what the broker says, and what is unwell; the twin of all is `fake()`.
FAULTS = [
    (
        "no controller",
        {"controller": -1},
        {
            "controller": "no broker that is known leads the cluster",
            "topic.orders.setting.retention.ms": "? the cluster has no controller, which is asked for settings",
        },
    ),
    (
        "a partition without a leader",
        {"topics": {"audit": [(-1, [0, 1], [0])], **TOPIC}, "brokers": [0, 1]},
        {
            "partitions.offline": "1 (audit/0), wanted = 0",
            "partitions.under_replicated": "1 (audit/0), wanted = 0",
        },
    ),
    (
        "a replica that lags",
        {"topics": {"audit": [(0, [0, 1], [0]), (0, [0, 1], [0, 1])], **TOPIC}, "brokers": [0, 1]},
        {"partitions.under_replicated": "1 (audit/0), wanted = 0"},
    ),
    (
        "many replicas that lag",
        {"topics": {"audit": [(0, [0, 1], [0])] * 7, **TOPIC}, "brokers": [0, 1]},
        {
            "partitions.under_replicated": "7 (audit/0, audit/1, audit/2, audit/3, audit/4, and 2 more), wanted = 0",
        },
    ),
    (
        "no such topic",
        {"topics": {}},
        {
            "topic.orders.exists": "the cluster lists no such topic, or not to this user",
            "topic.orders.setting.retention.ms": "? the topic is not there",
        },
    ),
    (
        "leaders that do not answer",
        {"errors": {2: 6}},
        {"topic.orders.leaders_answering": "0 % (partition 0: Broker: Not leader for partition; partition 1: "},
    ),
    (
        "another setting",
        {"settings": {"retention.ms": "2", "cleanup.policy": "delete"}},
        {"topic.orders.setting.retention.ms": "'2', wanted = '604800000'"},
    ),
    (
        "no such setting",
        {"settings": {}},
        {"topic.orders.setting.retention.ms": "not there (the topic has no such setting), wanted = '604800000'"},
    ),
    (
        "settings that this user may not see",
        {"errors": {32: 29}},
        {"topic.orders.setting.retention.ms": "? the settings can't be read: "},
    ),
]


@pytest.mark.parametrize(("says", "unwell"), [pytest.param(*rest, id=name) for name, *rest in FAULTS])
def test_a_fault_of_the_cluster_is_its_own_judgement(look, fake, says, unwell):
    """And nobody else's; the twin without it passes."""
    section = {"topics": {"orders": {"settings": {"retention.ms": "604800000"}}}}
    right = {"settings": {"retention.ms": "604800000"}}
    found = look(fake(**{**right, **says}).address, **section).unwell
    assert found.keys() == unwell.keys()
    assert all(found[part].startswith(words) for part, words in unwell.items()), found
    assert look(fake(**right).address, **section).unwell == {}


#: What a group did -> what is unwell.
GROUPS = [
    ("it is where the topic ends", {"committed": 10}, {}),
    ("it is behind", {"committed": 4}, {"group.billing.lag": "12, wanted <= 11"}),
    (
        "nobody is in it",
        {"committed": 10, "members": 0},
        {"group.billing.members": "0 (the group is empty), wanted >= 1"},
    ),
    (
        "it has committed nothing",
        {},
        {"group.billing.lag": "not there (the group has committed nothing in these topics), wanted <= 11"},
    ),
    (
        "it is beyond the end",
        {"committed": 50},
        {"group.billing.lag": "? it has committed 50 in orders/0, which ends at 10"},
    ),
    (
        "its offsets may not be seen",
        {"committed": 10, "errors": {9: 29}},
        {"group.billing.lag": "? its offset"},
    ),
    ("the ends are not told", {"committed": 10, "errors": {2: 6}}, {"group.billing.lag": "? orders/"}),
    (
        "the group may not be seen",
        {"committed": 10, "errors": {15: 30}},
        {"group.billing.members": "? the group can't be described: "},
    ),
    (
        "its topic is gone",
        {"committed": 10, "topics": {}},
        {"group.billing.lag": "? the cluster lists no topic orders"},
    ),
]


@pytest.mark.parametrize(("says", "unwell"), [pytest.param(*rest, id=name) for name, *rest in GROUPS])
def test_a_consumer_group_is_judged_by_what_it_committed(look, fake, says, unwell):
    """The first is the twin of the others."""
    section = {"groups": {"billing": {"topics": ["orders"]}}, "limits": {"group.billing.lag": "<= 11"}}
    found = look(fake(**says).address, **section).unwell
    assert found.keys() == unwell.keys(), found
    assert all(found[part].startswith(words) for part, words in unwell.items()), found


def test_what_a_partition_without_a_committed_offset_holds_is_lag(look, mock):
    """Of four partitions the group has committed in one: the message in another one waits."""
    from confluent_kafka import Consumer, TopicPartition

    settings = {"bootstrap.servers": mock.bootstrap, "group.id": "half", "log_level": 0}
    consumer = Consumer(settings)
    ends = [consumer.get_watermark_offsets(TopicPartition("orders", n), timeout=5)[1] for n in range(4)]
    empty = ends.index(0)
    consumer.commit(offsets=[TopicPartition("orders", empty, 0)], asynchronous=False)
    consumer.close()
    found = look(mock.bootstrap, groups={"half": {"topics": ["orders"]}})
    assert found.value("group.half.lag") == sum(ends) > 0


def test_a_topic_that_can_not_be_made_fails_the_write(look, fake):
    """`tidegate-probe` is missing, and this broker makes none; the rest of the look stands."""
    found = look(fake().address, allow_writes=True, timeout="4s")
    assert found.unwell.keys() == {"write.confirmed", "write.read_back"}
    assert found.unwell["write.confirmed"].startswith("the topic tidegate-probe is missing and can't be made: ")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("127.0.0.1:1/bootstrap: Connect failed (after 0ms in state CONNECT)", "Connect failed"),
        ("sasl_ssl://b:9092/3: sasl_ssl://b:9092/3: SASL error (after 12ms in state AUTH, 2 identical)", "SASL error"),
        (
            "Receive failed: too large: increase receive.message.max.bytes (after 1ms in state UP)",
            "Receive failed: too large",
        ),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_words_of_librdkafka_are_told_without_what_is_not_for_people(said, words):
    """Places, states and advice for programmers are left out."""
    assert plain(said) == words


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"bootstrap": []}, "bootstrap: it names no broker"),
        ({"bootstrap": ["kafka"]}, "bootstrap.0: 'kafka' is not an address"),
        ({"bootstrap": ["k:1"], "protocol": "SASL_SSL"}, "protocol: SASL_SSL needs mechanism, user and password"),
        ({"bootstrap": ["k:1"], "protocol": "TLS"}, "protocol: 'TLS' is not known"),
        ({"bootstrap": ["k:1"], "user": "shop"}, "user: nobody logs in with PLAINTEXT"),
        ({"bootstrap": ["k:1"], "tls": {}}, "tls: there is no certificate with PLAINTEXT"),
        ({"bootstrap": ["k:1"], "groups": {"g": {"topics": []}}}, "groups.g.topics: it names no topic"),
        ({"bootstrap": ["k:1"], "topics": {"t": {"partitions": 0}}}, "topics.t.partitions: "),
        (
            {"bootstrap": ["k:1"], "topics": {"t": {"partitions": 1}}, "limits": {"topic.t.partitions": "= 1"}},
            "limits.topic.t.partitions: 'topic.t.partitions' is wanted twice",
        ),
        ({"bootstrap": ["k:1"], "limits": {"group.g.lag": "<= 5 s"}}, "limits.group.g.lag: "),
    ],
)
def test_bad_input_is_refused_before_anything_is_looked_at(tmp_path, section, problem):
    """One clear error with its key."""
    found = problems(tmp_path, "kafka", section, {})
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_nothing_is_written_to_standard_error(look, mock, dead_port, capfd):
    """librdkafka writes there by itself."""
    look(f"127.0.0.1:{dead_port}", timeout="2s")
    look(mock.bootstrap)
    assert re.findall(r"rdkafka|FAIL", capfd.readouterr().err) == []
