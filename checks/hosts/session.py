"""One shell on a host, kept open: commands go in, what they print comes out, and nothing outlives its deadline."""

import contextlib
import os
import re
import secrets
import selectors
import shlex
import signal
import subprocess
import time as clock
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NoReturn, cast

from checks.failures import within

#: What one command may print: a host must not fill our memory.
MOST: Final = 8 << 20
#: Seconds that a command has beyond its own limit until the whole connection is given up.
GRACE: Final = 1.5
#: The shell on the other side speaks English, finds what administrators use, and reads no file of a user's.
_PREAMBLE: Final = (
    "LC_ALL=C; LANGUAGE=; PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin; "
    "export LC_ALL LANGUAGE PATH; unset ENV BASH_ENV HISTFILE"
)
#: Seconds that a program which closed its output has for its last words.
_LAST_WORDS: Final = 1.0
#: 128 + SIGKILL, as shells report it, and what GNU's `timeout` says.
_KILLED: Final = (124, 137)


class SessionError(Exception):
    """The session is over, or the command was. The text says why.

    SessionError
    ├── Hung       no answer within the time that there was
    ├── Ended      the connection ended; `stderr` has the last words of the program that held it
    └── TooMuch    the command printed more than `MOST`
    """


class Hung(SessionError):  # noqa: N818 - what happened, not a mistake in the program
    """No answer within the time that there was. `out`: what was printed until then."""

    def __init__(self, words: str, out: str = "") -> None:
        super().__init__(words)
        self.out = out


class Ended(SessionError):  # noqa: N818 - the same
    """The connection ended. `stderr`: the last words of the program that held it."""

    def __init__(self, stderr: str) -> None:
        lines = [line.strip() for line in stderr.splitlines() if line.strip()]
        super().__init__(f"the connection ended: {lines[-1][:300]}" if lines else "the connection ended")
        self.stderr = stderr


class TooMuch(SessionError):  # noqa: N818 - the same
    """The command printed more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one command said. `sent` and `received`: on `time.monotonic`."""

    status: int
    out: str
    err: str
    sent: float
    received: float


