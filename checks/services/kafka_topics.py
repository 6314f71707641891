"""Declared topics: whether they are there, their partitions, replicas and settings, and if their leaders answer."""

from collections.abc import Iterator, Mapping
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from checks.evidence import Evidence
from checks.services.kafka_client import KafkaClient, admin, each, plain, said, share
from checks.services.seam import Visit


def look_at_topics(
    visit: Visit, client: KafkaClient, metadata: Any, topics: Mapping[str, tuple[str, ...]]
) -> Iterator[Evidence]:
    """`NAME.topic.TOPIC.exists`, `.partitions`, `.replicas`, `.leaders_answering`, `.setting.KEY`. Raises Down."""
    for name, keys in topics.items():
        part, topic = f"topic.{name}", metadata.topics.get(name)
        if topic is None or not topic.partitions:
            words = f"the broker said: {plain(topic.error.str())}" if topic is not None and topic.error else ""
            unknown = "the cluster lists no such topic, or not to this user"
            yield visit.reading(f"{part}.exists", False, "bool", words or unknown)
            yield from _unknown(visit, part, keys)
            continue
        yield visit.reading(f"{part}.exists", True, "bool")
        yield visit.reading(f"{part}.partitions", len(topic.partitions))
        fewest = min(topic.partitions.values(), key=lambda partition: len(partition.replicas))
        yield visit.reading(f"{part}.replicas", len(fewest.replicas), "1", f"of partition {fewest.id}")
        yield _leaders(visit, client, topic)
        if keys and metadata.controller_id not in metadata.brokers:
            words = "the cluster has no controller, which is asked for settings"
            yield from (visit.gap(f"{part}.setting.{key}", words) for key in keys)
        elif keys:
            yield from _settings(visit, client, name, keys)


def _unknown(visit: Visit, part: str, keys: tuple[str, ...]) -> Iterator[Evidence]:
    for below in ("partitions", "replicas", *(f"setting.{key}" for key in keys)):
        yield visit.gap(f"{part}.{below}", "the topic is not there")


def end_offsets(
    visit: Visit, client: KafkaClient, places: list[TopicPartition], spec: Any
) -> Mapping[tuple[str, int], int | KafkaException]:
    """Where partitions begin or end, as their leaders say, or why one did not. Raises Down where no time is left."""
    if not places:
        return {}
    asked = client.admin.list_offsets(dict.fromkeys(places, spec), request_timeout=share(visit))
    found = each(asked, visit)
    return {
        (place.topic, place.partition): info if isinstance(info, KafkaException) else info.offset
        for place, info in found.items()
    }


def _leaders(visit: Visit, client: KafkaClient, topic: Any) -> Evidence:
    """The share of partitions whose leader answers under the address that the cluster advertises for it."""
    with visit.asking(f"the leaders of {topic.topic}, as the cluster advertises them"):
        offsets = end_offsets(
            visit,
            client,
            [TopicPartition(topic.topic, number) for number in topic.partitions],
            admin.OffsetSpec.latest(),
        )
    failed = [(place, why) for place, why in offsets.items() if isinstance(why, KafkaException)]
    words = "; ".join(f"partition {place[1]}: {client.why(why).words}" for place, why in failed[:2])
    part = f"topic.{topic.topic}.leaders_answering"
    return visit.reading(part, (len(offsets) - len(failed)) / len(offsets), "ratio", words, samples=len(offsets))


def _settings(visit: Visit, client: KafkaClient, name: str, keys: tuple[str, ...]) -> Iterator[Evidence]:
    with visit.asking(f"the settings of {name}"):
        resource = admin.ConfigResource(admin.ResourceType.TOPIC, name)
        asked = client.admin.describe_configs([resource], request_timeout=share(visit))
        found = next(iter(each(asked, visit).values()))
    for key in keys:
        part = f"topic.{name}.setting.{key}"
        if isinstance(found, KafkaException):
            yield visit.gap(part, f"the settings can't be read: {said(found)}", "may this user see them?")
        elif key not in found or found[key].value is None:
            yield visit.absent(part, "the topic has no such setting")
        else:
            yield visit.reading(part, found[key].value, "text", "the default" if found[key].is_default else "")
