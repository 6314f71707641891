"""The pytest plugin: its options, and the door behind which everything else is imported only under `--env`."""

from argparse import ArgumentError
from collections.abc import Generator

import pluggy
import pytest

_OPTIONS = {
    "--env": {"metavar": "NAME", "help": "verify this environment: a name, or the path of its YAML file"},
    "--env-dir": {"metavar": "DIR", "help": "where environment files are looked for (default: ./environments)"},
    "--stage": {"metavar": "NAME", "help": "the declared set of gates to run (default: the environment's)"},
    "--release": {"metavar": "ID", "help": "what is being judged: the image digest, else a version or commit"},
    "--release-version": {"metavar": "VERSION", "help": "its version"},
    "--release-commit": {"metavar": "SHA", "help": "its commit"},
    "--release-previous": {"metavar": "ID", "help": "the release before it"},
    "--report-dir": {"metavar": "DIR", "help": "where the gate report is written (default: tidegate-report)"},
}
_FLAGS = {
    "--observe": "judge and report everything, but exit with 0 whatever the decision (the report says OBSERVING)",
}


def dest(flag: str) -> str:
    """The attribute under which pytest keeps one of our options."""
    return f"tidegate_{flag.removeprefix('--').replace('-', '_')}"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the options, and watch for a conftest that declares one of the same name later."""
    group = parser.getgroup("tidegate", "tidegate: verify a deployed environment")
    try:
        for flag, words in _OPTIONS.items():
            group.addoption(flag, dest=dest(flag), default=None, **words)
        for flag, text in _FLAGS.items():
            group.addoption(flag, dest=dest(flag), action="store_true", default=False, help=text)
    except (ValueError, ArgumentError) as error:
        raise _clash(error) from None
    pluginmanager.register(_ClashWatch(pluginmanager), "tidegate-clash-watch")


class _ClashWatch:
    """Turns the clash of a conftest's own `--env` with ours, which is a traceback otherwise, into words.

    It listens only until the options are parsed: every hook call costs a little more meanwhile.
    """

    def __init__(self, pluginmanager: pytest.PytestPluginManager) -> None:
        self._stop = pluginmanager.add_hookcall_monitoring(lambda *_: None, self._after)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self) -> None:
        self._stop()

    @staticmethod
    def _after(outcome: pluggy.Result[object], hook_name: str, *_: object) -> None:
        error = outcome.exception if hook_name == "pytest_addoption" else None
        if isinstance(error, ValueError | ArgumentError) and any(flag in str(error) for flag in (*_OPTIONS, *_FLAGS)):
            outcome.force_exception(_clash(error))


def _clash(error: Exception) -> pytest.UsageError:
    return pytest.UsageError(
        f"a conftest.py or plugin of this project and Tidegate both define an option ({error}). Rename yours, "
        "or run Tidegate from a directory of its own; `-p no:gates.plugin` switches Tidegate off here"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Under `--env`, load everything else; otherwise make sure that no gate is run by accident."""
    config.addinivalue_line("markers", "gate(name): the gate that a test of a gate file belongs to")
    if config.getoption(dest("--env")) is not None:
        _start(config)
        return
    for flag in (*_OPTIONS, *_FLAGS):
        if config.getoption(dest(flag)):
            raise pytest.UsageError(f"{flag} needs --env=NAME: which environment is to be verified?")
    from gates.selection import refuse_gates_without_environment

    refuse_gates_without_environment(config)


def _start(config: pytest.Config) -> None:
    try:
        from gates.verification import start

        start(config)
    except pytest.UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - pytest would print a traceback
        from gates.internal_error import internal_error

        pytest.exit("Tidegate could not start", returncode=int(internal_error(error)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int, int]:
    """Map pytest's exit code, which says nothing about a release, to the one that the decision asks for."""
    if config.getoption(dest("--env"), None) is None or hasattr(config, "workerinput"):
        return (yield)
    from gates.internal_error import internal_error
    from gates.verification import exit_code

    try:
        status = yield
    except pytest.UsageError:
        raise
    except BrokenPipeError:
        return 2  # whoever read our output has left: interrupted, and no verdict
    except Exception as error:  # noqa: BLE001 - a defect of ours must not look like a verdict, nor like a traceback
        return internal_error(error)
    return exit_code(config, int(status))
