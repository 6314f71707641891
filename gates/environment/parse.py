"""Reads one YAML file into a tree: line marks kept, doubles refused, sizes bounded, one message for what is wrong."""

from pathlib import Path
from typing import TYPE_CHECKING

from gates.environment.builder import FORBIDDEN, Builder
from gates.environment.tree import Leaf, Table
from gates.errors import ConfigurationError

if TYPE_CHECKING:
    import yaml

#: Far more than a long environment needs, and little enough to be read at once.
MAX_BYTES = 1_000_000


def parse_file(path: Path) -> Table:
    """Read a file. Raises ConfigurationError for whatever is wrong with it."""
    return parse_text(_text_of(path), str(path))


def parse_text(text: str, file: str) -> Table:
    """Read YAML. `file` is the name that errors and origins carry."""
    import yaml

    bad = FORBIDDEN.search(text)
    if bad is not None:
        line, column = _position(text, bad.start())
        raise ConfigurationError(f"holds the control character {bad.group()!r}", file, line, column)
    # libyaml where PyYAML was built with it: about ten times as fast as the Python parser.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = Builder(file)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise ConfigurationError(_meaning(error, text), file, line, column) from None
    except yaml.YAMLError as error:
        raise ConfigurationError(f"is not YAML: {error}", file) from None
    if not isinstance(builder.root, Table):
        if builder.root is None or (isinstance(builder.root, Leaf) and builder.root.value is None):
            raise ConfigurationError("is empty", file, 1, 1, hint="it starts with `service: NAME` or `extends: FILE`")
        raise ConfigurationError("is not a mapping: its outermost level has to be `key: value`", file, 1, 1)
    return builder.root


def _text_of(path: Path) -> str:
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise ConfigurationError("is a folder, not a file", file) from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ConfigurationError(f"can't be read: {reason}", file) from None
    if len(data) > MAX_BYTES:
        raise ConfigurationError(f"is larger than {MAX_BYTES:,} bytes", file)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigurationError("is in UTF-16", file, 1, 1, hint="save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigurationError("is not in UTF-8", file, line, column, hint="save it as UTF-8") from None


def _position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


#: What libyaml says, and what it means to the person who wrote the file.
_MEANINGS = (
    ("mapping values are not allowed", "a `:` stands where no key can be; quote the text, or check the indentation"),
    ("did not find expected key", "no `key: value` begins here; check the indentation, and the quotes before it"),
    ("did not find expected '-' indicator", "no `- item` begins here; check the indentation"),
    ("did not find expected node content", "a value is missing, or a `[` or `{` before it is not closed"),
    ("did not find expected ','", "a `[` or `{` before it is not closed"),
    ("found unexpected end of stream", "a quote before it is not closed"),
    ("could not find expected ':'", "a key is not followed by `:`"),
    ("found unknown escape character", "the escape after `\\` is not known; use single quotes, or write `\\\\`"),
)


def _meaning(error: "yaml.MarkedYAMLError", text: str) -> str:
    problem = str(error.problem or error.context or "can't be read")
    mark = error.problem_mark
    lines = text.splitlines()
    character = lines[mark.line][mark.column : mark.column + 1] if mark and mark.line < len(lines) else ""
    if "cannot start any token" in problem:
        return "a tab can't indent; use spaces" if character == "\t" else f"{character!r} can't begin a text; quote it"
    for words, meaning in _MEANINGS:
        if words in problem:
            return meaning
    context = f" ({error.context})" if error.context and error.problem else ""
    return f"is not YAML: {problem}{context}"
