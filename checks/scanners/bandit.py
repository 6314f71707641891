"""Bandit (PyPI `bandit`): security findings in Python sources. Exit codes 0 and 1 mean that it scanned."""

from pathlib import Path
from typing import Final

from checks.scanners.scanner import DEADLINE, Scan, Tool, targets


def _nothing(document: object) -> str:
    metrics = document.get("metrics") if isinstance(document, dict) else None
    if not isinstance(metrics, dict) or not isinstance(document, dict) or not isinstance(document.get("results"), list):
        return "its report has no `metrics` and `results`"
    # Bandit says 0 and no findings for a folder without Python, and for one that is not there.
    return "" if metrics.keys() - {"_totals"} else "it found no Python file to scan"


BANDIT: Final = Tool("bandit", "pip install bandit", frozenset({0, 1}), _nothing, sets={"PYTHONUTF8": "1"})


def bandit(
    subject: str, paths: tuple[str, ...], folder: Path, *, root: Path = Path(), deadline: float = DEADLINE
) -> Scan:
    """Scan files and folders; the report is `bandit.json` in `folder`. Raises ValueError for targets that are none.

    A `.bandit` file among the sources and `# nosec` comments are the project's own words and are followed.
    """
    output = folder.absolute() / "bandit.json"
    names = targets(paths)
    arguments = ("--quiet", "--recursive", "--format", "json", "--output", str(output), *names)
    return Scan(
        BANDIT, subject, arguments, output, root=root, needs=tuple(Path(name) for name in names), deadline=deadline
    )
