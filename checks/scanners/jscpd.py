"""jscpd (PyPI or npm `jscpd`): duplicated code in many languages. Only exit code 0 means that it ran."""

from pathlib import Path
from typing import Final

from checks.scanners.scanner import DEADLINE, Scan, Tool, targets


def _nothing(document: object) -> str:
    statistics = document.get("statistics") if isinstance(document, dict) else None
    total = statistics.get("total") if isinstance(statistics, dict) else None
    lines = total.get("lines") if isinstance(total, dict) else None
    if isinstance(lines, bool) or not isinstance(lines, int):
        return "its report has no `statistics.total.lines`"
    return "" if lines > 0 else "it found no source to compare"


JSCPD: Final = Tool("jscpd", "pip install jscpd", frozenset({0}), _nothing)


def jscpd(
    subject: str,
    paths: tuple[str, ...],
    folder: Path,
    *,
    min_lines: int = 5,
    min_tokens: int = 50,
    root: Path = Path(),
    deadline: float = DEADLINE,
) -> Scan:
    """Compare sources; the report is `jscpd-report.json` in `folder`. Raises ValueError for targets that are none.

    `min_lines`, `min_tokens`: what counts as a copy. A `.jscpd.json` in `root` is the project's own word and is
    followed, except that no threshold makes jscpd fail: limits are the gate's.
    """
    if min_lines < 1 or min_tokens < 1:
        raise ValueError(f"a copy has at least 1 line and 1 token, not {min_lines} and {min_tokens}")
    folder = folder.absolute()
    names = targets(paths)
    arguments = (
        *("--reporters", "json", "--output", str(folder), "--silent", "--threshold", "100"),
        *("--min-lines", str(min_lines), "--min-tokens", str(min_tokens), *names),
    )
    return Scan(
        JSCPD,
        subject,
        arguments,
        folder / "jscpd-report.json",
        root=root,
        needs=tuple(Path(name) for name in names),
        deadline=deadline,
    )
