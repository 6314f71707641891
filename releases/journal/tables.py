"""The tables of the journal, in the same database as the kept runs."""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, MetaData, Table, Text

from reports.store.database import Part

_TABLES: Final = MetaData()
RELEASES: Final = Table(
    "releases",
    _TABLES,
    Column("id", Text, primary_key=True),
    Column("service", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("began", Float(53), nullable=False),
    Index("releases_by_place", "service", "environment", "began"),
)
ENTRIES: Final = Table(
    "release_entries",
    _TABLES,
    Column("release_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Float(53), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("holder", Text, nullable=False),
)
#: Who may write, by service and environment. `turn` grows with each holder: who has an older one has lost the lock.
TURNS: Final = Table(
    "release_turns",
    _TABLES,
    Column("service", Text, primary_key=True),
    Column("environment", Text, primary_key=True),
    Column("turn", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("since", Float(53), nullable=False),
)
PART: Final = Part(_TABLES, version=1, state="tidegate_journal_state")
