"""Releases by the user's own commands: argument lists for Helm, kubectl, Argo CD, a script, or whatever there is.

What a command says with its exit code is not believed: `current` is asked, and has to show what was wanted. `current`
prints one JSON object: `{"stable": {"id": "sha256:…", "version": "1"}, "candidate": null, "share": 0}`.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from checks.secrets import mask
from gates.environment.releasing import PLACEHOLDER, ReleasingCommands
from releases.deployers.interface import Act, DeployerError, Serving, UnknownStateError, Version

#: More than this of a command's output is not read.
_MOST: Final = 1_000_000


class CommandDeployer:
    """`inherited`: the journal's lock, given to each command: while one of a killed release acts, nobody else does."""

    def __init__(self, commands: ReleasingCommands, *, interrupts: bool, inherited: tuple[int, ...]) -> None:
        self._commands = commands
        self._inherited = inherited
        self.interrupts = interrupts
        self.shares = commands.shift is not None

    def current(self) -> Serving:
        """What the user's command prints. Raises UnknownStateError for anything but what is documented."""
        try:
            text = self._run("current", self._commands.current, {})
        except DeployerError as error:
            raise UnknownStateError(str(error)) from error
        try:
            return _serving(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise UnknownStateError(
                f"current: {self._commands.current[0]} printed {mask(text.strip()[:80])!r}: {error}; wanted is "
                '{"stable": {"id": "…", "version": "…"}, "candidate": null, "share": 0}'
            ) from error

    def problems(self, candidate: Version, back_to: Version | None) -> Sequence[str]:
        """Programs that are not there, and a release that serves already."""
        found = [
            f"{name}: there is no program {words[0]!r}"
            for name, words in self._commands.written()
            if shutil.which(words[0]) is None
        ]
        if candidate == back_to:
            found.append(f"{candidate.label} serves already")
        return found

    def judged_as(self, release: Version) -> Mapping[str, str]:  # noqa: ARG002 - as every deployer's
        """Nothing: the environment's file says where the candidate is looked at."""
        return {}

    def deploy(self, candidate: Version) -> Sequence[Act]:
        """The command `deploy`; afterwards `current` has to show it."""

        def done() -> bool:
            serving = self.current()
            return candidate in (serving.candidate, serving.stable)

        return (self._act(f"deploy {candidate.label}", self._commands.deploy, self._words(candidate), done),)

    def shift(self, candidate: Version, share: int) -> Sequence[Act]:
        """The command `shift`. Without one, everybody is on what was deployed."""
        if self._commands.shift is None:
            return ()

        def done() -> bool:
            serving = self.current()
            return (serving.candidate, serving.share) == (candidate, share)

        words = {**self._words(candidate), "share": str(share)}
        return (self._act(f"put {share} % of the users on {candidate.label}", self._commands.shift, words, done),)

    def promote(self, candidate: Version) -> Sequence[Act]:
        """The command `promote`, where there is one; afterwards `current` has to show it as the stable one."""
        if self._commands.promote is None:
            return ()
        words = self._words(candidate)
        return (self._act(f"promote {candidate.label}", self._commands.promote, words, lambda: self._alone(candidate)),)

    def rollback(self, back_to: Version) -> Sequence[Act]:
        """The command `rollback`; afterwards `current` has to show the old one, and nothing beside it."""

        def done() -> bool:
            return self._alone(back_to) and self.current().candidate is None

        return (self._act(f"roll back to {back_to.label}", self._commands.rollback, self._words(back_to), done),)

    def clean(self, keep: Sequence[Version]) -> Sequence[Act]:  # noqa: ARG002 - the user's tool knows what is old
        """Nothing: what the user's tool keeps is its own matter."""
        return ()

    def _alone(self, version: Version) -> bool:
        serving = self.current()
        return (serving.stable, serving.share) == (version, 0)

    @staticmethod
    def _words(version: Version) -> dict[str, str]:
        return {"id": version.id, "version": version.version or version.id}

    def _act(self, name: str, command: Sequence[str], words: Mapping[str, str], done: Callable[[], bool]) -> Act:
        def do() -> None:
            self._run(name, command, words)

        return Act(name, do, done)

    def _run(self, name: str, command: Sequence[str], words: Mapping[str, str]) -> str:
        """Its standard output. Raises DeployerError where it does not end with 0 in time."""
        filled = [PLACEHOLDER.sub(lambda match: words[match[1]], word) for word in command]
        deadline = self._commands.deadline
        # Files, not pipes: who prints without end, or leaves a child behind, does not hold us up.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
            try:
                process = subprocess.Popen(
                    filled,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=told,
                    pass_fds=self._inherited,
                    start_new_session=True,
                )
            except OSError as error:
                raise DeployerError(f"{name}: {filled[0]} can't be run: {error.strerror}") from error
            try:
                code = process.wait(deadline)
            except subprocess.TimeoutExpired:
                raise DeployerError(f"{name}: {filled[0]} did not end in {deadline:g} s, and was ended") from None
            finally:
                _end(process)
            text = _text(out)
            if code != 0:
                raise DeployerError(f"{name}: {filled[0]} ended with {code}{_last_words(_text(told) or text)}")
            return text


def _serving(found: Any) -> Serving:
    """Raises ValueError for anything but what is documented: a wrong key must not read as "nothing runs"."""
    if not isinstance(found, dict) or set(found) != {"stable", "candidate", "share"}:
        raise ValueError("it has exactly the keys stable, candidate, share")
    share = found["share"]
    if isinstance(share, bool) or not isinstance(share, int) or not 0 <= share <= 100:
        raise ValueError("share is a whole number from 0 to 100")
    stable, candidate = (_version(found[key]) for key in ("stable", "candidate"))
    if share and candidate is None:
        raise ValueError("users are on a candidate that there is not")
    return Serving(stable, candidate, share)


def _version(found: Any) -> Version | None:
    if found is None:
        return None
    if not isinstance(found, dict) or set(found) != {"id", "version"}:
        raise ValueError("a release is null or has exactly the keys id, version")
    if not all(isinstance(text, str) for text in found.values()) or not re.fullmatch(r"\S+", found["id"]):
        raise ValueError("a release's id and version are texts, and an id has no space")
    return Version(found["id"], found["version"])


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read(_MOST).decode("utf-8", "replace"))


def _last_words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return f": {mask('; '.join(lines[-2:]))[:300]}" if lines else ""
