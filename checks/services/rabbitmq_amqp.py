"""An AMQP 0-9-1 conversation over pika as coroutines: every wait ends, at the latest with the caller's own deadline.

pika's blocking connection has no deadline once it is open: a broker that is paused would hold it for ever. Its asyncio
connection has none either, but a coroutine can be cancelled, and the socket is dropped on the way out.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pika
from pika import exceptions
from pika.adapters.asyncio_connection import AsyncioConnection

from checks.services.rabbitmq_refusals import Refused, why

#: Seconds for saying good-bye. A broker that does not answer is left without one.
_FAREWELL: Final = 0.2


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """What a passive declare says of a queue. `ready`: messages that wait; `consumers`: who reads it."""

    ready: int
    consumers: int


class _Connection(AsyncioConnection):  # type: ignore[misc]  # pika comes without types
    """pika's connection, and a way to drop it that does not wait for the broker."""

    def drop(self) -> None:
        """Close the socket at once."""
        self._adapter_disconnect_stream()


@dataclass(slots=True)
class Conversation:
    """An open connection. `blocked`: why the broker takes no messages now, in its own words."""

    connection: _Connection
    blocked: str = ""
    _waiting: "asyncio.Future[Any] | None" = None
    _lost: Exception | None = None
    _channel: Any = None
    _closed: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.connection.add_on_close_callback(self._on_close)
        self.connection.add_on_connection_blocked_callback(self._on_blocked)

    @property
    def properties(self) -> dict[str, Any]:
        """What the broker says of itself: `product`, `version`, `cluster_name`."""
        return dict(self.connection.server_properties or {})

    async def channel(self) -> None:
        """Open the channel that what follows is said on. Raises Down."""
        self._channel = await self._answer(lambda done: self.connection.channel(on_open_callback=done))
        self._channel.add_on_close_callback(self._on_channel_close)

    async def look_at_queue(self, queue: str) -> QueueSeen:
        """Declare it passively, which creates nothing. Raises Refused (a new channel is needed then), Down."""
        frame = await self._answer(lambda done: self._channel.queue_declare(queue, passive=True, callback=done))
        return QueueSeen(frame.method.message_count, frame.method.consumer_count)

    async def own_queue(self, queue: str) -> None:
        """Make a queue that only this connection sees and that ends with it. Raises Refused, Down."""
        expires = {"x-expires": 60_000}
        await self._answer(
            lambda done: self._channel.queue_declare(
                queue, exclusive=True, auto_delete=True, arguments=expires, callback=done
            )
        )

    async def publish(self, queue: str, body: bytes) -> bool:
        """Send a message, and say whether the broker confirmed it. Raises Refused, Down."""
        answers: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        await self._answer(
            lambda done: self._channel.confirm_delivery(lambda frame: _settle(answers, frame), callback=done)
        )

        def send(done: Callable[..., None]) -> None:
            answers.add_done_callback(lambda future: done(future.result()))
            self._channel.basic_publish("", queue, body, mandatory=True)

        frame = await self._answer(send)
        return isinstance(frame.method, pika.spec.Basic.Ack)

    async def get(self, queue: str) -> bytes | None:
        """Take the next message out of a queue, or None where there is none. Raises Refused, Down."""

        def ask(done: Callable[..., None]) -> None:
            self._channel.add_callback(lambda _frame: done(None), [pika.spec.Basic.GetEmpty])
            self._channel.basic_get(queue, lambda _channel, _method, _properties, body: done(body), auto_ack=True)

        found: bytes | None = await self._answer(ask)
        return found

    async def delete(self, queue: str) -> None:
        """Delete an own queue. Raises Refused, Down."""
        await self._answer(lambda done: self._channel.queue_delete(queue, callback=done))

    async def end(self) -> None:
        """Say good-bye, and hang up in any case."""
        with suppress(TimeoutError, exceptions.AMQPError):
            async with asyncio.timeout(_FAREWELL):
                if self.connection.is_open:
                    self.connection.close()
                if not self._closed.is_set():
                    await self._closed.wait()
        if not self._closed.is_set():
            self.connection.drop()
            # The transport is closed by the loop's next turns.
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL):
                    await self._closed.wait()

    async def _answer(self, ask: Callable[[Callable[..., None]], object]) -> Any:
        """Ask, and wait for the one callback, or for the channel or the connection to be closed."""
        if self._lost is not None:
            raise why(self._lost)
        future = self._waiting = asyncio.get_running_loop().create_future()
        try:
            ask(lambda *found: _settle(future, found[0] if found else None))
            return await future
        except exceptions.AMQPError as error:
            raise why(error) from None
        finally:
            self._waiting = None

    def _on_blocked(self, _connection: object, frame: Any) -> None:
        reason = frame.method.reason
        self.blocked = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        # Nothing more is read of us until the alarm ends: who waits for an answer would wait for that.
        self._fail(Refused(0, f"connection blocked: {self.blocked}"))

    def _on_channel_close(self, _channel: object, error: Exception) -> None:
        self._fail(error)

    def _on_close(self, _connection: object, error: Exception) -> None:
        self._lost = error
        self._closed.set()
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._waiting is not None and not self._waiting.done():
            match error:
                case Refused():
                    self._waiting.set_exception(error)
                case exceptions.ChannelClosedByBroker():
                    self._waiting.set_exception(Refused(error.reply_code, error.reply_text))
                case _:
                    self._waiting.set_exception(why(error))


@asynccontextmanager
async def connected(parameters: "Sequence[pika.ConnectionParameters]") -> AsyncIterator[Conversation]:
    """A conversation with the first of several addresses that answers. Raises Down, Unmeasured.

    Connecting ends by the parameters' `stack_timeout`, not by being cancelled: pika can't give a handshake up half-way
    without leaving its socket open.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()
    _Connection.create_connection(parameters, lambda found: _settle(future, found), custom_ioloop=loop)
    found = await asyncio.shield(future)
    if not isinstance(found, _Connection):
        raise why(found)
    conversation = Conversation(found)
    try:
        yield conversation
    finally:
        await conversation.end()


def _settle(future: "asyncio.Future[Any]", found: object) -> None:
    if not future.done():
        future.set_result(found)
