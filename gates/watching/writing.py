"""Writes what a watch saw: `watch.json` for automation, `watch.md` for people, and the report of the turn that decided.

`gate-report.json` stands there only where it says what the watch says, and is written last: its absence means hold.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from checks.secrets import mask
from checks.units import format_value
from gates.watching.outcome import Outcome
from gates.watching.turn import Kind, Turn
from gates.watching.watcher import Rhythm, Watched
from reports.render.json import iso
from reports.render.plain import one_line
from reports.writing import DECIDING, withdraw, write_atomically

SCHEMA: Final = "tidegate/watch@1"
FILE: Final = "watch.json"
PAGE: Final = "watch.md"
_WITH_IT: Final = ("gate-report.html", "gate-report.md", "junit.xml")
#: Characters of a turn's line in a table.
_LONGEST: Final = 300


def begin(directory: Path) -> None:
    """Remove what an earlier watch left, so that it is not taken for this one's. Raises WritingError."""
    withdraw(directory)
    for name in (FILE, PAGE, *_WITH_IT):
        (directory / name).unlink(missing_ok=True)
    shutil.rmtree(directory / "turns", ignore_errors=True)


def write(
    directory: Path, watched: Watched, outcome: Outcome, rhythm: Rhythm, about: Mapping[str, str]
) -> tuple[Path, ...]:
    """Write the files; their paths. `about`: environment, stage and what else the head has. Raises WritingError."""
    text = json.dumps(document(watched, outcome, rhythm, about, directory), indent=2, ensure_ascii=True)
    write_atomically(directory / FILE, mask(f"{text}\n"))
    write_atomically(directory / PAGE, mask(page(watched, outcome, rhythm, about)))
    written = [directory / FILE, directory / PAGE]
    deciding = outcome.deciding
    if deciding is not None:
        for name in (*_WITH_IT, DECIDING):
            source = Path(deciding.folder) / name
            if source.exists():
                write_atomically(directory / name, source.read_text(encoding="utf-8"))
                written.append(directory / name)
    return tuple(written)


def document(
    watched: Watched, outcome: Outcome, rhythm: Rhythm, about: Mapping[str, str], directory: Path
) -> dict[str, Any]:
    """The JSON values of `watch.json`."""
    return {
        "schema": SCHEMA,
        **about,
        "verdict": outcome.verdict.value,
        "headline": outcome.headline,
        "exit_code": int(outcome.code),
        "interrupted": watched.interrupted,
        "asked": {
            "for": rhythm.duration,
            "every": rhythm.every,
            "recheck": rhythm.recheck,
            "back_off": rhythm.back_off,
            "flaps": rhythm.flaps,
            "keep_going": rhythm.keep_going,
        },
        "confirmed": [
            {"gate": c.gate, "subject": c.subject, "criterion": c.criterion, "reason": why}
            for c, why in watched.confirmed.items()
        ],
        "deciding_turn": outcome.deciding.number if outcome.deciding else None,
        "turns": [_turn(turn, directory) for turn in watched.turns],
    }


def page(watched: Watched, outcome: Outcome, rhythm: Rhythm, about: Mapping[str, str]) -> str:
    """The Markdown page: the outcome, and a table of the turns."""
    lines = [f"# Watch: {outcome.verdict.value}", "", one_line(outcome.headline), ""]
    lines += [f"- {key.replace('_', ' ')}: {one_line(value)}" for key, value in about.items() if value]
    lines += [f"- for {_time(rhythm.duration)}, every {_time(rhythm.every)}, rechecked after {_time(rhythm.recheck)}"]
    lines += ["", "| turn | at | took | verdict | |", "|---|---|---|---|---|"]
    for turn in watched.turns:
        words = one_line(turn.headline)[:_LONGEST].replace("|", "\\|").replace("<", "&lt;")
        what = f"{turn.number} (recheck)" if turn.kind is Kind.RECHECK else str(turn.number)
        lines.append(f"| {what} | {_time(turn.at)} | {_time(turn.took)} | {turn.verdict.value} | {words} |")
    return "\n".join(lines) + "\n"


def _turn(turn: Turn, directory: Path) -> dict[str, Any]:
    folder = Path(turn.folder)
    near = str(folder.relative_to(directory)) if folder.is_relative_to(directory) else turn.folder
    return {
        "number": turn.number,
        "kind": turn.kind.value,
        "at": turn.at,
        "began": iso(turn.began),
        "took": turn.took,
        "verdict": turn.verdict.value,
        "headline": turn.headline,
        "stopped": turn.stopped.value if turn.stopped else None,
        "failed": [
            {"gate": c.gate, "subject": c.subject, "criterion": c.criterion, "reason": why}
            for c, why in turn.failed.items()
        ],
        "folder": near,
    }


def _time(seconds: float) -> str:
    return format_value(round(seconds, 1), "s")
