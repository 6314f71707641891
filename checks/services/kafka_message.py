"""The write probe of Kafka: a message goes to a topic of our own, the replicas that are in step have it, it is read."""

import secrets
from collections.abc import Iterator
from typing import Any, Final

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from checks.evidence import Evidence
from checks.failures import AttemptError, Down
from checks.services.kafka_client import KafkaClient, admin, create, each, plain, share
from checks.services.plain_patience import outlasting
from checks.services.seam import Visit

#: The topic is made with one partition. Messages in it end after an hour.
TOPIC: Final = "tidegate-probe"
_SETTINGS: Final = {"retention.ms": "3600000"}
#: Seconds between two looks for what has arrived.
_STEP: Final = 0.1


def write_and_read(visit: Visit, client: KafkaClient, metadata: Any) -> Iterator[Evidence]:
    """`NAME.write.confirmed` and, where it is, `NAME.write.read_back`. Raises Unmeasured."""
    body = secrets.token_bytes(32)
    part = "write.confirmed"
    try:
        if TOPIC not in metadata.topics:
            _make_topic(visit, client, len(metadata.brokers))
        place = _send(visit, client, body)
        yield visit.reading(part, True, "bool")
        part = "write.read_back"
        same = _read(visit, client, place) == body
        yield visit.reading(part, same, "bool", "" if same else "another message came back")
    except AttemptError as error:
        yield visit.failed(error, part)


def _make_topic(visit: Visit, client: KafkaClient, brokers: int) -> None:
    topic = admin.NewTopic(TOPIC, num_partitions=1, replication_factor=min(brokers, 3), config=_SETTINGS)
    with visit.asking(f"the making of the topic {TOPIC}"):
        asked = client.admin.create_topics([topic], request_timeout=share(visit))
        made = each(asked, visit)[TOPIC]
    if isinstance(made, KafkaException) and made.args[0].name() != "TOPIC_ALREADY_EXISTS":
        raise Down(f"the topic {TOPIC} is missing and can't be made: {client.why(made).words}")


def _send(visit: Visit, client: KafkaClient, body: bytes) -> TopicPartition:
    """Where it was written, once all replicas in step have it."""
    reports: list[tuple[Any, Any]] = []
    settings = {"acks": "all", "message.timeout.ms": int(outlasting(visit) * 1000) + 1}
    producer = create(Producer, client.all_settings() | settings)
    with visit.asking(f"a message to {TOPIC}"):
        producer.produce(TOPIC, body, on_delivery=lambda error, message: reports.append((error, message)))
        while not reports:
            outlasting(visit)
            producer.poll(_STEP)
    error, message = reports[0]
    if error is not None:
        raise client.why(KafkaException(error))
    return TopicPartition(message.topic(), message.partition(), message.offset())


def _read(visit: Visit, client: KafkaClient, place: TopicPartition) -> bytes | None:
    """The message at a place. No group is joined and nothing is committed."""
    settings = {"group.id": TOPIC, "enable.auto.commit": False, "auto.offset.reset": "error"}
    consumer = create(Consumer, client.all_settings() | settings)
    try:
        with visit.asking(f"the message in {TOPIC}"):
            consumer.assign([place])
            while True:
                outlasting(visit)
                message = consumer.poll(_STEP)
                if message is None:
                    continue
                if message.error():
                    raise Down(plain(message.error().str()))
                found: bytes | None = message.value()
                return found
    finally:
        consumer.close()
