"""A gate's report files, each judged by the module of its kind."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gates.reported import coverage, findings, junit, quality
from gates.reported.value import Reported, together
from reports.gate_report import Release

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings

Judge = Callable[[str, "GateSettings", Release, Path], Reported]

#: The key of a report in the environment's file -> what judges it. The seam for new kinds of reports.
JUDGES: Mapping[str, Judge] = {
    "junit": junit.judge_gate,
    "coverage": coverage.judge_gate,
    "findings": findings.judge_gate,
    **{kind: partial(quality.judge_gate, kind=kind) for kind in quality.MEASURES},
}


def judge(gate: str, settings: "GateSettings", release: Release, base: Path) -> Reported:
    """Judge a gate by the files that the environment maps to it (relative to `base`).

    Never raises for files: what can't be read is a judgement.
    """
    # Files are named as their patterns name them, from pytest as from the command line.
    here = Path() if base == Path.cwd() else base
    kinds = dict.fromkeys(source.kind for source in settings.reports)
    return together(JUDGES[kind](gate, settings, release, here) for kind in kinds)
