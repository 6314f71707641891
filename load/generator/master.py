"""A crew of workers under a Locust master: processes on this machine, or machines elsewhere.

Everything that counts travels in messages of our own: Locust's reports come every three seconds, and it takes no notice
of a worker that is gone. The plan and all that proves a worker are sealed with the token that both sides know.
"""

import secrets
import subprocess
import sys
from typing import Any, Final

import gevent
import locust
from locust.exception import RPCError
from locust.runners import STATE_MISSING, MasterRunner

from load.generator.channel import Channel
from load.generator.crew import Trouble, heed
from load.generator.declared import placeholder
from load.generator.own import Unusable, loaded
from load.generator.recorder import now
from load.generator.seal import Seal
from load.generator.sites import environment_for, processes
from load.mix import Locustfile
from load.plan import External, LoadPlan
from load.plan_file import plan_to_dict

#: What both sides have to speak alike.
PROTOCOL: Final = 1
#: Seconds until workers on this machine have to be there.
_LOCAL_WAIT: Final = 60.0
_TICK: Final = 0.02
#: Seconds that Locust has to believe a worker to be missing (after three of silence) until it is lost.
_MISSING: Final = 2.0


class MasterCrew:
    """Locust's MasterRunner and the workers that have proven to know the token."""

    def __init__(self, plan: LoadPlan, channel: Channel) -> None:
        self._plan, self._channel = plan, channel
        self._external = plan.workers if isinstance(plan.workers, External) else None
        token = self._external.token.reveal() if self._external else secrets.token_urlsafe(32)
        self._token, self._seal = token, Seal(token)
        self._numbers: dict[str, int] = {}
        self._ready: set[int] = set()
        self._refused: set[str] = set()
        self.begun = False
        self._sequence: dict[int, int] = {}
        self._final: set[int] = set()
        self._reports: list[dict[str, Any]] = []
        self._gone: dict[int, float] = {}
        self._trouble = ""
        self._processes: list[subprocess.Popen[bytes]] = []
        self._spawning: Any = None
        self._words = ""

    @property
    def size(self) -> int:
        """How many workers there are."""
        return processes(self._plan.workers)

    def gather(self) -> None:
        """Listen, start the workers where they are ours, and wait until all have the plan."""
        host, port = (self._external.host, self._external.port) if self._external else ("127.0.0.1", 0)
        try:
            classes, options = _classes(self._plan)
            self._environment = environment_for(self._plan, classes, options)
            self._runner: Any = _Master(self._environment, host, port)
            self._environment.runner = self._runner
        except (Unusable, ValueError) as error:
            raise Trouble(f"the run can't begin: {error}") from None
        except (SystemExit, OSError, RPCError) as error:  # Locust exits where the port is taken
            words = "the port is taken" if isinstance(error, SystemExit) else str(error)
            raise Trouble(f"the master can't listen on {host}:{port}: {words}") from None
        for kind, listener in (
            ("tidegate_hello", self._hello),
            ("tidegate_ready", self._is_ready),
            ("tidegate_report", self._report),
            ("tidegate_trouble", self._troubled),
        ):
            self._runner.register_message(kind, listener)
        port = self._runner.server.port
        self._channel.send({"kind": "listening", "host": host, "port": port})
        if not self._external:
            for _ in range(self.size):
                self._processes.append(_started(port, self._token))
        wait = self._external.wait if self._external else _LOCAL_WAIT
        deadline = now() + wait
        while len(self._ready) < self.size:
            self._check()
            heed(self._channel)
            if now() > deadline:
                others = f", {len(self._refused)} with another token" if self._refused else ""
                raise Trouble(f"{len(self._ready)} of {self.size} workers were there after {wait:g} s{others}")
            gevent.sleep(_TICK)
        self._runner.complete = True

    def begin(self) -> None:
        """The run begins, on all workers."""
        self._send("tidegate_begin", {})
        self.begun = True

    def level(self, users: int, rate: float) -> None:
        """Let Locust spread the users over the workers."""
        if self._spawning is not None:
            self._spawning.kill(block=True)
        self._spawning = gevent.spawn(self._runner.start, users, rate)

    def users(self) -> int:
        """How many users all workers have."""
        return int(self._runner.user_count)

    def reports(self) -> list[dict[str, Any]]:
        """What has come in."""
        self._check()
        found, self._reports = self._reports, []
        return found

    def stopped(self) -> str:
        """The words of a worker whose locustfile has ended the run."""
        return self._words

    def end(self, drain: float) -> None:
        """Tell all workers."""
        self._send("tidegate_end", {"drain": drain})

    def finished(self) -> int:
        """How many have sent their last report, and it has been fetched."""
        return 0 if self._reports else len(self._final)

    def close(self) -> str:
        """Send the workers home."""
        self._send("tidegate_quit", {})
        for process in self._processes:
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return self._words

    def _hello(self, msg: Any, **_: Any) -> None:
        """A worker is there: it gets the plan if it knows the token, and if it is not one too many."""
        if self._seal.opened(msg.data.get("sealed")) is None:
            self._refused.add(msg.node_id)
            self._runner.refuse(msg.node_id, "this worker and its master have different tokens")
            return
        if len(self._numbers) >= self.size and msg.node_id not in self._numbers:
            self._runner.refuse(msg.node_id, f"all {self.size} workers of this run are there")
            return
        number = self._numbers.setdefault(msg.node_id, len(self._numbers))
        plan = plan_to_dict(self._plan, secrets=True)
        sealed = self._seal.closed({"protocol": PROTOCOL, "worker": number, "plan": plan})
        self._runner.send_message("tidegate_plan", {"sealed": sealed}, client_id=msg.node_id)

    def _is_ready(self, msg: Any, **_: Any) -> None:
        number = self._numbers.get(msg.node_id)
        answer = self._seal.opened(msg.data.get("sealed"))
        if number is None or answer is None or answer.get("worker") != number:
            self._trouble = "a worker that does not know the token joined"
        elif answer.get("locust") != locust.__version__:
            self._trouble = f"{self._who(number)} has Locust {answer.get('locust')}, the master {locust.__version__}"
        else:
            self._ready.add(number)

    def _report(self, msg: Any, **_: Any) -> None:
        number = self._numbers.get(msg.node_id)
        if number is None or number not in self._ready:
            return  # from nobody that was asked
        expected = self._sequence.get(number, 0)
        if msg.data["sequence"] != expected:
            self._trouble = f"a report of {self._who(number)} was lost"
            return
        self._sequence[number] = expected + 1
        self._reports.append({"worker": number, **msg.data["report"]})
        if msg.data["last"]:
            self._final.add(number)
            self._words = self._words or msg.data["words"]
        elif msg.data["words"]:
            self._words = self._words or msg.data["words"]

    def _troubled(self, msg: Any, **_: Any) -> None:
        self._trouble = str(msg.data["words"])

    def _check(self) -> None:
        """Raise Trouble where a worker is lost that has not reported to its end."""
        if self._trouble:
            raise Trouble(self._trouble)
        for index, process in enumerate(self._processes):
            # Processes connect in any order: which number this one has is not known, only that it is gone.
            if process.poll() is not None and len(self._final) < self.size:
                code = process.returncode
                how = f"signal {-code}" if code < 0 else f"exit code {code}"
                raise Trouble(f"worker process {index + 1} of {self.size} ended ({how}) before the run was over")
        for name, number in self._numbers.items():
            if number not in self._ready or number in self._final:
                continue
            client = self._runner.clients.get(name)
            if client is not None and client.state != STATE_MISSING:
                self._gone.pop(number, None)
                continue
            # A busy machine may hold up a heartbeat, and the next one makes up for it.
            if now() - self._gone.setdefault(number, now()) > _MISSING:
                raise Trouble(f"{self._who(number)} stopped answering before the run was over")

    def _who(self, number: int) -> str:
        return f"worker {number + 1} of {self.size}"

    def _send(self, kind: str, data: dict[str, Any]) -> None:
        for name in self._numbers:
            self._runner.send_message(kind, data, client_id=name)


