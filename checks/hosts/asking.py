"""Many questions in one script: each part says its status and its text, and one that hangs costs only itself."""

import re
import secrets
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checks.attempt import Attempt
from checks.evidence import Gap
from checks.hosts.command_line import source
from checks.hosts.probe import HostProbe
from checks.hosts.session import Hung, Session, SessionError

#: Seconds that a script may take; one part of it is expected to take a few milliseconds.
SECONDS = 10.0
#: Bytes of scripts that are sent at once.
_PORTION = 48 << 10


@dataclass(frozen=True, slots=True)
class Said:
    """What one part printed, both streams together, and its status; `failure`: why there is no answer at all."""

    text: str
    status: int = 0
    failure: str = ""

    @property
    def ok(self) -> bool:
        """Whether the part came to its end and succeeded."""
        return not self.failure and self.status == 0


@dataclass(frozen=True, slots=True)
class OpenHost:
    """A host whose shell answers.

    `container`: whether it is one, so that /proc tells of the machine below it; `root`: whether the shell is root's.
    """

    probe: HostProbe
    session: Session
    container: bool = False
    root: bool = False

    def attempt(self, command: str) -> Attempt:
        """Evidence about this host, with a command line that shows the same."""
        return Attempt(self.probe.name, source(self.probe, command))

    def gap(self, part: str, command: str, said: Said) -> Gap:
        """The Gap for a part that did not answer as it should."""
        reason, remedy = why_not(said, sudo=self.probe.sudo)
        return self.attempt(command).gap(part, reason, remedy)


def ask(host: OpenHost, parts: Mapping[str, str], seconds: float = 0.0) -> dict[str, Said]:
    """Run every part, a POSIX shell script, in one go. What can't be had says why; nothing is raised.

    `seconds`: for all of them together; `SECONDS` where it is 0.
    """
    said: dict[str, Said] = {}
    for some in _portions(parts):
        said |= _ask_some(host, some, seconds or SECONDS)
    return said


def read_script(paths: Iterable[str]) -> str:
    """A part that prints all of these files by one program, for `split_files`; those of /proc are many and small."""
    quoted = " ".join(shlex.quote(path) for path in paths)
    # With a second file, each line has its file's name in front; errors come last, so that they cut no line in two.
    read = f"errors=$( {{ grep '' /dev/null {quoted}; }} 2>&1 1>&3 ); status=$?"
    return f'exec 3>&1; {read}; echo; echo = $status; echo "$errors"'


def split_files(said: Said, paths: Iterable[str]) -> dict[str, Said]:
    """What `read_script` printed, by the path. What could not be read has the words of the error."""
    paths = tuple(paths)
    text, separator, rest = said.text.rpartition("\n= ")
    status, _, errors = rest.partition("\n")
    if said.failure or not separator or status.strip() not in ("0", "1", "2"):
        failed = said if said.failure else Said(errors or said.text, 127)
        return dict.fromkeys(paths, failed)
    lines: dict[str, list[str]] = {path: [] for path in paths}
    for line in text.split("\n"):
        # The longest of the names that fit: a setting of the kernel may have a colon in its own.
        owner = max((path for path in paths if line.startswith(f"{path}:")), key=len, default="")
        if owner:
            lines[owner].append(line[len(owner) + 1 :])
    wrong = dict(re.findall(r"^grep: (.+?): (.*)$", errors, re.MULTILINE))
    return {path: Said(wrong[path], 1) if path in wrong else Said("\n".join(lines[path])) for path in paths}


def _portions(parts: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The parts in portions that fit into one argument: Linux takes 128 KiB, and quotes make a text longer."""
    portion: dict[str, str] = {}
    size = 0
    for name, script in parts.items():
        size += len(shlex.quote(name + script).encode()) + 200
        if portion and size > _PORTION:
            yield portion
            portion, size = {}, 0
        portion[name] = script
    if portion:
        yield portion


def _ask_some(host: OpenHost, parts: Mapping[str, str], seconds: float) -> dict[str, Said]:
    said: dict[str, Said] = {}
    todo = dict(parts)
    while todo:
        mark = f"tidegate-part-{secrets.token_hex(8)}"
        # In a subshell, as `exit` and what a part sets must not reach the next one.
        lines = [
            f"echo; echo {mark} {shlex.quote(name)}; ( {script}\n) 2>&1; status=$?; echo; echo {mark}: $status"
            for name, script in todo.items()
        ]
        try:
            whole, failure = host.session.run("\n".join(lines), seconds).out, "it was not answered"
        except Hung as hung:
            whole, failure = hung.out, str(hung)
        except SessionError as error:
            return said | {name: Said("", -1, str(error)) for name in todo}
        found = _parts(whole, mark)
        said |= {name: found[name] for name in todo if name in found}
        left = [name for name in todo if name not in found]
        if left:
            said[left[0]] = Said("", -1, failure)
        todo = {name: todo[name] for name in left[1:]}
    return said


def _parts(text: str, mark: str) -> dict[str, Said]:
    pattern = rf"\n{mark} ([^\n]*)\n(.*?)\n{mark}: (\d+)\n"
    return {name: Said(body, int(status)) for name, body, status in re.findall(pattern, f"{text}\n", re.DOTALL)}


def why_not(said: Said, *, sudo: bool = False) -> tuple[str, str]:
    """The words and the remedy for a part that failed."""
    if said.failure:
        return said.failure, ""
    lines = [line.strip() for line in said.text.splitlines() if line.strip()]
    last = lines[-1][:300] if lines else f"exit {said.status}"
    if denied(said):
        return last, "" if sudo else "let the user read it, or read as root: `sudo: true`"
    if said.status == 127:
        tool = re.search(r"([\w.-]+): (?:command )?not found|(?:run command|can't execute) .([\w.-]+)", last)
        return (f"there is no `{tool.group(1) or tool.group(2)}` on the host" if tool else last), ""
    return last, ""


def denied(said: Said) -> bool:
    """Whether it was a matter of permissions."""
    text = said.text.lower()
    return said.status != 0 and ("permission denied" in text or "operation not permitted" in text)


def missing(said: Said) -> bool:
    """Whether what was asked for is not there."""
    text = said.text.lower()
    return said.status not in (0, 127) and ("no such file or directory" in text or "not a directory" in text)
