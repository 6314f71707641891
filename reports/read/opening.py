"""Opens report files, with one clear message for each thing that is no readable file."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from reports.read.errors import ReportError


@contextmanager
def open_report(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes. Raises ReportError where there is no file, no permission, no plain file, or reading breaks."""
    name = str(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ReportError(name, 0, f"this is a directory: name its files, as in '{name}/**/*.xml'")
        if not stat.S_ISREG(mode):  # a pipe would wait for ever
            raise ReportError(name, 0, "this is not a regular file: write the report to a file first")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise ReportError(name, 0, "there is no such file") from None
    except OSError as error:
        raise ReportError(name, 0, f"can't be read: {error.strerror or error}") from error
    except ValueError as error:
        if "null" not in str(error):
            raise
        raise ReportError(repr(name), 0, "a file name can't hold a null character") from error
