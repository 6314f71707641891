"""A load result as a file: written whole or not at all, and read back strictly."""

import json
import os
from pathlib import Path
from typing import Any, Final

from checks.evidence import Artefact
from checks.secrets import mask
from load.measured_json import measured_from, measured_to_dict
from load.result import Ending, LoadResult, TargetUsage, Usage
from load.strict import Place, parse

FORMAT: Final = "tidegate-load-result"
VERSION: Final = 1
#: Bytes. An hour with twenty request names is about a tenth of it.
LARGEST: Final = 512 << 20
_AMOUNTS: Final = (*("cpu", "cpu_limit", "memory", "memory_limit", "disk_read", "disk_written", "disk_used"),)


def result_to_dict(result: LoadResult) -> dict[str, Any]:
    """The JSON form, without any secret: texts are masked."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "began": result.began,
        "plan": result.plan,
        "seconds": result.seconds,
        "elapsed": result.elapsed,
        "ending": result.ending.value,
        "why": mask(result.why),
        "generators": result.generators,
        "reported": result.reported,
        "tools": dict(sorted(result.tools.items())),
        "raw": result.raw and {"path": result.raw.path, "sha256": result.raw.sha256},
        "targets": [_target_to_dict(target) for target in result.targets],
        "measured": measured_to_dict(result.measured),
    }


def result_from_dict(value: object, what: str = "load result") -> LoadResult:
    """The inverse of `result_to_dict`. Raises ValueError that names the place."""
    return _result_from(Place(value, what))


def save_result(result: LoadResult, path: Path) -> Artefact:
    """Write a result; the path and SHA-256 of the file. Raises OSError; then what was there before is still there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(result_to_dict(result), file, separators=(",", ":"), allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return Artefact.of(path)


def load_result(path: Path) -> LoadResult:
    """Read a result that `save_result` wrote. Raises ValueError, with the file and the place, for anything else;
    OSError where it can't be read."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"{path}: more than {LARGEST:,} bytes; a load result is smaller")
    return _result_from(parse(data, str(path)))


def _result_from(place: Place) -> LoadResult:
    if not isinstance(place.value, dict) or place.value.get("format") != FORMAT:
        raise ValueError(f"{place.path}: not a load result: its `format` is not {FORMAT!r}")
    if place.value.get("version") != VERSION:
        raise ValueError(f"{place.path}: version {place.value.get('version')!r}; this Tidegate reads version {VERSION}")
    _, _, began, plan, seconds, elapsed, ending, why, generators, reported, tools, raw, targets, measured = (
        place.fields(
            *("format", "version", "began", "plan", "seconds", "elapsed", "ending", "why", "generators", "reported"),
            *("tools", "raw", "targets", "measured"),
        )
    )
    return place.built(
        lambda: LoadResult(
            began=began.amount(),
            plan={key: at.value for key, at in plan.items()},
            seconds=seconds.count(),
            elapsed=elapsed.amount(),
            ending=_ending(ending),
            why=why.text(),
            measured=measured_from(measured),
            generators=generators.count(),
            reported=reported.count(),
            targets=tuple(_target_from(target) for target in targets.each()),
            tools={name: version.text() for name, version in tools.items()},
            raw=raw.maybe(_artefact),
        )
    )


def _ending(place: Place) -> Ending:
    known = [ending.value for ending in Ending]
    if place.text() not in known:
        raise place.wrong(f"one of {', '.join(known)}")
    return Ending(place.text())


def _artefact(place: Place) -> Artefact:
    path, sha256 = place.fields("path", "sha256")
    return Artefact(path.text(), sha256.text())


def _target_to_dict(target: TargetUsage) -> dict[str, Any]:
    samples = [{"at": sample.at, **{name: getattr(sample, name) for name in _AMOUNTS}} for sample in target.samples]
    return {"name": target.name, "source": mask(target.source), "gap": mask(target.gap), "samples": samples}


def _target_from(place: Place) -> TargetUsage:
    name, source, gap, samples = place.fields("name", "source", "gap", "samples")
    return TargetUsage(name.text(), source.text(), tuple(_usage(sample) for sample in samples.each()), gap.text())


def _usage(place: Place) -> Usage:
    at, cpu, cpu_limit, memory, memory_limit, read, written, used = place.fields("at", *_AMOUNTS)
    return Usage(
        at.amount(),
        cpu.maybe(Place.amount),
        cpu_limit.maybe(Place.amount),
        memory.maybe(Place.count),
        memory_limit.maybe(Place.count),
        read.maybe(Place.amount),
        written.maybe(Place.amount),
        used.maybe(Place.amount),
    )
