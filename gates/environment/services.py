"""The part of an environment that says which data services it stands on: one mapping for each kind."""

from collections.abc import Iterator, Mapping

from pydantic import Field

from gates.environment.fields import Name
from gates.environment.section import Section
from gates.environment.services_elasticsearch import ElasticsearchService
from gates.environment.services_kafka import KafkaService
from gates.environment.services_mysql import MysqlService
from gates.environment.services_postgresql import PostgresqlService
from gates.environment.services_rabbitmq import RabbitmqService
from gates.environment.services_redis import RedisService
from gates.environment.services_s3 import S3Service
from gates.environment.services_section import ServiceSection
from gates.environment.services_smtp import SmtpService


class Services(Section):
    """The data services that are looked at. Each kind is a key; its services have names of their own."""

    postgresql: dict[Name, PostgresqlService] = Field({}, description="PostgreSQL and TimescaleDB databases")
    mysql: dict[Name, MysqlService] = Field({}, description="MySQL and MariaDB servers")
    redis: dict[Name, RedisService] = Field({}, description="Redis and Valkey servers")
    rabbitmq: dict[Name, RabbitmqService] = Field({}, description="RabbitMQ brokers")
    kafka: dict[Name, KafkaService] = Field({}, description="Kafka clusters")
    elasticsearch: dict[Name, ElasticsearchService] = Field({}, description="Elasticsearch and OpenSearch clusters")
    s3: dict[Name, S3Service] = Field({}, description="buckets of S3-compatible stores")
    smtp: dict[Name, SmtpService] = Field({}, description="mail servers")

    def looks(self) -> Iterator[tuple[str, str, ServiceSection]]:
        """Kind, name and what is declared of every service, in the order of the kinds."""
        for kind in KINDS:
            declared: Mapping[str, ServiceSection] = getattr(self, kind)
            for name, service in declared.items():
                yield kind, name, service


#: The section of each kind, by its key.
KINDS: Mapping[str, type[ServiceSection]] = {
    "postgresql": PostgresqlService,
    "mysql": MysqlService,
    "redis": RedisService,
    "rabbitmq": RabbitmqService,
    "kafka": KafkaService,
    "elasticsearch": ElasticsearchService,
    "s3": S3Service,
    "smtp": SmtpService,
}
