"""Looks at logs: each source is read by a process of its own, within its deadline; evidence by the probe's name."""

import json
import os
import pickle
import selectors
import signal
import subprocess
import sys
import tempfile
import time as clock
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO, Final

from checks.attempt import Attempt
from checks.evidence import Evidence, evidence_from_dict
from checks.logs.probes import LogProbe
from checks.units import format_value

#: How many sources are read at the same time.
_ABREAST: Final = 2
_PATIENCE: Final = 3.0
#: Seconds that a process has to end after it has said everything.
_ENDING: Final = 2.0
_SLOW: Final = "give it more time with `timeout:`, or take a shorter `since:`"
#: The child has the same modules as this process, wherever it was started from.
_PROGRAM: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from checks.logs.worker import main; main()"


def look_at_logs(
    probes: Sequence[LogProbe], *, say: Callable[[str], None] = lambda _: None
) -> Mapping[str, tuple[Evidence, ...]]:
    """The evidence of every probe, by its name: `NAME.lines`, and what else was asked for (see `docs/logs.md`).

    However this function is left, KeyboardInterrupt included, no process of it stays. Raises ValueError for a name that
    two probes have.
    """
    doubled = [name for name, count in Counter(probe.name for probe in probes).items() if count > 1]
    if doubled:
        raise ValueError(f"two looks have the name {doubled[0]!r}; evidence is kept by name")
    found: dict[str, tuple[Evidence, ...]] = {}
    waiting, running = list(probes), list[_Child]()
    said = clock.monotonic()
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or running:
                while waiting and len(running) < _ABREAST:
                    child = _Child(waiting.pop(0))
                    running.append(child)
                    selector.register(child.output, selectors.EVENT_READ, child)
                for key, _ in selector.select(0.2):
                    key.data.take()
                for child in [child for child in running if child.over]:
                    selector.unregister(child.output)
                    running.remove(child)
                    found[child.probe.name] = child.end()
                if running and clock.monotonic() - said >= _PATIENCE:
                    said = clock.monotonic()
                    say("; ".join(f"log {child.probe.name}: {child.said}" for child in running))
        finally:
            for child in running:
                child.kill()
    return {probe.name: found[probe.name] for probe in probes}


class _Child:
    """The process that reads one source."""

    def __init__(self, probe: LogProbe) -> None:
        self.probe = probe
        self.said = "begins"
        self._began = clock.monotonic()
        self._rest = b""
        self._lines: list[bytes] = []
        self._closed = False
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        assert self._process.stdin is not None  # noqa: S101 - for the type checker: it is a pipe
        assert self._process.stdout is not None  # noqa: S101 - the same
        self.output: IO[bytes] = self._process.stdout
        with suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(pickle.dumps(probe))

    @property
    def over(self) -> bool:
        """Whether it has said everything, or has no time left."""
        return self._closed or clock.monotonic() - self._began > self._deadline

    @property
    def _deadline(self) -> float:
        within = self.probe.marker.within + 15.0 if self.probe.marker is not None else 0.0
        return self.probe.timeout + within

    def take(self) -> None:
        """Take what it wrote."""
        piece = os.read(self.output.fileno(), 1 << 16)
        if not piece:
            self._closed = True
            return
        *whole, self._rest = (self._rest + piece).split(b"\n")
        for line in whole:
            document = json.loads(line)
            if "said" in document:
                self.said = str(document["said"])
            else:
                self._lines.append(line)

    def end(self) -> tuple[Evidence, ...]:
        """What it found, or the Gap of a child that found nothing. The child is gone then."""
        late = not self._closed
        code, said = self.kill()
        if self._lines:
            documents = json.loads(self._lines[-1])["evidence"]
            return tuple(evidence_from_dict(document) for document in documents)
        attempt = Attempt(self.probe.name, self.probe.source.source, began=self._began)
        if late:
            words = f"was not read within {format_value(self._deadline, 's')}: {self.said}"
            return (attempt.gap("lines", words, _SLOW),)
        return (attempt.gap("lines", f"the process that reads it ended with {code}: {said}"),)

    def kill(self) -> tuple[int, str]:
        """End it and what it started; its exit code, and the last line of its errors."""
        if self._closed:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_ENDING)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        self.output.close()
        with self._errors as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
        return code, lines[-1][:300] if lines else "nothing was said"
