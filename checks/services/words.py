"""The words that all checkers of data services have for what goes wrong."""

import shlex
from typing import Final

from checks.failures import Down

#: Characters of a server's own words that are kept.
_MOST: Final = 300


def first_line(said: object) -> str:
    """The first line of what a server or a client said, not longer than people read."""
    text = str(said).strip()
    return text.splitlines()[0].strip()[:_MOST] if text else type(said).__name__


def refused_login(said: object) -> Down:
    """A wrong user or password: the service's own words belong to it."""
    return Down(f"the log-in was refused: {first_line(said)}")


def no_more_connections(said: object) -> Down:
    """The limit of connections is reached."""
    return Down(f"it takes no more connections: {first_line(said)}")


def quoted(statement: str) -> str:
    """A statement on one line, as a shell takes it."""
    line = " ".join(statement.split())
    return f'"{line}"' if not set(line) & set('"$`\\!') else shlex.quote(line)
