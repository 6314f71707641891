"""Lines of log files: by glob, rotated and compressed ones, also while they are being rotated."""

import glob
import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import Final, cast

from checks.logs.account import Account
from checks.logs.lines import Line, Splitter

_PIECE: Final = 1 << 20
#: By how much of its beginning a file is known again under another name.
_FACE: Final = 4096
_GZIP: Final = b"\x1f\x8b"
#: How often is looked again for files that appeared while others were read.
_ROUNDS: Final = 3
_READABLE: Final = "let this user read it (its group is often `adm`), or run this where it can be read"


@dataclass(frozen=True, slots=True)
class Position:
    """How far a file was read: `device` and `inode` say which, whatever its name is by now."""

    device: int
    inode: int
    size: int


def positions(patterns: Sequence[str]) -> tuple[Position, ...]:
    """Where the files end now."""
    return tuple(
        Position(status.st_dev, status.st_ino, status.st_size)
        for path in _matching(patterns)
        if (status := _status(path)) is not None and stat.S_ISREG(status.st_mode)
    )


def read_files(
    patterns: Sequence[str], since: float | None, account: Account, after: Sequence[Position] = ()
) -> Iterator[Line]:
    """Every line, oldest file first. A file that was last written before `since` is not opened.

    `since`: seconds since the epoch; `after`: where to begin in files that are known already.
    A file that is renamed, packed or made anew while it is read is read once: the one that is open stays the same file,
    and what has a new name afterwards is known by its beginning. What can't be read is noted in the account.
    """
    reader = _Reader(since, account, {(position.device, position.inode): position.size for position in after})
    for turn in range(_ROUNDS):
        fresh = [path for path in _in_order(patterns, account) if reader.is_new(path)]
        account.size += sum(map(reader.size_of, fresh))
        for path in fresh:
            yield from reader.lines(path, late=turn > 0)
        if not fresh:
            break
    if not account.parts and not account.older and not account.missing:
        account.lacks(f"no file matches {', '.join(patterns)}", "is the path right, and is this the right machine?")


class _Reader:
    """Reads files once each, whatever they are called by then."""

    def __init__(self, since: float | None, account: Account, known: Mapping[tuple[int, int], int]) -> None:
        self._since = since
        self._account = account
        self._known = known
        self._done: set[tuple[int, int]] = set()
        self._faces: set[bytes] = set()

    def is_new(self, path: Path) -> bool:
        """Whether this file was not seen under any name yet."""
        status = _status(path)
        return status is not None and (status.st_dev, status.st_ino) not in self._done

    def size_of(self, path: Path) -> int:
        """How many bytes of a file are going to be read, packed ones as they are."""
        status = _status(path)
        if status is None or not stat.S_ISREG(status.st_mode):
            return 0
        return 0 if self._since is not None and status.st_mtime < self._since else status.st_size

    def lines(self, path: Path, *, late: bool) -> Iterator[Line]:
        """`late`: it appeared while others were read, and may be one of them under a new name, or packed."""
        status = _status(path)
        if status is None:
            return  # renamed or removed since it was listed; the next round finds its new name
        key = (status.st_dev, status.st_ino)
        if key in self._done:
            return  # two names of one file
        self._done.add(key)
        if stat.S_ISDIR(status.st_mode):
            return
        if not stat.S_ISREG(status.st_mode):
            self._account.lacks(f"{path} is no regular file")
        elif self._since is not None and status.st_mtime < self._since:
            self._account.older += 1
        else:
            yield from self._readable(path, key, late)

    def _readable(self, path: Path, key: tuple[int, int], late: bool) -> Iterator[Line]:
        try:
            with path.open("rb") as raw:
                opened = os.fstat(raw.fileno())
                if (opened.st_dev, opened.st_ino) == key:
                    yield from self._opened(path, raw, self._known.get(key, 0), late)
                else:
                    self._done.discard(key)  # another file took the name; the next round reads both
        except FileNotFoundError:
            self._done.discard(key)
        except PermissionError:
            self._account.lacks(f"{path} can't be read: permission denied", _READABLE)
        except EOFError:
            self._account.lacks(f"{path} can't be unpacked: it ends in the middle", "is it still being written?")
        except (gzip.BadGzipFile, zlib.error) as error:
            self._account.lacks(f"{path} can't be unpacked: {error}")
        except OSError as error:
            self._account.lacks(f"{path} can't be read: {error.strerror or error}", _READABLE)

    def _opened(self, path: Path, raw: BufferedReader, begin: int, late: bool) -> Iterator[Line]:
        size = os.fstat(raw.fileno()).st_size
        face = _face(_unpacked(raw))
        if late and face in self._faces:
            return
        self._faces.add(face)
        self._account.parts += 1
        # Unpacked anew: what could not be read of an archive once, looks like its end when it is asked for again.
        file = _unpacked(raw)
        packed = file is not raw
        # A file that is shorter than it was has been emptied in place.
        file.seek(begin if begin <= size and not packed else 0)
        yield from _split(path, file, self._account)
        if not packed and os.fstat(raw.fileno()).st_size < size:
            self._account.lacks(f"{path} was emptied while it was read", "look again; rotate it by renaming")


def _face(file: BufferedIOBase) -> bytes:
    """By what a file is known again: the digest of its beginning, packed or not."""
    begin = b""
    with suppress(EOFError):
        while len(begin) < _FACE and (piece := file.read1(_FACE - len(begin))):
            begin += piece
    return hashlib.sha256(begin).digest()


def _split(path: Path, file: BufferedIOBase, account: Account) -> Iterator[Line]:
    splitter, number, name = Splitter(), 0, str(path)
    # `read` would keep back what comes before the place where an archive is cut off.
    while piece := file.read1(_PIECE):
        account.read += len(piece)
        for data, cut in splitter.feed(piece):
            number += 1
            yield Line(name, number, data, None, cut)
    for data, cut in splitter.end():
        yield Line(name, number + 1, data, None, cut)


def _unpacked(raw: BufferedReader) -> BufferedIOBase:
    """The file itself, or what it holds packed, whatever its name is; from its beginning."""
    raw.seek(0)
    head = raw.read(2)
    raw.seek(0)
    # The type checker does not know that this is one of the readers of `io`.
    return cast("BufferedIOBase", gzip.GzipFile(fileobj=raw)) if head == _GZIP else raw


def _in_order(patterns: Sequence[str], account: Account) -> list[Path]:
    """The files that match, those that were last written first in front; folders that can't be listed are noted."""
    found = _matching(patterns)
    for pattern in patterns:
        folder = Path(pattern).parent
        if not glob.has_magic(str(folder)) and folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
            account.lacks(f"the folder {folder} can't be listed: permission denied", _READABLE)
    return sorted(found, key=lambda path: (status.st_mtime if (status := _status(path)) else 0.0, str(path)))


def _matching(patterns: Sequence[str]) -> list[Path]:
    found = (
        name
        for pattern in patterns
        for name in glob.glob(pattern, recursive=True)  # noqa: PTH207 - pathlib's has hidden files in `*`, no shell has
    )
    return [Path(name) for name in dict.fromkeys(found)]


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