class Session:
    """A shell behind a program that holds the connection (`ssh`, `docker exec`, or the shell itself).

    `deadline`: until when, on `time.monotonic`, everything has to be over. `limited`: whether the host has a `timeout`
    that works. `here`: the commands run on this machine. Use it as a context: at its end the program is killed with
    all that it started. One thread uses it; `kill` may be called from another.
    """

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], seconds: float, *, here: bool = True) -> None:
        self.extend(seconds)
        self._mark = f"tidegate-{secrets.token_hex(12)}"
        self.limited = False
        self._over = ""
        self._here = here
        # A session of its own is a process group of its own: all of it can be killed, and Ctrl-C reaches us alone.
        self._process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environ),
            start_new_session=True,
        )
        self._in, self._out, self._err = (
            cast("IO[bytes]", stream) for stream in (self._process.stdin, self._process.stdout, self._process.stderr)
        )
        for stream in (self._in, self._out, self._err):
            os.set_blocking(stream.fileno(), False)

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - clock.monotonic()

    def extend(self, seconds: float) -> None:
        """Set the deadline anew, `seconds` from now."""
        self.deadline = clock.monotonic() + seconds

    @property
    def alive(self) -> bool:
        """Whether another command can be sent."""
        return not self._over

    def greet(self, script: str = "true") -> str:
        """Wait for the shell, and run a first script in it. Returns what was printed: at its end that of the script,
        before it perhaps what log-in scripts had to say. Raises SessionError.
        """
        # Old `timeout` programs want another spelling: one that does not work is not used.
        answer = self._exchange(f"{_PREAMBLE}; {script}; timeout -s KILL 5 true", self.left)
        self.limited = answer.status == 0
        return answer.out

    def run(self, script: str, seconds: float = 10.0) -> Answer:
        """Run a POSIX shell script for at most `seconds`, and not beyond the deadline. Raises SessionError.

        Where the host has `timeout`, a script that hangs is killed there, and the session goes on.
        """
        least = min(seconds, self.left)
        if least <= 0:
            raise Hung("the time for this host is over")
        command = f"/bin/sh -c {shlex.quote(script)}"
        if not self.limited:
            return self._exchange(command, least)
        whole = max(1, round(least))
        answer = self._exchange(f"timeout -s KILL {whole} {command}", whole + GRACE)
        if answer.status in _KILLED and answer.received - answer.sent >= whole * 0.9:
            raise Hung(f"it did not end within {whole} s and was killed", answer.out)
        return answer

    def kill(self) -> None:
        """End the connection and all that it started on this machine; the thread that waits for an answer sees it."""
        # Before the program is waited for: until then its number, which is that of the group, belongs to nobody else.
        if self._process.returncode is None:
            for number in _members(self._process.pid) if self._here else ():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(number, signal.SIGKILL)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """The same, and give everything back. Does nothing the second time."""
        self._over = self._over or "the session was closed"
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        for stream in (self._in, self._out, self._err):
            with contextlib.suppress(OSError):
                stream.close()

    def _exchange(self, command: str, seconds: float) -> Answer:
        if self._over:
            raise SessionError(self._over)
        line = f"{{ {command}\n}} </dev/null; tidegate_status=$?; echo; echo {self._mark} $tidegate_status; "
        sent = clock.monotonic()
        try:
            out, err = self._talk(f"{line}{{ echo; echo {self._mark}; }} >&2\n".encode(), sent, sent + seconds)
        except SessionError as error:
            self._over = str(error)
            raise
        body, status = out
        return Answer(status, _text(body), _text(err), sent, clock.monotonic())

    def _talk(self, request: bytes, sent: float, until: float) -> tuple[tuple[bytes, int], bytes]:
        seen = {self._out: bytearray(), self._err: bytearray()}
        mark = self._mark.encode()
        ends = {self._out: re.compile(rb"\n" + mark + rb" (\d+)\n\Z"), self._err: re.compile(rb"\n" + mark + rb"\n\Z")}
        done: dict[IO[bytes], re.Match[bytes]] = {}
        with selectors.DefaultSelector() as ready:
            for stream in seen:
                ready.register(stream, selectors.EVENT_READ, stream)
            ready.register(self._in, selectors.EVENT_WRITE)
            while len(done) < len(seen):
                left = until - clock.monotonic()
                events = ready.select(max(0.0, left))
                if left <= 0 and not events:
                    raise Hung(f"no answer {within(until - sent)}", _text(bytes(seen[self._out])))
                for key, _ in events:
                    if key.data is None:
                        request = self._send(request)
                        if not request:
                            ready.unregister(self._in)
                        continue
                    chunk = os.read(key.fd, 1 << 16)
                    if not chunk:
                        self._gone(seen[self._out], seen[self._err])
                    said = seen[key.data]
                    said += chunk
                    if len(said) > MOST:
                        raise TooMuch(f"it printed more than {MOST >> 20} MiB")
                    # The mark stands at the very end: nothing is printed behind it until the next command.
                    if end := ends[key.data].search(said, max(0, len(said) - 80)):
                        done[key.data] = end
        out, err = done[self._out], done[self._err]
        return (bytes(seen[self._out][: out.start()]), int(out.group(1))), bytes(seen[self._err][: err.start()])

    def _send(self, request: bytes) -> bytes:
        try:
            return request[os.write(self._in.fileno(), request[: 1 << 16]) :]
        except BlockingIOError:
            return request
        except BrokenPipeError:
            return b""  # the other streams say why it ended

    def _gone(self, printed: bytearray, said: bytearray) -> NoReturn:
        """The program that held the connection has ended: wait a little for its last words. Raises Ended."""
        until = clock.monotonic() + _LAST_WORDS
        with selectors.DefaultSelector() as ready:
            ready.register(self._err, selectors.EVENT_READ)
            while (left := until - clock.monotonic()) > 0 and len(said) <= MOST:
                if ready.select(left):
                    chunk = os.read(self._err.fileno(), 1 << 16)
                    if not chunk:
                        break
                    said += chunk
        # Docker prints what kept the command from starting as if the command had printed it.
        raise Ended(_text(bytes(said)) if said.strip() else _text(bytes(printed)))


def _members(session: int) -> list[int]:
    """The processes of a session: on this machine `timeout` is in a process group of its own."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # The fields of proc(5) are counted behind the name, which may hold anything.
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(stat.read_bytes().rpartition(b")")[2].split()[3]) == session:
                found.append(int(stat.parent.name))
    return found


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
