"""Who generates the load: this process, or the workers of a Locust master. `conduct` sees only a Crew."""

from typing import Any, Protocol

from load.generator.channel import Channel


class Trouble(Exception):  # noqa: N818 - the words that end the run
    """The run can't begin or go on, and why: what was measured is not the whole truth."""


def heed(channel: Channel) -> None:
    """Raise Trouble where the run is to end before it has begun."""
    if channel.command is not None:
        raise Trouble(str(channel.command["why"]))


class Crew(Protocol):
    """Generators. Each method but `close` raises Trouble where one of them is lost."""

    begun: bool

    @property
    def size(self) -> int:
        """How many generators there are."""

    def gather(self) -> None:
        """Wait until all are there and have the plan."""

    def begin(self) -> None:
        """The run begins."""

    def level(self, users: int, rate: float) -> None:
        """From now on so many users; `rate`: how many may begin per second."""

    def users(self) -> int:
        """How many users there are."""

    def reports(self) -> list[dict[str, Any]]:
        """What has been reported since the last call, in the order of each generator: `worker` is its number."""

    def stopped(self) -> str:
        """The words for users that ended the run by themselves; empty where they did not."""

    def end(self, drain: float) -> None:
        """Begin nothing more; requests that are under way have `drain` seconds."""

    def finished(self) -> int:
        """How many generators have reported to their end."""

    def close(self) -> str:
        """Let everything go. The words of a locustfile that wants the run to fail; empty where it does not."""
