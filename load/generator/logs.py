"""The generators' log: it goes into a file beside the result, and no secret goes with it."""

import logging

from checks.secrets import mask


class _Masking(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def log_to_stderr() -> None:
    """Log to standard error, which whoever starts a generator has pointed at a file."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Masking("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
