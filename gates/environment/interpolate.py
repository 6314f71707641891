"""Fills `${VAR}`, `${VAR:-default}` and `${file:path}` into the texts of a tree, once, and wraps what is secret.

A value that was filled in is never read again: not as YAML, not for further variables. `$${` stands for `${`.
`${demo.x}` stays as it is: the demo target's addresses are known only after it has started (see `late`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from checks.secrets import Secret
from gates.environment.addresses import MARK
from gates.environment.late import LATE, is_late
from gates.environment.names import nearest
from gates.environment.tree import KeyPath, Leaf, Listing, Node, Table, Written

#: A variable whose name holds one of these words is a secret, wherever it stands.
SECRET_WORDS = ("TOKEN", "PASSWORD", "PASSWD", "SECRET", "KEY", "CREDENTIAL", "DSN", "AUTH")
_LARGEST_SECRET = 65_536

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)(\}?)")
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(:-(.*))?", re.DOTALL)


@dataclass(slots=True)
class Interpolation:
    """Fills a tree. `problems`: the paths where nothing could be filled in, and why."""

    environ: Mapping[str, str]
    demo: bool
    problems: dict[KeyPath, str] = field(default_factory=dict)

    def fill(self, node: Node, path: KeyPath = ()) -> Node:
        """The node with every text filled in."""
        match node:
            case Leaf(value=Written() as text) if "${" in text:
                try:
                    return replace(node, value=self._text(text, node))
                except ValueError as error:
                    self.problems[path] = str(error)
                    return node
            case Leaf():
                return node
            case Listing(items=items):
                return replace(node, items=tuple(self.fill(item, (*path, i)) for i, item in enumerate(items)))
            case Table(entries=entries):
                filled = {k: replace(e, node=self.fill(e.node, (*path, k))) for k, e in entries.items()}
                return replace(node, entries=filled)

    def _text(self, text: Written, leaf: Leaf) -> Written | Secret:
        secrets: list[Secret] = []

        def one(match: re.Match[str]) -> str:
            if match.group() == "$${":
                return "\0{"
            if not match.group(2):
                if text[match.end() : match.end() + 1] == "{":
                    raise ValueError("a `${...}` can't hold braces or further variables")
                raise ValueError("a `${` is not closed; write `$${` for the two characters themselves")
            value = self._value(match.group(1), text.folder)
            if isinstance(value, Secret):
                secrets.append(value)
                value = value.reveal()
            elif is_late(match.group()):
                return match.group().replace("$", "\1")
            _refuse_references(value, match.group(1))
            return value

        filled = _REFERENCE.sub(one, text).replace("\0{", "${")
        if "${demo." in filled:
            raise ValueError("a text can't hold `${demo.` itself: it would be taken for the demo target's address")
        filled = filled.replace("\1", "$")
        if not secrets:
            return Written.at(filled, leaf.origin, from_variable=True)
        searched = any(secret.searched for secret in secrets)
        return Secret(filled, ", ".join(secret.name for secret in secrets), searched=searched)

    def _value(self, reference: str, folder: Path) -> str | Secret:
        if reference.startswith("file:"):
            return _secret_file(folder / reference.removeprefix("file:").strip(), reference)
        if reference.startswith("demo."):
            name = reference.removeprefix("demo.")
            if name not in LATE:
                raise ValueError(f"there is no ${{{reference}}}; {nearest(name, LATE)}")
            if not self.demo:
                raise ValueError(f"${{{reference}}} is known only where the environment has a `demo:` section")
            return ""
        match = _VARIABLE.fullmatch(reference)
        if match is None:
            raise ValueError(
                f"${{{reference[:80]}}} can't be read; write ${{VAR}}, ${{VAR:-default}} or ${{file:path}}, "
                "and $${ for the characters themselves"
            )
        name, has_default, default = match.groups()
        secret = any(word in name.upper() for word in SECRET_WORDS)
        value = self.environ.get(name, "")
        if not value:
            if not has_default:
                state = "is empty" if name in self.environ else "is not set"
                similar = nearest(name, self.environ, "").strip() if len(name) > 2 and name not in self.environ else ""
                guess = f"; {similar.split('?')[0]}?" if similar.startswith("did you mean") else ""
                raise ValueError(f"the variable {name} {state}{guess}; set it, or write ${{{name}:-default}}")
            # What a file shows to everybody is no secret, though it stands where one belongs.
            return Secret(default, name, searched=False) if secret else default
        if any("\ud800" <= character <= "\udfff" for character in value) or "\0" in value:
            raise ValueError(f"the variable {name} does not hold valid UTF-8")
        return Secret(value, name) if secret else value


def _secret_file(path: Path, reference: str) -> Secret:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_SECRET + 1)
        text = data.decode()
    except (OSError, ValueError) as error:
        reason = "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else _reason(error)
        raise ValueError(f"the secret file {path} can't be read: {reason}") from None
    if len(data) > _LARGEST_SECRET:
        raise ValueError(f"the secret file {path} is larger than {_LARGEST_SECRET:,} bytes")
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        raise ValueError(f"the secret file {path} is empty")
    if "\0" in text:
        raise ValueError(f"the secret file {path} is not a text")
    return Secret(text, reference)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _refuse_references(value: str, reference: str) -> None:
    if MARK.search(value):
        raise ValueError(f"the value of ${{{reference[:80]}}} holds `{{{{ ... }}}}`, which journeys would fill in")
    if "\1" in value or "\0" in value:
        raise ValueError(f"the value of ${{{reference[:80]}}} holds control characters")
