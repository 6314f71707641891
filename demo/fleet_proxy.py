"""The proxy of a fleet: a share of the requests to the candidate's slot, changed without a reload.

It looks at the traffic file at each request, so a share is changed by replacing that file. Who sends the header
`canary: true`, or comes in by the candidate's own entrance, is served by the candidate while there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from demo.fleet_files import FleetFiles, SlotName, Traffic, other
from demo.fleet_versions import VERSIONS
from demo.message import Reply, Request, json_reply
from demo.proxy import Proxy
from demo.spread import EvenSpread
from demo.upstream import Upstream
from demo.wiring import HOST

#: Shows what the proxy does, on every entrance.
STATE_PATH: Final = "/.fleet"


@dataclass(slots=True)
class _Slot:
    """One slot as it runs: its replicas behind a proxy of their own, so that no retry hides one slot's failure."""

    proxy: Proxy
    replicas: Mapping[str, int]
    in_flight: int = 0


@dataclass(slots=True)
class _Live:
    """The traffic that is live, and the slots that it names."""

    traffic: Traffic
    spread: EvenSpread
    slots: dict[str, _Slot] = field(default_factory=dict)


class FleetProxy:
    """Handles requests by handing each to a replica of one of the slots."""

    def __init__(self, files: FleetFiles) -> None:
        self._files = files
        self._live: _Live | None = None
        self._seen: tuple[int, int] | None = None
        #: Slots that are no longer named while requests are still under way in them.
        self._leaving: list[tuple[str, _Slot]] = []

    async def plain(self, request: Request, *, candidate: bool = False) -> Reply:
        """A request that came in over plain HTTP; `candidate`: by the candidate's own entrance."""
        return await self._handle(request, encrypted=False, candidate=candidate)

    async def tls(self, request: Request, *, candidate: bool = False) -> Reply:
        """A request that came in over TLS."""
        return await self._handle(request, encrypted=True, candidate=candidate)

    async def _handle(self, request: Request, *, encrypted: bool, candidate: bool) -> Reply:
        live = self._look()
        if live is None:
            return json_reply(request.head, 503, {"error": "no traffic is directed anywhere yet"})
        if request.head.path == STATE_PATH:
            return json_reply(request.head, 200, self._state(live))
        slot = live.slots.get(self._choose(live, request, candidate=candidate))
        if slot is None:
            return json_reply(request.head, 503, {"error": "nothing runs in this slot"})
        slot.in_flight += 1
        try:
            return await (slot.proxy.tls(request) if encrypted else slot.proxy.plain(request))
        finally:
            slot.in_flight -= 1

    def _choose(self, live: _Live, request: Request, *, candidate: bool) -> SlotName:
        stable, beside = live.traffic.stable, other(live.traffic.stable)
        if beside not in live.slots:
            return stable
        asked = candidate or request.head.headers.get("canary", "").strip().lower() == "true"
        if live.traffic.canary and asked:
            return beside
        return beside if live.spread.hit() else stable

    def _look(self) -> _Live | None:
        try:
            found = self._files.traffic_path.stat()
        except FileNotFoundError:
            return self._live
        seen = (found.st_ino, found.st_mtime_ns)
        if seen != self._seen:
            traffic = self._files.traffic()
            if traffic is not None:
                self._seen = seen
                self._change(traffic)
        return self._live

    def _change(self, traffic: Traffic) -> None:
        before = self._live.slots if self._live is not None else {}
        slots = {}
        for name, replicas in traffic.replicas.items():
            kept = before.get(name)
            # The same replicas keep their connections.
            slots[name] = kept if kept is not None and kept.replicas == replicas else self._slot(traffic, name)
        self._leaving += [(name, slot) for name, slot in before.items() if slots.get(name) is not slot]
        spread = EvenSpread(traffic.share / 100)
        if self._live is not None and self._live.traffic.share == traffic.share:
            spread = self._live.spread
        self._live = _Live(traffic, spread, slots)

    @staticmethod
    def _slot(traffic: Traffic, name: str) -> _Slot:
        replicas = traffic.replicas[name]
        upstreams = [Upstream(replica, HOST, port) for replica, port in replicas.items()]
        return _Slot(Proxy(upstreams, VERSIONS[traffic.versions[name]].switches), replicas)

    def _state(self, live: _Live) -> dict[str, object]:
        self._leaving = [(name, slot) for name, slot in self._leaving if slot.in_flight]
        under_way = {name: slot.in_flight for name, slot in live.slots.items()}
        for name, slot in self._leaving:
            under_way[name] = under_way.get(name, 0) + slot.in_flight
        traffic = live.traffic
        return {
            "mark": traffic.mark,
            "stable": traffic.stable,
            "share": traffic.share,
            "versions": dict(traffic.versions),
            "in_flight": under_way,
        }
