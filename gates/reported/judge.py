"""A gate's reports, each judged by the module of its kind: files of others, and what Tidegate made itself."""

import glob
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from checks.evidence import Evidence, Gap, Reading
from gates.carrying import gap
from gates.criteria import AtMost, Criterion
from gates.reported import coverage, findings, found_out, junit, load, quality
from gates.reported.made import Made, Place, keys_of
from gates.reported.value import Reported, together
from reports.exhibit import Exhibit, Table
from reports.gate_report import Release
from reports.judgement import Judgement
from reports.verdict import Verdict

if TYPE_CHECKING:
    from gates.environment.policy import GateSettings, ReportSource
    from gates.environment.scans import ScanSettings

Judge = Callable[[str, "GateSettings", Release, Place], Reported]

#: The key of a report in the environment's file -> what judges it. The seam for new kinds of reports.
JUDGES: Mapping[str, Judge] = {
    "junit": junit.judge_gate,
    "coverage": coverage.judge_gate,
    "findings": findings.judge_gate,
    "load": load.judge_gate,
    **{kind: partial(quality.judge_gate, kind=kind) for kind in quality.MEASURES},
    **{kind: partial(found_out.judge_gate, kind=kind) for kind in ("image", "sonarqube")},
}
_UNPROVEN = "give it something of this kind to look at, or let it look for the other kinds only"


def judge(gate: str, settings: "GateSettings", release: Release, place: Place) -> Reported:
    """Judge a gate by the files that the environment maps to it, and by what was made for it.

    Never raises for files: what can't be read is a judgement.
    """
    # Files are named as their patterns name them, from pytest as from the command line.
    here = replace(place, base=Path()) if place.base == Path.cwd() else place
    keys = keys_of(gate, settings)
    about = together(
        _about(source, here.get(key)) for key, source in zip(keys, settings.reports, strict=True) if source.maker
    )
    if here.folder is not None:
        sources = tuple(_located(s, key, here.folder) for key, s in zip(keys, settings.reports, strict=True))
        settings = settings.model_copy(update={"reports": sources})
    elif any(keys):
        # Nothing was made, and a pattern of a job must not be taken for one in the working directory.
        return Reported(tuple(gap(one) for key in dict.fromkeys(filter(None, keys)) for one in here.get(key).failed))
    kinds = dict.fromkeys(source.kind for source in settings.reports)
    judged = together([*(JUDGES[kind](gate, settings, release, here) for kind in kinds), about])
    return judged if here.folder is None else _by_name(judged, here.folder)


def _located(source: "ReportSource", key: str, folder: Path) -> "ReportSource":
    """A report with the pattern of its files, where it was made here."""
    within = glob.escape(str(folder / key)) if key else ""
    if source.scan is not None:
        named = {source.kind: f"{within}/*/*.json"}
        return source.model_copy(update={**named, "tool": source.scan.tool if source.kind == "findings" else None})
    if source.job is not None:
        kind = source.kind
        return source.model_copy(update={kind: f"{within}/{source.pattern}"})
    return source


def _about(source: "ReportSource", made: Made) -> Reported:
    """What is said and wanted of how a report was made."""
    judged = list(_of_scan(source.scan, made)) if source.scan is not None else []
    return Reported(tuple(judged))


def _of_scan(settings: "ScanSettings", made: Made) -> Iterable[Judgement]:
    for evidence in made.evidence:
        match evidence.subject.rpartition(".")[2]:
            case "took":
                pass  # its deadline has been judged by ending it
            case "version":
                if settings.version is not None:
                    yield _of_tool(evidence, settings.version, f"install another version of {settings.tool}")
            case "database_age":
                remedy = "run `trivy image --download-db-only` where there is a network"
                yield _of_tool(evidence, AtMost(settings.max_database_age, "s"), remedy)
            case _ if isinstance(evidence, Gap):
                yield gap(evidence, remedy=_UNPROVEN)
            case _:
                raise AssertionError(f"nobody judges {evidence.subject}")


def _of_tool(evidence: Evidence, wanted: Criterion, remedy: str) -> Judgement:
    """What is wrong with the scanner says nothing of the release: it is no evidence, neither good nor bad."""
    judged = wanted.judge(evidence, remedy)
    if judged.verdict is not Verdict.FAIL:
        return judged
    return gap(Gap(evidence.subject, judged.reason, source=evidence.source, remedy=remedy), str(wanted))


def _by_name(reported: Reported, folder: Path) -> Reported:
    """What was made here lives only during the run: it is known by its name, without the folder's."""
    prefix = f"{folder}/"
    return replace(
        reported,
        judgements=tuple(_renamed(judgement, prefix) for judgement in reported.judgements),
        notes=tuple(note.replace(prefix, "") for note in reported.notes),
        exhibits=tuple(_named(exhibit, prefix) for exhibit in reported.exhibits),
    )


def _named(exhibit: Exhibit, prefix: str) -> Exhibit:
    if not isinstance(exhibit, Table):
        return exhibit
    rows = tuple(tuple(cell.replace(prefix, "") if isinstance(cell, str) else cell for cell in r) for r in exhibit.rows)
    return replace(exhibit, rows=rows)


def _renamed(judgement: Judgement, prefix: str) -> Judgement:
    def short(text: str) -> str:
        return text.replace(prefix, "")

    evidence = judgement.evidence
    evidence = replace(evidence, subject=short(evidence.subject), source=short(evidence.source))
    if isinstance(evidence, Reading):
        evidence = replace(evidence, detail=short(evidence.detail))
    else:
        evidence = replace(evidence, reason=short(evidence.reason), remedy=short(evidence.remedy))
    return replace(judgement, evidence=evidence, reason=short(judgement.reason), remedy=short(judgement.remedy))
