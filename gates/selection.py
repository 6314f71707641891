"""What is collected under `--env`, and why a selection is not a whole stage."""

from pathlib import Path

import pytest

#: Option (its `dest`) -> what a report says where it was used. Ordering options (--ff, --nf) leave nothing out.
_NARROWING = {
    "keyword": "-k selects tests",
    "markexpr": "-m selects tests",
    "deselect": "--deselect leaves tests out",
    "lf": "--lf selects what failed last",
    "stepwise": "--stepwise stops at a failure",
    "ignore": "--ignore leaves files out",
    "ignore_glob": "--ignore-glob leaves files out",
}


def narrowed_by(config: pytest.Config) -> list[str]:
    """Why the command line selects less, or other, than the stage declares. Empty where it doesn't."""
    reasons = [text for dest, text in _NARROWING.items() if config.getoption(dest, None)]
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        reasons.append("paths on the command line select tests")
    return reasons


def refuse_other_tests(config: pytest.Config) -> None:
    """A file named on the command line has to be a gate file. Raises UsageError otherwise."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return
    for arg in config.args:
        name = Path(arg.partition("::")[0]).name
        if name.endswith(".py") and not is_gate_file(name):
            raise pytest.UsageError(f"{arg}: under --env only gate files (gate_*.py) run; leave --env out to run tests")


def refuse_gates_without_environment(config: pytest.Config) -> None:
    """A gate file named on the command line without `--env`. Raises UsageError."""
    for arg in config.args:
        if is_gate_file(Path(arg.partition("::")[0]).name):
            raise pytest.UsageError(f"{arg}: gates run under an environment only: add --env=NAME (`tidegate env list`)")


def is_gate_file(name: str) -> bool:
    """Whether a file's name is that of a gate file."""
    return name.startswith("gate_") and name.endswith(".py")


def gate_name(item: pytest.Item, declared: frozenset[str]) -> str:
    """The gate that a test belongs to: its `gate` marker, its module's `GATE`, or its file's name without `gate_`."""
    marker = item.get_closest_marker("gate")
    if marker is not None and marker.args:
        return str(marker.args[0])
    stated = getattr(getattr(item, "module", None), "GATE", None)
    if isinstance(stated, str):
        return stated
    stem = item.path.stem.removeprefix("gate_")
    dashed = stem.replace("_", "-")
    return dashed if stem not in declared and dashed in declared else stem
