"""Whether a folder holds a file that Trivy would look through for secrets: where it finds none, it does not say.

The rules are those of Trivy 0.69: `pkg/fanal/analyzer/secret/secret.go` and `secret/builtin-allow-rules.go`.
"""

import os
import re
from pathlib import Path
from typing import Final

_FOLDERS: Final = frozenset({".git", "node_modules"})
_NAMES: Final = frozenset(
    {
        *("go.mod", "go.sum", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "Pipfile.lock", "Gemfile.lock"),
        "trivy-secret.yaml",
    }
)
_ENDS: Final = (
    *(".jpg", ".png", ".gif", ".doc", ".pdf", ".bin", ".svg", ".socket", ".deb", ".rpm", ".zip", ".gz", ".gzip"),
    *(".tar", ".md"),
)
#: Paths in which it allows everything.
_ALLOWED: Final = re.compile(r"^(?i:test)|/test|-test|_test|\.test|/vendor/|/locales?/|\.dist-info/")
#: Smaller files can hold no secret, and it leaves them out.
_SMALLEST: Final = 10
_HEAD: Final = 300
#: Characters that make a file binary for Trivy (`pkg/fanal/utils/utils.go`), where they stand at its begin.
_BINARY: Final = re.compile(rb"[\x00-\x06\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def has_file_for_secrets(scanned: Path) -> bool:
    """Whether a file, or any file below a folder, is one that it reads and judges. Links are not followed."""
    if scanned.is_file():
        return _is_read(scanned, scanned.name)
    for folder, folders, files in os.walk(scanned):
        folders[:] = [name for name in folders if name not in _FOLDERS]
        for name in files:
            path = Path(folder, name)
            if _is_read(path, path.relative_to(scanned).as_posix()):
                return True
    return False


def _is_read(path: Path, name: str) -> bool:
    if path.name in _NAMES or name.endswith(_ENDS) or _ALLOWED.search(name) or path.is_symlink():
        return False
    try:
        if not path.is_file() or path.stat().st_size < _SMALLEST:
            return False
        with path.open("rb") as file:
            return not _BINARY.search(file.read(_HEAD))
    except OSError:  # what we can't read, it may not have read either
        return False
