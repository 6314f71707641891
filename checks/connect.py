"""Names and sockets: each name is looked up once per sweep, and its addresses are raced for the first connection."""

import asyncio
import ipaddress
import socket
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from checks.attempt import Attempt, Phase
from checks.failures import Unmeasured

Address = tuple[socket.AddressFamily, tuple[Any, ...]]

#: Seconds until the next address is tried beside the one that has not answered yet (RFC 8305, 5).
_STAGGER: Final = 0.25
#: Look-ups at the same time. They run in threads, and a resolver that hangs must not collect hundreds of them.
_LOOKUPS: Final = 64


@dataclass(slots=True)
class Names:
    """The look-ups of one sweep. Failures are not kept: another attempt asks again."""

    _found: dict[tuple[str, int], "asyncio.Future[list[Address]]"] = field(default_factory=dict)
    _free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_LOOKUPS))

    async def addresses(self, host: str, port: int, family: int = 0) -> list[Address]:
        """The addresses of `host`. Raises socket.gaierror; a resolver that hangs is left to the attempt's timeout."""
        literal = _literal(host, port)
        if literal:
            return [literal]
        key = (host, family)
        future = self._found.get(key)
        if future is None or (future.done() and (future.cancelled() or future.exception() is not None)):
            future = self._found[key] = asyncio.ensure_future(self._look_up(host, family))
        # Shielded: many probes wait for one look-up, and the timeout of one must not take it from the others.
        found = await asyncio.shield(future)
        return [(kind, (address[0], port, *address[2:])) for kind, address in found]

    async def close(self) -> None:
        """Give up what is still being looked up. The threads are daemons and end by themselves."""
        for future in self._found.values():
            future.cancel()
        await asyncio.gather(*self._found.values(), return_exceptions=True)

    async def _look_up(self, host: str, family: int) -> list[Address]:
        async with self._free:
            return await _in_daemon_thread(host, family)


async def connect(names: Names, host: str, port: int, attempt: Attempt) -> tuple[socket.socket, float]:
    """A connected non-blocking socket, and when connecting began (on `time.monotonic`). Raises OSError."""
    attempt.phase = Phase.RESOLVING
    addresses = await names.addresses(host, port)
    attempt.phase = Phase.CONNECTING
    began = asyncio.get_running_loop().time()
    if len(addresses) == 1:
        return await _open(addresses[0]), began
    return await _race(addresses), began


async def _open(address: Address) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


async def _race(addresses: list[Address]) -> socket.socket:
    """Start one address after the other, the next as soon as one fails or is slow, and keep the first that connects."""
    waiting, tasks = list(_interleaved(addresses)), set[asyncio.Task[socket.socket]]()
    error: OSError | None = None
    winner: socket.socket | None = None
    try:
        while (waiting or tasks) and winner is None:
            if waiting:
                tasks.add(asyncio.ensure_future(_open(waiting.pop(0))))
            done, tasks = await asyncio.wait(
                tasks, timeout=_STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                failure = task.exception()
                if failure is None and winner is None:
                    winner = task.result()
                elif failure is None:
                    task.result().close()
                elif isinstance(failure, OSError):
                    # What a reachable address said outweighs that another one could not be tried from here.
                    error = failure if error is None or isinstance(failure, ConnectionError) else error
                else:
                    raise failure
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, socket.socket):
                result.close()
    if winner is not None:
        return winner
    raise error or Unmeasured("its name has no address")


def _interleaved(addresses: list[Address]) -> list[Address]:
    first = [a for a in addresses if a[0] == addresses[0][0]]
    other = [a for a in addresses if a[0] != addresses[0][0]]
    mixed = [pair for pairs in zip(first, other, strict=False) for pair in pairs]
    return mixed + first[len(other) :] + other[len(first) :]


def _literal(host: str, port: int) -> Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if address.version == 4:
        return socket.AF_INET, (host, port)
    # A scope (`fe80::1%eth0`) is turned into its number by the system; everything else needs no look-up.
    if "%" in host:
        found = socket.getaddrinfo(host, port, socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
        return socket.AF_INET6, found[0][4]
    return socket.AF_INET6, (host, port, 0, 0)


async def _in_daemon_thread(host: str, family: int) -> list[Address]:
    """getaddrinfo can't be interrupted, and the loop's own executor waits for it at exit; a daemon thread does not."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[Address]] = loop.create_future()

    def settle(found: list[Address] | OSError) -> None:
        if future.done():
            return
        if isinstance(found, OSError):
            future.set_exception(found)
        else:
            future.set_result(found)

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, None, family, socket.SOCK_STREAM)
            found: list[Address] | OSError = list(dict.fromkeys((socket.AddressFamily(i[0]), i[4]) for i in infos))
        except UnicodeError:
            found = socket.gaierror(socket.EAI_NONAME, "it is not a host name")
        except OSError as error:
            found = error
        try:
            loop.call_soon_threadsafe(settle, found)
        except RuntimeError:
            return  # the sweep is over, and nobody waits for the answer

    threading.Thread(target=look_up, name=f"tidegate look-up of {host}", daemon=True).start()
    return await future
