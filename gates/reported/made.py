"""What Tidegate itself made for gates that judge reports: by a scan, by a job, by asking an engine or a server.

It lives in a folder for the time of the run. How each thing was made stands there as `made.json`, so that the processes
of pytest-xdist find it, and nothing is made twice.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.evidence import Evidence, Gap, evidence_from_dict, evidence_to_dict

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings

FILE = "made.json"
SCANS, JOBS = "scans", "jobs"


@dataclass(frozen=True, slots=True)
class Made:
    """How one thing was made, or why it was not.

    `failed`: why it, or a part of it, was not made; `some`: a part was; `evidence`: what can be limited about the
    making, or what was found out; `command`: to paste, without secrets; `commit`: what was checked out where it was
    made; `unbound`: why nothing ties it to a release, and what to do, two texts; `digests`: of the image; `created`:
    when what it tells was found out, in seconds since the epoch, None for now; `words`: what a report says of it in
    brackets.
    """

    failed: tuple[Gap, ...] = ()
    some: bool = True
    evidence: tuple[Evidence, ...] = ()
    command: str = ""
    commit: str = ""
    unbound: tuple[str, str] = ("", "")
    digests: tuple[str, ...] = ()
    created: float | None = None
    words: str = ""


def not_made(gap: Gap) -> Made:
    """Nothing was made, for this reason."""
    return Made((gap,), some=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where reports are looked for. `base`: what patterns are relative to; `folder`: where Tidegate's own are."""

    base: Path
    folder: Path | None = None
    made: Mapping[str, Made] = field(default_factory=dict)

    def of(self, path: str | Path) -> Made | None:
        """How a file (or what a pattern names) was made; None for a file that somebody else wrote."""
        if self.folder is None or not Path(path).is_relative_to(self.folder):
            return None
        return self.get("/".join(Path(path).relative_to(self.folder).parts[:2]))

    def name_of(self, path: str | Path) -> str:
        """The name of the scan or job that made a file."""
        return Path(path).relative_to(self.folder).parts[1] if self.folder is not None else str(path)

    def get(self, key: str) -> Made:
        """What stands under a key; what was not made is a Gap, never nothing."""
        return self.made.get(key) or not_made(Gap(key.partition("/")[2], "was not made in this run"))


def keys_of(gate: str, settings: "GateSettings") -> list[str]:
    """For each report of a gate the key of what is made for it, which is a folder too; empty where others make it."""
    keys: list[str] = []
    for source in settings.reports:
        match source.maker:
            case "":
                key = ""
            case "job":
                key = f"{JOBS}/{source.job}"
            case maker:
                kind = f"-{source.scan.kind}" if source.scan is not None and source.scan.kind else ""
                key = f"{SCANS}/{gate}.{maker}{kind}"
                if key in keys:
                    key = next(f"{key}-{number}" for number in count(2) if f"{key}-{number}" not in keys)
        keys.append(key)
    return keys


def save(folder: Path, made: Mapping[str, Made]) -> None:
    """Write how things were made. Raises OSError."""
    data = {key: _to_dict(one) for key, one in made.items()}
    (folder / FILE).write_text(json.dumps(data, allow_nan=False), encoding="utf-8")


def place_of(base: Path, folder: str | Path) -> Place:
    """The place with what `save` wrote; one where nothing was made where `folder` is empty.

    Raises OSError or ValueError where the file is no such file: it is Tidegate's own.
    """
    if not str(folder):
        return Place(base)
    data = json.loads((Path(folder) / FILE).read_text(encoding="utf-8"))
    return Place(base, Path(folder), {key: _made(one) for key, one in data.items()})


def _to_dict(made: Made) -> dict[str, Any]:
    evidence = {"failed": made.failed, "evidence": made.evidence}
    return {**asdict(made), **{name: list(map(evidence_to_dict, each)) for name, each in evidence.items()}}


def _made(data: dict[str, Any]) -> Made:
    failed = tuple(one for one in map(evidence_from_dict, data.pop("failed")) if isinstance(one, Gap))
    evidence = tuple(map(evidence_from_dict, data.pop("evidence")))
    return Made(
        **{
            **data,
            "failed": failed,
            "evidence": evidence,
            "digests": tuple(data["digests"]),
            "unbound": tuple(data["unbound"]),
        }
    )
