"""A defect of Tidegate itself: one line on the terminal, the traceback in a file, and exit code 3."""

import sys
import tempfile
import traceback

from checks.secrets import mask
from gates.exit_codes import ExitCode


def internal_error(error: BaseException) -> ExitCode:
    """Tell of a defect; never with a traceback on the terminal, and never as a verdict on the release."""
    with tempfile.NamedTemporaryFile("w", prefix="tidegate-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(mask("".join(traceback.format_exception(error))))
    line = next(iter(mask(f"{type(error).__name__}: {error}").splitlines()), "")
    print(  # noqa: T201 - this is its output
        f"tidegate: internal error: {line}\n"
        f"  This is a defect of Tidegate and says nothing of the release: hold it. Details: {log.name}",
        file=sys.stderr,
    )
    return ExitCode.INTERNAL_ERROR
