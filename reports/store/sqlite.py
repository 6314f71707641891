"""The state store in one SQLite file, safe for several processes at once.

The text of each `gate-report.json` is what counts. The columns are there to find it; it is verified against its
SHA-256 whenever it is read.
"""

import difflib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from reports.gate_report import Decision, DecisionKind, GateReport, Release
from reports.render.json import SCHEMA, ReportFormatError, load
from reports.render.masking import masked
from reports.store.interface import Entry, GateLine, Kept, StoreError, UnknownRunError, digest
from reports.store.sqlite_file import connect, read_only
from reports.verdict import Verdict

#: A run may have started this many seconds in our future: clocks of runners differ.
CLOCK_SKEW: Final = 300.0

_COLUMNS: Final = (
    "id, service, environment, release_id, version, commit_id, previous, source, stage, started, duration, decision, "
    "verdict, complete, observed, gates"
)
_INSERT: Final = f"INSERT OR IGNORE INTO runs ({_COLUMNS}, report) VALUES ({', '.join('?' * 17)})"  # noqa: S608 - no value in it
_SELECT: Final = f"SELECT {_COLUMNS} FROM runs"  # noqa: S608
_NEWEST_FIRST: Final = "ORDER BY started DESC, rowid DESC"


class SqliteStore:
    """A `Store` in the file `path`, which is made by the first `save`. Connections live as long as one call."""

    def __init__(self, path: Path) -> None:
        self.path = path

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
        with self._writing() as connection:
            connection.execute(_INSERT, (*_to_row(entry), report_json))
        return entry.id

    def get(self, run_id: str) -> Kept:
        """See `Store.get`."""
        if not run_id:
            raise UnknownRunError("no run was named")
        with self._reading() as connection:
            found = (
                connection
                and connection.execute(
                    "SELECT id, report FROM runs WHERE substr(id, 1, ?) = ? LIMIT 3", (len(run_id), run_id.lower())
                ).fetchall()
            )
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
        names = {"service = ?": service, "environment = ?": environment}
        wheres = [where for where, value in names.items() if value]
        values: list[object] = [value for value in names.values() if value]
        if release_id:
            wheres.append("? IN (release_id, version, commit_id)")
            values.append(release_id)
        return self._entries(wheres, values, limit)

    def find(self, service: str, environment: str, release_id: str, *, stage: str | None = None) -> tuple[Entry, ...]:
        """See `Store.find`."""
        wheres, values = ["service = ?", "environment = ?", "release_id = ?"], [service, environment, release_id]
        if stage is not None:
            wheres, values = [*wheres, "stage = ?"], [*values, stage]
        return self._entries(wheres, values, -1)

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
        wheres, values = ["release_id = ?", "environment = ?", "verdict = 'PASS'"], [release_id, environment]
        for name, value in (("stage", stage), ("service", service)):
            if value is not None:
                wheres, values = [*wheres, f"{name} = ?"], [*values, value]
        kept = [self.get(entry.id) for entry in self._entries(wheres, values, -1)]
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
        with self._writing() as connection:
            return connection.execute("DELETE FROM runs WHERE started < ?", (before,)).rowcount

    def close(self) -> None:
        """See `Store.close`. Nothing is held open between calls."""

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with connect(self.path) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        with read_only(self.path) as connection:
            yield connection

    def _entries(self, wheres: Sequence[str], values: Sequence[object], limit: int) -> tuple[Entry, ...]:
        where = f"WHERE {' AND '.join(wheres)}" if wheres else ""
        with self._reading() as connection:
            if connection is None:
                return ()
            rows = connection.execute(f"{_SELECT} {where} {_NEWEST_FIRST} LIMIT ?", (*values, limit)).fetchall()
        try:
            return tuple(_from_row(row) for row in rows)
        except (ValueError, TypeError, KeyError) as error:
            raise StoreError(f"{self.path} holds a run that can't be read: {error!r}") from error

    def _nearest(self, connection: sqlite3.Connection | None, run_id: str) -> str:
        if connection is None:
            return f": nothing has been kept in {self.path} yet"
        ids = [row[0][:12] for row in connection.execute("SELECT id FROM runs ORDER BY started DESC LIMIT 1000")]
        if not ids:
            return f": nothing has been kept in {self.path} yet"
        near = difflib.get_close_matches(run_id[:12].lower(), ids, n=3, cutoff=0.0)
        return f"; the nearest are {', '.join(near)} (`tidegate history` lists them)"


def _verified(run_id: str, text: str) -> Kept:
    if digest(text) != run_id:
        raise StoreError(f"run {run_id[:12]} was changed after it was kept: its SHA-256 does not fit")
    try:
        report, decision = load(text)
    except ReportFormatError as error:
        raise StoreError(f"run {run_id[:12]} can't be read: {error}") from error
    return Kept(run_id, text, report, decision)


def _to_row(entry: Entry) -> tuple[object, ...]:
    release = entry.release
    gates = [[gate.name, gate.required, gate.verdict.value, gate.passed, gate.judged] for gate in entry.gates]
    return (
        entry.id,
        entry.service,
        entry.environment,
        release.id,
        release.version,
        release.commit,
        release.previous,
        release.source,
        entry.stage,
        entry.started,
        entry.duration,
        entry.decision.value,
        entry.verdict.value,
        int(entry.complete),
        int(entry.observed),
        json.dumps(gates),
    )


def _from_row(row: tuple[object, ...]) -> Entry:
    (run_id, service, environment, *release, stage, started, duration, decision, verdict, complete, observed, gates) = (
        row
    )
    release_id, version, commit, previous, source = (str(text) for text in release)
    return Entry(
        id=str(run_id),
        service=str(service),
        environment=str(environment),
        release=Release(release_id, version, commit, previous, source),
        stage=str(stage),
        started=float(str(started)),
        duration=float(str(duration)),
        decision=DecisionKind(decision),
        verdict=Verdict(verdict),
        complete=bool(complete),
        observed=bool(observed),
        gates=tuple(
            GateLine(name, required, Verdict(verdict_text), passed, judged)
            for name, required, verdict_text, passed, judged in json.loads(str(gates))
        ),
    )
