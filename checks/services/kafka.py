"""Kafka: brokers, controller, replicas, declared topics and their settings, the lag of groups, a message read back.

Nothing is created unless writes are allowed.
"""

import time as clock
from collections.abc import Iterator
from typing import Any, Final

from checks.evidence import Evidence
from checks.secrets import reveal
from checks.services.kafka_client import KafkaClient, Settings
from checks.services.kafka_groups import look_at_groups
from checks.services.kafka_message import write_and_read
from checks.services.kafka_probe import KafkaProbe
from checks.services.kafka_topics import look_at_topics
from checks.services.seam import Visit

#: Partitions that are named in a detail.
_NAMED: Final = 5


def look(probe: KafkaProbe, visit: Visit) -> Iterator[Evidence]:
    """`NAME.up`, `.response_time`, `.brokers`, `.controller`, `.partitions.*`, `.topic.*`, `.group.*`, `.write.*`.

    Raises Down, Unmeasured.
    """
    client = KafkaClient(settings_of(probe))
    with visit.asking("the request for metadata"):
        metadata = client.metadata(visit)
    yield visit.reading("up", True, "bool")
    yield visit.reading("response_time", round(clock.monotonic() - visit.began, 6), "s")
    yield from _cluster(visit, metadata)
    yield from look_at_topics(visit, client, metadata, probe.topics)
    yield from look_at_groups(visit, client, metadata, probe.groups)
    if probe.allow_writes:
        yield from write_and_read(visit, client, metadata)


def settings_of(probe: KafkaProbe) -> Settings:
    """What librdkafka is told. `security.protocol`: with or without TLS, with or without SASL."""
    sasl = bool(probe.mechanism)
    protocol = ("SASL_SSL" if sasl else "SSL") if probe.tls else ("SASL_PLAINTEXT" if sasl else "PLAINTEXT")
    settings: Settings = {"bootstrap.servers": ",".join(probe.bootstrap), "security.protocol": protocol}
    if sasl:
        settings |= {
            "sasl.mechanism": probe.mechanism,
            "sasl.username": probe.user,
            "sasl.password": reveal(probe.password or ""),
        }
    if probe.tls:
        settings["enable.ssl.certificate.verification"] = probe.verify
        if probe.ca_file:
            settings["ssl.ca.location"] = probe.ca_file
    return settings


def _cluster(visit: Visit, metadata: Any) -> Iterator[Evidence]:
    brokers = sorted(metadata.brokers.values(), key=lambda broker: broker.id)
    yield visit.reading("brokers", len(brokers), "1", ", ".join(f"{b.id} at {b.host}:{b.port}" for b in brokers))
    known = metadata.controller_id in metadata.brokers
    words = f"broker {metadata.controller_id}" if known else "no broker that is known leads the cluster"
    yield visit.reading("controller", known, "bool", words)
    partitions = [
        (f"{topic.topic}/{partition.id}", partition)
        for topic in metadata.topics.values()
        for partition in topic.partitions.values()
    ]
    offline = [place for place, partition in partitions if partition.leader not in metadata.brokers]
    behind = [place for place, partition in partitions if len(partition.isrs) < len(partition.replicas)]
    yield visit.reading("partitions.offline", len(offline), "1", _shown(offline))
    yield visit.reading("partitions.under_replicated", len(behind), "1", _shown(behind))


def _shown(places: list[str]) -> str:
    """Some names, and how many more."""
    more = len(places) - _NAMED
    return ", ".join(sorted(places)[:_NAMED]) + (f", and {more} more" if more > 0 else "")
