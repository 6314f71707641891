"""The switch: writes a state beside the live one, makes it live by renaming one link, and asks nginx what it sees."""

import os
import shutil
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import requests

from releases.nginx.configuration import HTTP_FILE, LOCATION_FILE, MARKER, http_file, location_file, marker_location
from releases.nginx.state import BUCKETS, SLOTS, Slot, Traffic

_MARKER_FILE: Final = "tidegate-marker.conf"
#: Seconds for nginx to show a state. There is nothing to load: longer means that it sees another folder.
PROVEN_WITHIN: Final = 5.0


class SwitchError(Exception):
    """The switch could not be made, or nginx does not show it."""


class Switch:
    """A folder that nginx sees too.

    `folder`: ours; `seen_as`: the same folder as nginx sees it, where it runs in a container; `url`: of nginx itself.
    """

    def __init__(self, folder: Path, url: str, seen_as: str = "") -> None:
        self._folder = folder
        self._seen_as = seen_as or str(folder)
        self._url = url.rstrip("/")

    def write_configuration(self, slots: Mapping[Slot, str]) -> bool:
        """Write the files that nginx includes; whether one of them changed, so that nginx has to be reloaded."""
        texts = {
            HTTP_FILE: http_file(slots),
            LOCATION_FILE: location_file(self._seen_as),
            _MARKER_FILE: marker_location(self._seen_as),
        }
        changed = False
        for name, text in texts.items():
            path = self._folder / name
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                _write(path, text)
                changed = True
        return changed

    def live(self) -> Traffic | None:
        """The state that is live, None where there is none. Raises SwitchError where it can't be read."""
        link = self._folder / "live"
        if not link.is_symlink():
            return None
        try:
            on_b = sum(1 for _ in (link / "on-b").iterdir())
            asked = any((link / "canary").iterdir())
            stable = (link / "state").read_text(encoding="utf-8").strip().partition("-")[0]
        except OSError as error:
            raise SwitchError(f"{link} can't be read: {error.strerror}") from error
        slot = next((slot for slot in SLOTS if slot == stable), None)
        if slot is None or on_b > BUCKETS:
            raise SwitchError(f"{link} holds no state of ours")
        return Traffic(slot, on_b if slot == "a" else BUCKETS - on_b, canary=asked)

    def set(self, traffic: Traffic) -> None:
        """Make a state live at once. Doing it twice is doing it once; killed at any point, the old or the new one is.

        Raises SwitchError where it can't be written, or where nginx does not show it.
        """
        try:
            self._set(traffic)
        except OSError as error:
            raise SwitchError(f"{self._folder}: {error.strerror}; traffic stays as it was") from error
        self.prove(traffic)

    def prove(self, traffic: Traffic, within: float = PROVEN_WITHIN) -> None:
        """Ask nginx which state it sees. Raises SwitchError where it does not show this one in time."""
        until, shown = time.monotonic() + within, ""
        while True:
            try:
                answer = requests.get(self._url + MARKER, timeout=2, allow_redirects=False)
                shown = answer.text.strip()[:80] if answer.status_code == 200 else f"status {answer.status_code}"
                if answer.status_code == 200 and shown == traffic.name:
                    return
            except requests.RequestException as error:
                shown = type(error).__name__
            if time.monotonic() > until:
                raise SwitchError(
                    f"nginx at {self._url} shows {shown!r}, wanted {traffic.name!r}: does it include the files of "
                    f"{self._folder}?"
                )
            time.sleep(0.05)

    def _set(self, traffic: Traffic) -> None:
        states = self._folder / "states"
        states.mkdir(parents=True, exist_ok=True)
        fresh = states / f"{traffic.name}.{uuid.uuid4().hex[:8]}"
        for name in ("on-b", "canary"):
            (fresh / name).mkdir(parents=True)
        for bucket in range(traffic.on_b):
            (fresh / "on-b" / str(bucket)).touch()
        if traffic.canary:
            (fresh / "canary" / traffic.idle).touch()
        _write(fresh / "state", f"{traffic.name}\n")
        link = self._folder / f".live.{uuid.uuid4().hex[:8]}"
        link.symlink_to(fresh.relative_to(self._folder))
        old = (self._folder / "live").resolve()
        link.replace(self._folder / "live")
        _sync(self._folder)
        # The state before this one stays: a request may be looking at it just now.
        for left in states.iterdir():
            if left not in (fresh, old):
                shutil.rmtree(left, ignore_errors=True)
        for forgotten in self._folder.glob(".live.*"):
            forgotten.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
