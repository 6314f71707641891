"""Which kinds of services are known, where their checkers are, and which library each needs; imported when used."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeAlias, cast

from checks.evidence import Evidence
from checks.failures import Unmeasured
from checks.services.seam import Visit

#: A checker: it is given the probe of its kind.
Look: TypeAlias = Callable[[Any, Visit], Iterator[Evidence]]


@dataclass(frozen=True, slots=True)
class ServiceKind:
    """`module`: in this folder, with a function `look`; `library`: the Python module of its client, `package`: the
    name under which that is installed; both empty where none is needed; `extra`: of Tidegate, that brings it."""

    module: str
    library: str = ""
    package: str = ""
    extra: str = "services"

    def checker(self) -> Look:
        """The function that looks. Raises Unmeasured where its library can't be imported."""
        if self.library:
            try:
                import_module(self.library)
            except ImportError as error:
                remedy = f"install the extra: pip install 'tidegate[{self.extra}]'"
                missing = isinstance(error, ModuleNotFoundError) and error.name == self.library.partition(".")[0]
                reason = "is not installed" if missing else f"can't be imported: {error}"
                raise Unmeasured(f"the Python package {self.package} {reason}", remedy) from None
        return cast("Look", import_module(f"checks.services.{self.module}").look)


#: By the key under `services:`.
KINDS: Final[Mapping[str, ServiceKind]] = {
    "postgresql": ServiceKind("postgresql", "psycopg", "psycopg"),
    "mysql": ServiceKind("mysql", "pymysql", "pymysql"),
    "redis": ServiceKind("redis", "redis", "redis"),
    "rabbitmq": ServiceKind("rabbitmq", "pika", "pika"),
    "kafka": ServiceKind("kafka", "confluent_kafka", "confluent-kafka"),
    "elasticsearch": ServiceKind("elasticsearch"),
    "s3": ServiceKind("s3", "botocore", "boto3"),
    "smtp": ServiceKind("smtp"),
}
