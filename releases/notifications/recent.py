"""The same alert at most once in five minutes, also across processes: the database remembers what was sent."""

import time
from typing import Final

from sqlalchemy import Column, Float, MetaData, Table, Text, delete, insert, select

from releases.notifications.alert import Alert
from reports.store import default_place, place_of
from reports.store.database import Database, Part

#: Seconds in which the same alert is sent once.
QUIET: Final = 300.0

_TABLES: Final = MetaData()
_SENT: Final = Table(
    "sent_alerts", _TABLES, Column("key", Text, primary_key=True), Column("at", Float(53), nullable=False)
)
_PART: Final = Part(_TABLES, version=1, state="tidegate_alerts_state")


class Recent:
    """What was sent lately. Every method raises StoreError."""

    def __init__(self, named: str = "", quiet: float = QUIET) -> None:
        self._database = Database(place_of(named or default_place()), _PART)
        self._quiet = quiet

    def claim(self, alert: Alert, now: float | None = None) -> bool:
        """Whether this alert is to be sent now; it then counts as sent, so that nobody else sends it too."""
        moment = time.time() if now is None else now
        with self._database.writing() as connection:
            # A time in the future is a clock that was wrong: it must not keep an alert quiet for ever.
            stale = (_SENT.c.at <= moment - self._quiet) | (_SENT.c.at > moment + self._quiet)
            connection.execute(delete(_SENT).where(stale))
            if connection.execute(select(_SENT.c.at).where(_SENT.c.key == alert.key)).first() is not None:
                return False
            connection.execute(insert(_SENT).values(key=alert.key, at=moment))
        return True

    def release(self, alert: Alert) -> None:
        """Nobody was reached: the same alert may be sent again at once."""
        with self._database.writing() as connection:
            connection.execute(delete(_SENT).where(_SENT.c.key == alert.key))