class _Master(MasterRunner):
    """Locust's master, which would share its users with whoever connects: this one is closed once all are there."""

    complete = False

    def refuse(self, name: str, words: str) -> None:
        """Send a worker away."""
        self.clients.pop(name, None)
        self.send_message("tidegate_refused", {"words": words}, client_id=name)

    def handle_message(self, client_id: str, msg: Any) -> None:
        """Take a message."""
        if self.complete and msg.type == "client_ready" and client_id not in self.clients:
            # Without an answer it would try again for minutes. Its hello is refused.
            self.send_message("ack", {"index": 0}, client_id=client_id)
        else:
            super().handle_message(client_id, msg)


def _started(port: int, token: str) -> "subprocess.Popen[bytes]":
    """A worker on this machine. Its token comes through a pipe: neither a process list nor an environment has it."""
    arguments = [sys.executable, "-P", "-m", "load.worker", "--master", f"127.0.0.1:{port}", "--token-from-stdin"]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE)
    if process.stdin is None:
        raise Trouble("a worker process has no standard input")
    process.stdin.write(token.encode() + b"\n")
    process.stdin.close()
    return process


def _classes(plan: LoadPlan) -> tuple[list[Any], Any]:
    """The user classes that the master shares out: those of the locustfile, or one that stands for all journeys."""
    if isinstance(plan.work, Locustfile):
        options, classes = loaded(plan.work)
        return classes, options
    return [placeholder()], None
