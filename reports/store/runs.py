"""Kept runs in a database, safe for several processes at once.

The text of each `gate-report.json` is what counts. The columns are there to find it; it is verified against its
SHA-256 whenever it is read.
"""

import difflib
import json
import time
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from reports.gate_report import Decision, DecisionKind, GateReport, Release
from reports.render.json import SCHEMA, ReportFormatError, load
from reports.render.masking import masked
from reports.store.database import Database, Place
from reports.store.interface import Entry, GateLine, Kept, StoreError, UnknownRunError, digest
from reports.store.tables import PART, RUNS
from reports.verdict import Verdict

#: A run may have started this many seconds in our future: clocks of runners differ.
CLOCK_SKEW: Final = 300.0

_LINE: Final = [column for column in RUNS.c if column.name != "report"]


class Runs:
    """A `Store` at a place, which is made by the first `save`. Connections live as long as one call."""

    def __init__(self, place: Place) -> None:
        self._database = Database(place, PART)

    @property
    def place(self) -> str:
        """See `Store.place`."""
        return self._database.label

    def save(self, report_json: str, report: GateReport, decision: Decision) -> str:
        """See `Store.save`. A text that is no report, or says something else than the values, is refused.

        Only what decides is compared here; `get` reads the whole text as strictly as it can be read.
        """
        try:
            data = json.loads(report_json)
            said = data["schema"], data["decision"], data["verdict"], data["observed"], data["complete"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise StoreError(f"this report can't be kept, because it could not be read back: {error!r}") from error
        if said != (SCHEMA, decision.kind.value, report.verdict.value, report.observed, report.complete):
            raise StoreError("this report can't be kept: its text says something else than its values")
        # The columns hold no secret either: the text was masked when it was rendered, the values were not.
        entry = Entry.of(digest(report_json), *masked(report, decision))
        with self._database.writing() as connection:
            # Each dialect spells it in its own way, and both mean the same: what is kept already stays.
            into = postgresql.insert(RUNS) if connection.dialect.name == "postgresql" else sqlite.insert(RUNS)
            connection.execute(into.values(**_to_row(entry), report=report_json).on_conflict_do_nothing())
        return entry.id

    def get(self, run_id: str) -> Kept:
        """See `Store.get`."""
        if not run_id:
            raise UnknownRunError("no run was named")
        with self._database.reading() as connection:
            begins = func.substr(RUNS.c.id, 1, len(run_id)) == run_id.lower()
            asked = select(RUNS.c.id, RUNS.c.report).where(begins).limit(3)
            found = connection.execute(asked).fetchall() if connection is not None else []
            if not found:
                raise UnknownRunError(f"there is no run {run_id!r}{self._nearest(connection, run_id)}")
        if len(found) > 1:
            ids = ", ".join(row[0][:12] for row in found[:3])
            raise UnknownRunError(f"{run_id!r} is the beginning of several runs ({ids}, ...): write more of it")
        return _verified(*found[0])

    def history(
        self, *, service: str = "", environment: str = "", release_id: str = "", limit: int = 20
    ) -> tuple[Entry, ...]:
        """See `Store.history`."""
        wheres = [column == name for column, name in _named(service, environment) if name]
        if release_id:
            wheres.append(
                or_(*(column == release_id for column in (RUNS.c.release_id, RUNS.c.version, RUNS.c.commit_id)))
            )
        return self._entries(wheres, limit)

    def find(self, service: str, environment: str, release_id: str, *, stage: str | None = None) -> tuple[Entry, ...]:
        """See `Store.find`."""
        wheres = [column == name for column, name in _named(service, environment)]
        wheres.append(RUNS.c.release_id == release_id)
        if stage is not None:
            wheres.append(RUNS.c.stage == stage)
        return self._entries(wheres)

    def passes(
        self,
        release_id: str,
        environment: str,
        stage: str | None = None,
        max_age: float | None = None,
        *,
        service: str | None = None,
    ) -> tuple[Kept, ...]:
        """See `Store.passes`. What counts is the verified text of each report, not the columns that found it."""
        if not release_id:
            return ()
        wheres = [
            RUNS.c.release_id == release_id,
            RUNS.c.environment == environment,
            RUNS.c.verdict == Verdict.PASS.value,
        ]
        wheres += [
            column == name for column, name in ((RUNS.c.stage, stage), (RUNS.c.service, service)) if name is not None
        ]
        kept = [self.get(entry.id) for entry in self._entries(wheres)]
        oldest = -1.0 if max_age is None else time.time() - max_age
        return tuple(
            run
            for run in kept
            if run.report.verdict is Verdict.PASS
            and run.decision.kind is DecisionKind.PROMOTE
            and not run.report.observed
            and run.report.release.id == release_id
            and run.report.environment == environment
            and (stage is None or run.report.stage == stage)
            and (service is None or run.report.service == service)
            and oldest <= run.report.started <= time.time() + CLOCK_SKEW
        )

    def forget(self, before: float) -> int:
        """See `Store.forget`."""
        with self._database.writing() as connection:
            return connection.execute(delete(RUNS).where(RUNS.c.started < before)).rowcount

    def close(self) -> None:
        """See `Store.close`. Nothing is held open between calls."""

    def _entries(self, wheres: Sequence[ColumnElement[bool]], limit: int | None = None) -> tuple[Entry, ...]:
        asked = select(*_LINE).where(*wheres).order_by(RUNS.c.started.desc(), RUNS.c.id).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(asked).fetchall() if connection is not None else []
        try:
            return tuple(_from_row(row) for row in rows)
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(f"{self.place} holds a run that can't be read: {error!r}") from error

    def _nearest(self, connection: Connection | None, run_id: str) -> str:
        newest = select(RUNS.c.id).order_by(RUNS.c.started.desc()).limit(1000)
        ids = [row[0][:12] for row in connection.execute(newest)] if connection is not None else []
        if not ids:
            return f": nothing has been kept in {self.place} yet"
        near = difflib.get_close_matches(run_id[:12].lower(), ids, n=3, cutoff=0.0)
        return f"; the nearest are {', '.join(near)} (`tidegate history` lists them)"


def _named(service: str, environment: str) -> tuple[tuple[ColumnElement[str], str], ...]:
    return (RUNS.c.service, service), (RUNS.c.environment, environment)


def _verified(run_id: str, text: str) -> Kept:
    if digest(text) != run_id:
        raise StoreError(f"run {run_id[:12]} was changed after it was kept: its SHA-256 does not fit")
    try:
        report, decision = load(text)
    except ReportFormatError as error:
        raise StoreError(f"run {run_id[:12]} can't be read: {error}") from error
    return Kept(run_id, text, report, decision)


def _to_row(entry: Entry) -> dict[str, Any]:
    release = entry.release
    gates = [[gate.name, gate.required, gate.verdict.value, gate.passed, gate.judged] for gate in entry.gates]
    return {
        "id": entry.id,
        "service": entry.service,
        "environment": entry.environment,
        "release_id": release.id,
        "version": release.version,
        "commit_id": release.commit,
        "previous": release.previous,
        "source": release.source,
        "stage": entry.stage,
        "started": entry.started,
        "duration": entry.duration,
        "decision": entry.decision.value,
        "verdict": entry.verdict.value,
        "complete": entry.complete,
        "observed": entry.observed,
        "gates": json.dumps(gates),
    }


def _from_row(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        service=row.service,
        environment=row.environment,
        release=Release(row.release_id, row.version, row.commit_id, row.previous, row.source),
        stage=row.stage,
        started=row.started,
        duration=row.duration,
        decision=DecisionKind(row.decision),
        verdict=Verdict(row.verdict),
        complete=row.complete,
        observed=row.observed,
        gates=tuple(
            GateLine(name, required, Verdict(verdict_text), passed, judged)
            for name, required, verdict_text, passed, judged in json.loads(row.gates)
        ),
    )
