"""RabbitMQ: a channel is opened and declared queues are looked at over AMQP; the management API says how the nodes are.

Nothing is created unless writes are allowed.
"""

import asyncio
import secrets
import time as clock
from collections.abc import Iterator
from typing import Final

import pika

from checks.connect import Names
from checks.evidence import Evidence, Reading
from checks.failures import AttemptError, Unmeasured, from_os_error, within
from checks.secrets import reveal
from checks.services.plain_patience import outlasting
from checks.services.rabbitmq_amqp import Conversation, connected
from checks.services.rabbitmq_management import look_at_management
from checks.services.rabbitmq_probe import RabbitmqProbe
from checks.services.rabbitmq_refusals import LoginRefused, Refused
from checks.services.seam import Visit
from checks.trust import new_client_context

#: What everything is called that a write makes.
_OWN: Final = "tidegate-probe"
#: AMQP 0-9-1, constants: not-found.
_NOT_FOUND: Final = 404


def look(probe: RabbitmqProbe, visit: Visit) -> Iterator[Evidence]:
    """`NAME.up`, `.response_time`, `.version`, `.queue.QUEUE.*`, `.write.*`, and what the management API says.

    Raises Down, Unmeasured.
    """
    found: list[Evidence] = []
    ending = asyncio.run(_converse(probe, visit, found))
    yield from found
    if probe.management is not None:
        # A queue that is missing has been said to be; there is nothing to count in it.
        missing = {evidence.subject for evidence in found if isinstance(evidence, Reading) and evidence.value is False}
        queues = [queue for queue in probe.queues if f"{probe.name}.queue.{queue}.exists" not in missing]
        yield from look_at_management(visit, probe.management, probe.virtual_host, queues)
    if ending is not None:
        raise ending


async def _converse(probe: RabbitmqProbe, visit: Visit, found: list[Evidence]) -> AttemptError | None:
    """Look over AMQP, and add what is seen to `found`. Returns why it ended early."""
    try:
        with visit.asking("the AMQP handshake"):
            parameters = await _parameters(probe, visit)
            async with connected(parameters) as conversation:
                await _read(probe, visit, conversation, found)
                if probe.allow_writes:
                    await _write(visit, conversation, found)
    except TimeoutError:
        return visit.timed_out()
    except LoginRefused as error:
        if probe.password is None:
            words = f"no password is declared, and the broker said: {error.said}"
            return Unmeasured(words, "write `password: ${VAR}`")
        return error
    except AttemptError as error:
        return error
    except OSError as error:
        return from_os_error(error)
    return None


async def _read(probe: RabbitmqProbe, visit: Visit, conversation: Conversation, found: list[Evidence]) -> None:
    """Raises Down, TimeoutError."""
    async with asyncio.timeout(outlasting(visit)):
        with visit.asking("the opening of a channel"):
            await conversation.channel()
        found += [
            visit.reading("up", True, "bool"),
            visit.reading("response_time", round(clock.monotonic() - visit.began, 6), "s"),
            visit.reading("version", str(conversation.properties.get("version") or "not said"), "text"),
        ]
        for queue in probe.queues:
            with visit.asking(f"the passive declaration of the queue {queue}"):
                found += await _queue(visit, conversation, queue)


async def _queue(visit: Visit, conversation: Conversation, queue: str) -> list[Evidence]:
    part = f"queue.{queue}"
    try:
        seen = await conversation.look_at_queue(queue)
    except Refused as error:
        # A refusal closes the channel; the next question needs another one.
        await conversation.channel()
        if error.code == _NOT_FOUND:
            return [visit.reading(f"{part}.exists", False, "bool", f"the broker said: {error.words}")]
        return [visit.gap(f"{part}.exists", f"the broker said: {error.words}", "look at it with its owner's rights")]
    return [
        visit.reading(f"{part}.exists", True, "bool"),
        visit.reading(f"{part}.ready", seen.ready),
        visit.reading(f"{part}.consumers", seen.consumers),
    ]


async def _write(visit: Visit, conversation: Conversation, found: list[Evidence]) -> None:
    """`NAME.write.confirmed`, and where it is, `NAME.write.read_back`: a message through a queue of our own."""
    queue, body = f"{_OWN}-{secrets.token_hex(8)}", secrets.token_bytes(64)
    part = "write.confirmed"
    try:
        async with asyncio.timeout(outlasting(visit)):
            await conversation.own_queue(queue)
            confirmed = await conversation.publish(queue, body)
            found.append(visit.reading(part, confirmed, "bool", "" if confirmed else "the broker said: nack"))
            part = "write.read_back"
            same = await conversation.get(queue) == body
            found.append(visit.reading(part, same, "bool", "" if same else "another message, or none, came back"))
            await conversation.delete(queue)
    except Refused as error:
        found.append(visit.reading(part, False, "bool", f"the broker said: {error.words}"))
    except TimeoutError:
        found.append(visit.reading(part, False, "bool", f"no answer {within(visit.probe.timeout)}"))


async def _parameters(probe: RabbitmqProbe, visit: Visit) -> list[pika.ConnectionParameters]:
    """One for each address of the host. Raises OSError, Unmeasured."""
    names = Names()
    try:
        async with asyncio.timeout(outlasting(visit)):
            addresses = await names.addresses(probe.url.host, probe.url.port)
    except TimeoutError:
        words = f"the resolver did not answer {within(probe.timeout)}"
        raise Unmeasured(words, "check this machine's resolver") from None
    finally:
        await names.close()
    # pika tries one address after the other.
    limit = outlasting(visit) / max(len(addresses), 1)
    login = pika.PlainCredentials(probe.url.user or "guest", reveal(probe.password or ""))
    return [
        pika.ConnectionParameters(
            host=where[0],
            port=probe.url.port,
            virtual_host=probe.virtual_host,
            credentials=login,
            ssl_options=_tls(probe),
            # We never wait long enough for a heartbeat to tell us anything.
            heartbeat=0,
            connection_attempts=1,
            socket_timeout=limit,
            stack_timeout=limit,
            client_properties={"connection_name": "tidegate"},
        )
        for _family, where in addresses
    ]


def _tls(probe: RabbitmqProbe) -> pika.SSLOptions | None:
    """Raises Unmeasured where the authorities can't be read."""
    if probe.url.scheme != "amqps":
        return None
    context = new_client_context(probe.ca_file, verify=probe.verify)
    # The context is made for HTTP; a broker has no use for its protocols.
    context.set_alpn_protocols([])
    return pika.SSLOptions(context, probe.server_name or probe.url.host)
