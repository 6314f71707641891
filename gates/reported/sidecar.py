"""The sidecar of a report, `REPORT.binding.json`: which bytes are of which release, written where both are known.

SidecarError    there is a sidecar, and it can't be believed
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reports.gate_report import Release
from reports.writing import write_atomically

SUFFIX = ".binding.json"
SCHEMA = "tidegate/binding@1"
_KEYS = ("sha256", "release", "commit", "created")


class SidecarError(Exception):
    """The message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says. `release`: its id; `commit`: each empty where it was not known; `created`: when the report
    was made, in seconds since the epoch."""

    release: str
    commit: str
    created: float


def is_sidecar(path: Path) -> bool:
    """Whether a file is a sidecar, by its name: a pattern such as `results/**/*.json` matches them too."""
    return path.name.endswith(SUFFIX)


def beside(report: Path, sha256: str) -> Sidecar | None:
    """The sidecar of a report with these bytes; None where there is none. Raises SidecarError."""
    path = report.with_name(report.name + SUFFIX)
    try:
        data = _checked(path.read_text(encoding="utf-8"))
        created = _moment(data["created"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError, OverflowError) as error:
        raise SidecarError(f"its sidecar {path.name} can't be read: {error}") from error
    if data["sha256"] != sha256:
        raise SidecarError(f"it was changed after it was bound: {path.name} is of other bytes")
    return Sidecar(data["release"], data["commit"], created)


def text_for(report: Path, release: Release) -> str:
    """What binds a report to a release, as JSON. Raises OSError where the report can't be read."""
    with report.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    # The time of the report, not of the binding: nothing gets younger by being bound.
    made = datetime.fromtimestamp(report.stat().st_mtime, UTC)
    stated = (digest, release.id, release.commit, made.isoformat(timespec="seconds"))
    return json.dumps({"schema": SCHEMA, **dict(zip(_KEYS, stated, strict=True))}, indent=2) + "\n"


def write_sidecar(report: Path, release: Release) -> Path:
    """Write a report's sidecar, whole or not at all. Raises OSError for the report, WritingError for the sidecar."""
    path = report.with_name(report.name + SUFFIX)
    write_atomically(path, text_for(report, release))
    return path


def _checked(text: str) -> dict[str, str]:
    data = json.loads(text)
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ValueError(f"it is not of the schema {SCHEMA}")
    if not all(isinstance(data.get(key), str) for key in _KEYS):
        raise ValueError(f"its keys are {', '.join(_KEYS)}, all texts")
    return data


def _moment(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"its time {text!r} has no zone")
    return moment.timestamp()
