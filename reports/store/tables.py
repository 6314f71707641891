"""The tables of kept runs."""

from typing import Final

from sqlalchemy import Boolean, Column, Float, Index, MetaData, Table, Text

from reports.store.database import Part

_TABLES: Final = MetaData()
RUNS: Final = Table(
    "runs",
    _TABLES,
    Column("id", Text, primary_key=True),
    *(
        Column(name, Text, nullable=False)
        for name in ("service", "environment", "release_id", "version", "commit_id", "previous", "source", "stage")
    ),
    Column("started", Float(53), nullable=False),
    Column("duration", Float(53), nullable=False),
    Column("decision", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("observed", Boolean, nullable=False),
    Column("gates", Text, nullable=False),
    Column("report", Text, nullable=False),
    Index("runs_by_release", "service", "environment", "release_id", "stage", "started"),
    Index("runs_by_id_of_release", "release_id", "environment", "started"),
    Index("runs_by_time", "started"),
)
#: A file of a newer version is refused: what it means is unknown.
PART: Final = Part(_TABLES, version=1, state="tidegate_state")
