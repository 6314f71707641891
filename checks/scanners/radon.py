"""radon (PyPI `radon`): cyclomatic complexity of Python functions. Only exit code 0 means that it ran."""

from pathlib import Path
from typing import Final

from checks.scanners.scanner import DEADLINE, Scan, Tool, targets


def _nothing(document: object) -> str:
    if not isinstance(document, dict):
        return "its report is no object of files"
    # radon says 0 and {} for a folder without Python, and for one that is not there.
    return "" if any(isinstance(blocks, list) for blocks in document.values()) else "it found no function to measure"


RADON: Final = Tool("radon", "pip install radon", frozenset({0}), _nothing, sets={"PYTHONUTF8": "1"})


def radon(
    subject: str, paths: tuple[str, ...], folder: Path, *, root: Path = Path(), deadline: float = DEADLINE
) -> Scan:
    """Measure files and folders; the report is `radon.json` in `folder`. Raises ValueError for targets that are none.

    A `radon.cfg` in `root` is the project's own word and is followed.
    """
    output = folder.absolute() / "radon.json"
    names = targets(paths)
    return Scan(
        RADON,
        subject,
        ("cc", "--json", "--min", "A", "--max", "F", "--show-closures", "--output-file", str(output), *names),
        output,
        root=root,
        needs=tuple(Path(name) for name in names),
        deadline=deadline,
    )
