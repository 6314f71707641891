"""The pytest11 entry point: sees to it that our packages are ours, then is the plugin `gates.plugin` under its name.

Tidegate's packages have everyday names. Where a project's own `gates` or `reports` comes first on the import path,
Tidegate says so under `--env`, and keeps out of the way of every other pytest run.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

_HOME = Path(__file__).resolve().parent.parent
_NEEDED = ("checks", "demo", "gates", "load", "releases", "reports")


def hidden() -> dict[str, str]:
    """Our packages that another one of the same name hides: name -> where that one is."""
    found = {name: spec for name in _NEEDED if (spec := find_spec(name)) is not None}
    places = {name: next(iter(spec.submodule_search_locations or [spec.origin or "?"])) for name, spec in found.items()}
    return {name: place for name, place in places.items() if Path(place).resolve().parent != _HOME}


if _in_the_way := hidden():
    if any(arg == "--env" or arg.startswith("--env=") for arg in sys.argv):
        import pytest

        _listed = ", ".join(f"{name} ({place})" for name, place in _in_the_way.items())
        raise pytest.UsageError(
            f"this project's own package is in the way of Tidegate's of the same name: {_listed}. "
            "Call `pytest` instead of `python -m pytest`, or call it from another directory and name the "
            "environment's file: --env=path/to/file.yaml"
        )
else:
    from gates.plugin import *  # noqa: F403 - the hooks have to be this module's for pytest to find them
