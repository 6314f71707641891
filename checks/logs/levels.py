"""Levels of log lines, and every way in which loggers spell them."""

from collections.abc import Mapping
from typing import Final

#: Every spelling of a level, and the one that is used here (RFC 5424 table 2, log4j, Python, zap, klog).
SPELLINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("trace", "finest", "finer", "verbose"), "trace"),
    **dict.fromkeys(("debug", "fine", "dbg"), "debug"),
    **dict.fromkeys(("info", "information", "informational", "inf", "config"), "info"),
    "notice": "notice",
    **dict.fromkeys(("warn", "warning", "wrn"), "warning"),
    **dict.fromkeys(("error", "err", "eror", "severe"), "error"),
    **dict.fromkeys(("fatal", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic", "ftl"), "fatal"),
}
LEVELS: Final = tuple(dict.fromkeys(SPELLINGS.values()))
