"""Consumer groups: who is in them, and how far they are behind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition

from checks.evidence import Evidence
from checks.services.kafka_client import KafkaClient, admin, each, said, share
from checks.services.kafka_topics import end_offsets
from checks.services.seam import Visit


def look_at_groups(
    visit: Visit, client: KafkaClient, metadata: Any, groups: Mapping[str, tuple[str, ...]]
) -> Iterator[Evidence]:
    """`NAME.group.GROUP.members` and `.lag`: messages in the declared topics that it has not committed. Raises Down."""
    for group, topics in groups.items():
        yield _members(visit, client, group)
        missing = [name for name in topics if name not in metadata.topics]
        if missing:
            yield visit.gap(f"group.{group}.lag", f"the cluster lists no topic {', '.join(missing)}")
            continue
        places = [TopicPartition(name, number) for name in topics for number in metadata.topics[name].partitions]
        yield _lag(visit, client, group, places)


def _members(visit: Visit, client: KafkaClient, group: str) -> Evidence:
    part = f"group.{group}.members"
    with visit.asking(f"the description of the group {group}"):
        asked = client.admin.describe_consumer_groups([group], request_timeout=share(visit))
        found = each(asked, visit)[group]
    if isinstance(found, KafkaException):
        return visit.gap(part, f"the group can't be described: {said(found)}")
    return visit.reading(part, len(found.members), "1", f"the group is {found.state.name.lower()}")


def _lag(visit: Visit, client: KafkaClient, group: str, places: Sequence[TopicPartition]) -> Evidence:
    """What lies behind the committed offsets; of a partition without one, everything that it holds."""
    part = f"group.{group}.lag"
    with visit.asking(f"the offsets that the group {group} has committed"):
        asked = client.admin.list_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group, list(places))], request_timeout=share(visit)
        )
        found = each(asked, visit)[group]
    if isinstance(found, KafkaException):
        return visit.gap(part, f"its offsets can't be read: {said(found)}")
    failed = [place for place in found.topic_partitions if place.error]
    if failed:
        return visit.gap(
            part, f"its offset in {failed[0].topic}/{failed[0].partition} can't be read: {failed[0].error}"
        )
    committed = {(place.topic, place.partition): place.offset for place in found.topic_partitions}
    if not any(offset >= 0 for offset in committed.values()):
        return visit.absent(part, "the group has committed nothing in these topics")
    with visit.asking("the ends of the partitions that it reads"):
        ends = end_offsets(visit, client, list(places), admin.OffsetSpec.latest())
        begins = end_offsets(
            visit,
            client,
            [p for p in places if committed.get((p.topic, p.partition), -1) < 0],
            admin.OffsetSpec.earliest(),
        )
    lag = 0
    for place, end in ends.items():
        begin = committed[place] if committed.get(place, -1) >= 0 else begins[place]
        if isinstance(begin, KafkaException) or isinstance(end, KafkaException):
            error = begin if isinstance(begin, KafkaException) else end
            return visit.gap(part, f"{place[0]}/{place[1]} does not say where it ends: {said(error)}")
        if begin > end:
            words = f"it has committed {begin:,} in {place[0]}/{place[1]}, which ends at {end:,}"
            return visit.gap(part, words, "was the topic made anew? set the group's offsets")
        lag += end - begin
    return visit.reading(part, lag, "1", samples=len(ends))
