"""How many of the lines that a change adds are covered, and what can't be told of them."""

from functools import reduce
from operator import or_
from pathlib import Path

from checks.evidence import Evidence, Gap, Reading
from gates.release import same
from gates.reported.changes import Changes, ChangesError, changes_since
from gates.reported.repository_paths import place
from reports.coverage import Coverage, FileCoverage, Lines
from reports.gate_report import Release

_PATHS = "compare the paths that `tidegate read` shows with those of `git ls-files`"


def covered_patch(subject: str, whole: Coverage, since: str | None, release: Release, base: Path) -> Evidence:
    """The share of changed lines that are covered, 0..1.

    Where nothing that was changed can be executed, it is a Reading of 0 lines (unit `1`) under another subject.
    A changed file that the report ought to know and doesn't is a Gap.
    """
    if since is None:
        return Gap(subject, "no `patch_base:` says since when", remedy="write `patch_base: origin/main`")
    source = f"git diff {since}...HEAD, {whole.path}"
    try:
        changes = changes_since(since, base)
    except ChangesError as error:
        return Gap(subject, str(error), source=source)
    if release.commit and not same("commit", changes.head, release.commit):
        reason = f"{changes.head[:12]} is checked out, and the release is of {release.commit[:12]}"
        return Gap(subject, reason, source=source, remedy="check the release's commit out")
    return _of_changes(subject, whole, changes, source)


def _of_changes(subject: str, whole: Coverage, changes: Changes, source: str) -> Evidence:
    added = {path: lines for path, lines in changes.lines.items() if lines}
    paths = place(whole.files, changes.tracked)
    if added and not paths.names:
        reason = f"which of the repository's files the report is of ({len(whole.files):,}) can't be told"
        return Gap(subject, reason, source=source, remedy=_PATHS)
    covered = total = 0
    for path, lines in added.items():
        if path in paths.names:
            file = reduce(or_, (whole.files[name] for name in paths.names[path]))
            if not file.found and file.lines.total:
                return Gap(subject, f"the report states totals of {path}, and no lines", source=source)
            covered += sum(file.covers(line) is True for line in lines)
            total += sum(_counts(file, line) for line in lines)
        elif path.rpartition("/")[2] in paths.lost:
            reason = f"{path} was changed, and which file of the report it is can't be told"
            return Gap(subject, reason, source=source, remedy=_PATHS)
        elif paths.ought_to_hold(path):
            remedy = (
                "let the tool measure files that no test loads, too (coverage.py: `source`; Jest: collectCoverageFrom)"
            )
            return Gap(subject, f"{path} was changed, and is not in the report", source=source, remedy=remedy)
    ratio = Lines(covered, total).ratio
    if ratio is None:
        detail = "no line that was changed can be executed"
        return Reading(f"{subject}.lines", 0, samples=1, source=source, detail=detail)
    detail = f"{covered:,} of {total:,} changed lines"
    return Reading(subject, ratio, "ratio", samples=total, source=source, detail=detail)


def _counts(file: FileCoverage, line: int) -> bool:
    return file.covers(line) is not None
