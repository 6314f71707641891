"""What a state store is: the questions that can be asked of it, whatever it is made of.

StoreError              the store can't be read or written, or what it holds is damaged
└── UnknownRunError     no run, or more than one, has that id
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from reports.gate_report import Decision, DecisionKind, GateReport, Release
from reports.verdict import Verdict


class StoreError(Exception):
    """The store can't answer. Not knowing is not a pass."""


class UnknownRunError(StoreError):
    """There is no such run, or the prefix fits several; the message names the nearest."""


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate of a kept run in one line: `passed` of `judged` judgements passed."""

    name: str
    required: bool
    verdict: Verdict
    passed: int
    judged: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept run in one line. `started`: seconds since the epoch; `duration`: seconds.

    `id`: the SHA-256 of its `gate-report.json`, so that file and run can be matched by `sha256sum`.
    """

    id: str
    service: str
    environment: str
    release: Release
    stage: str
    started: float
    duration: float
    decision: DecisionKind
    verdict: Verdict
    complete: bool
    observed: bool
    gates: tuple[GateLine, ...]

    @classmethod
    def of(cls, run_id: str, report: GateReport, decision: Decision) -> "Entry":
        """The line of a report."""
        return cls(
            id=run_id,
            service=report.service,
            environment=report.environment,
            release=report.release,
            stage=report.stage,
            started=report.started,
            duration=report.duration,
            decision=decision.kind,
            verdict=report.verdict,
            complete=report.complete,
            observed=report.observed,
            gates=tuple(
                GateLine(gate.name, gate.required, gate.verdict, gate.passed, len(gate.judgements))
                for gate in report.gates
            ),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept run in full: the text of its `gate-report.json` and what it says."""

    id: str
    text: str
    report: GateReport
    decision: Decision


def digest(text: str) -> str:
    """The id of a run: the SHA-256 of its `gate-report.json`, in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Store(Protocol):
    """Keeps runs. Every method raises StoreError. Lists are newest first; nothing is ever removed but by `forget`."""

    @property
    def place(self) -> str:
        """What it is called in messages: a path, or a URL without its password."""
        ...

    def save(self, report_json: str, report: GateReport, decision: Decision) -> str:
        """Keep a run and return its id. `report_json`: the text of `gate-report.json`; the same text is kept once."""
        ...

    def get(self, run_id: str) -> Kept:
        """One run by its id or a unique beginning of it. Raises UnknownRunError."""
        ...

    def history(
        self, *, service: str = "", environment: str = "", release_id: str = "", limit: int = 20
    ) -> tuple[Entry, ...]:
        """The newest runs. An empty name stands for all; `release_id` is an id, a version or a commit."""
        ...

    def find(self, service: str, environment: str, release_id: str, *, stage: str | None = None) -> tuple[Entry, ...]:
        """Every run of one release in one environment; with `stage`, of that stage only."""
        ...

    def passes(
        self,
        release_id: str,
        environment: str,
        stage: str | None = None,
        max_age: float | None = None,
        *,
        service: str | None = None,
    ) -> tuple[Kept, ...]:
        """The runs that prove this release in this environment: complete, PASS, promoted, and not merely observed.

        `max_age`: seconds since the run started. `service` should be given wherever ids are versions, which two
        services may share. A later run of the same release may have failed: `find` lists them all.
        """
        ...

    def forget(self, before: float) -> int:
        """Remove the runs that started before this time (seconds since the epoch); returns how many."""
        ...

    def close(self) -> None:
        """Give back what the store holds open."""
        ...
