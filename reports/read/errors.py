"""What makes a report file unreadable.

ReportError    the file can't be read as what it claims to be; whatever it was to prove is unproven
"""


class ReportError(Exception):
    """A report file that can't be read, where, and what to do about it.

    `file`: the path as the user wrote it; `line`: from 1, 0 where unknown; `message`: what is wrong and the next step.
    Cases that were handed over before the error was found are to be thrown away.
    """

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(file, line, message)
        self.file = file
        self.line = line
        self.message = message

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"
