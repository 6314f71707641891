"""A real Redis server with a replica, and users with and without permissions."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.services.server import Server

PASSWORD = "a-password-of-the-tests"
RIGHTS = "~tidegate_probe_* +get +info +config|get"


class Redis(Server):
    """A server, and the administrator's way into it."""

    def __init__(self, program: Path, *options: str) -> None:
        super().__init__("redis", "redis")
        place = ["--bind", "127.0.0.1", "--port", self.port, "--dir", self.folder, "--unixsocket", self.folder / "s"]
        self.command = [
            program,
            *map(str, place),
            *("--requirepass", PASSWORD, "--masterauth", PASSWORD, "--save", "", "--repl-diskless-sync-delay", "0"),
            *("--user", "looker", "on", f">{PASSWORD}", *f"{RIGHTS} +set +del".split()),
            *("--user", "plain", "on", f">{PASSWORD}", "~*", "+ping"),
            *("--user", "reader", "on", f">{PASSWORD}", *RIGHTS.replace(" +config|get", "").split()),
            *options,
        ]
        self.ready = self.answers

    def answers(self) -> bool:
        """Whether it takes commands."""
        try:
            self.ask("PING")
        except redis.ConnectionError:
            return False
        return True

    def connect(self, **parameters: Any) -> "redis.Redis":
        """A client of the administrator, unless told otherwise."""
        return redis.Redis(
            **{"host": "127.0.0.1", "port": self.port, "password": PASSWORD, "protocol": 2, **parameters},
            decode_responses=True,
        )

    def ask(self, *command: str) -> Any:
        """Run one command as the administrator."""
        with self.connect() as client:
            return client.execute_command(*command)

    @contextmanager
    def set_to(self, **settings: object) -> Iterator[None]:
        """Settings that hold inside."""
        names = {name: name.replace("_", "-") for name in settings}
        before = {name: self.ask("CONFIG GET", names[name])[names[name]] for name in settings}
        for name, value in settings.items():
            self.ask("CONFIG SET", names[name], str(value))
        try:
            yield
        finally:
            for name, value in before.items():
                self.ask("CONFIG SET", names[name], value)

    def wait_for(self, key: str, wanted: Callable[[Any], bool]) -> None:
        """Look at INFO until it is as wanted."""
        until = time.monotonic() + 20
        while not wanted(value := self.ask("INFO").get(key)):
            assert time.monotonic() < until, f"{key} is still {value!r}"
            time.sleep(0.05)

    def url(self, user: str = "looker") -> str:
        """What an environment's file says of it."""
        return f"redis://{user}@127.0.0.1:{self.port}/0"


@contextmanager
def started(program: Path, *options: str) -> Iterator[Redis]:
    """A server."""
    server = Redis(program, *options)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@contextmanager
def replica_of(primary: Redis) -> Iterator[Redis]:
    """A replica that is in step."""
    with started(Path(primary.command[0]), "--replicaof", f"127.0.0.1 {primary.port}") as server:
        server.wait_for("master_link_status", lambda status: status == "up")
        yield server
