"""What can go wrong that is not the release's fault.

ProblemError               anything that stops a run with one clear message and no traceback
└── ConfigurationError     the environment file, a command line or a gate file is wrong: exit code 4
"""

from dataclasses import dataclass


class ProblemError(Exception):
    """Stops the run; its text is the whole message that a user sees."""


@dataclass(eq=False)
class ConfigurationError(ProblemError):
    """Something that was written is wrong.

    `message`: what is wrong and what to do; `file`, `line`, `column` (from 1; 0 where unknown): where; `key`: the
    dotted key (`gates.health.required`); `hint`: the nearest valid name or the list of them.
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    key: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        key = f"{self.key}: " if self.key else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}: {key}{self.message}{hint}" if place else f"{key}{self.message}{hint}"
