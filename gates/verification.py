"""One verification: the hooks that every process of a run needs, the owner's and xdist's workers' alike."""

import gc
import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest

from checks.secrets import mask
from gates.errors import ConfigurationError, ProblemError
from gates.measurement import Measurement
from gates.plan import Plan, plan_for
from gates.plugin import dest
from gates.recorder import Recorder
from gates.selection import gate_name, is_gate_file, narrowed_by, refuse_other_tests

VERIFICATION = pytest.StashKey["Verification"]()


class Verification:
    """What is being verified, and pytest's hooks that follow from it.

    `plan`: the stage's gates and checks; `measurement`: what was measured, set before the first test runs.
    """

    def __init__(self, config: pytest.Config, plan: Plan) -> None:
        self.config = config
        self.plan = plan
        self.recorder = Recorder()
        self.measurement = Measurement()
        self.undeclared: dict[str, str] = {}
        self.collected = 0
        self._resolved: tuple[Measurement, Plan] | None = None

    @property
    def resolved(self) -> Plan:
        """The plan with the demo target's addresses filled in; the same until it was measured."""
        if self._resolved is None or self._resolved[0] is not self.measurement:
            self._resolved = (self.measurement, self.plan.resolved(self.measurement.addresses))
        return self._resolved[1]

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Under `--env` only gate files are collected."""
        if collection_path.suffix == ".py" and not is_gate_file(collection_path.name):
            return collection_path.name != "__init__.py" or None
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A test that takes a `check` runs once for every planned check of its module's gate."""
        if "check" in metafunc.fixturenames:
            checks = self.plan.checks_for(metafunc.module.__name__.rpartition(".")[2])
            params = [pytest.param(check, id=check.id, marks=pytest.mark.gate(check.gate)) for check in checks]
            metafunc.parametrize("check", params)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the tests of gates that the stage doesn't name; a gate that nobody declared is an error."""
        declared = frozenset(self.plan.environment.gates)
        kept = []
        for item in items:
            gate = gate_name(item, declared)
            if gate not in declared:
                self.undeclared[gate] = item.nodeid
            elif gate in self.plan.gate_names:
                kept.append(item)
        if self.undeclared and not hasattr(self.config, "workerinput"):
            raise pytest.UsageError(undeclared_gates(self.undeclared, self.plan))
        items[:] = kept
        self.collected = len(items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """What was collected stays until the end: Python's collector need not walk through it again and again."""
        gc.freeze()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Start recording the test's judgements."""
        self.recorder.begin(item, gate_name(item, frozenset(self.plan.environment.gates)))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Turn the test's judgements into its outcome before pytest looks at it."""
        self.recorder.conclude(item, call)

    @pytest.hookimpl(wrapper=True, specname="pytest_runtest_makereport")
    def pytest_mask_report(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Secrets leave no traceback and no captured output."""
        return _masked((yield))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Secrets leave no collection error."""
        return _masked((yield))

    def pytest_report_teststatus(
        self, report: pytest.TestReport | pytest.CollectReport
    ) -> tuple[str, str, object] | None:
        """INCONCLUSIVE is an outcome of its own. Unexpected errors stay errors, so that their traceback is shown."""
        if not report.failed or isinstance(report, pytest.CollectReport):
            return None
        match dict(report.user_properties).get("tidegate.outcome"):
            case "fail":
                return "fail", "F", ("FAIL", {"red": True})
            case "inconclusive":
                return "inconclusive", "I", ("INCONCLUSIVE", {"yellow": True})
            case _:
                return "error", "E", ("INCONCLUSIVE (error)", {"yellow": True})


_Report = TypeVar("_Report", pytest.TestReport, pytest.CollectReport)


def _masked(report: _Report) -> _Report:
    if report.longrepr and not isinstance(report.longrepr, tuple):
        text = report.longreprtext
        masked = mask(text)
        if masked != text:
            report.longrepr = masked
    if report.sections:
        report.sections = [(name, mask(text)) for name, text in report.sections]
    return report


class Worker:
    """What a worker of pytest-xdist does beside running tests: it reads what the owner measured, and counts."""

    def __init__(self, verification: Verification) -> None:
        self._verification = verification
        self._deselected = 0
        self._informed = False

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Count what a selection leaves out: the owner doesn't see it."""
        self._deselected += len(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Before the first test, read the measurement; the owner wrote it before it scheduled anything."""
        if not self._informed:
            self._informed = True
            path = Path(item.config.workerinput["tidegate_measurement"])  # type: ignore[attr-defined] # of xdist
            self._verification.measurement = Measurement.from_json(path.read_text(encoding="utf-8"))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the counts to the owner."""
        output = session.config.workeroutput  # type: ignore[attr-defined] # of xdist
        output["tidegate"] = {
            "deselected": self._deselected,
            "undeclared": self._verification.undeclared,
        }


def start(config: pytest.Config) -> None:
    """Load the environment, plan the stage, and register the hooks. Raises UsageError for wrong configuration."""
    import gates.fixtures
    from gates.demo_target import faults_of
    from gates.measuring import FAULTS_VARIABLE

    try:
        plan = plan_for(
            config.getoption(dest("--env")), config.getoption(dest("--env-dir")), config.getoption(dest("--stage"))
        )
        if plan.environment.demo is not None:
            faults_of(plan.environment, os.environ.get(FAULTS_VARIABLE, ""))
        else:
            _check_probes(plan)
    except ProblemError as error:
        raise pytest.UsageError(mask(str(error))) from None
    refuse_other_tests(config)
    narrowed = narrowed_by(config)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = [str(path) for path in plan.files]
    config.addinivalue_line("python_files", "gate_*.py")
    verification = Verification(config, plan)
    config.stash[VERIFICATION] = verification
    config.pluginmanager.register(verification, "tidegate-verification")
    config.pluginmanager.register(gates.fixtures, "tidegate-fixtures")
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Worker(verification), "tidegate-worker")
        return
    from gates.owner import OWNER, Owner

    owner = Owner(verification, narrowed)
    config.stash[OWNER] = owner
    config.pluginmanager.register(owner, "tidegate-owner")


def _check_probes(plan: Plan) -> None:
    """Make every probe once, before anything runs: a check may know a mistake that the file's model doesn't."""
    from gates.probing import probes

    try:
        probes(plan.environment, {*plan.environment.endpoints, *plan.environment.external_services})
    except ValueError as error:
        raise ConfigurationError(str(error), file=str(plan.loaded.path)) from None


def exit_code(config: pytest.Config, status: int) -> int:
    """The exit code of a run under `--env`; pytest's own where no test was to run (`--collect-only`, `--help`)."""
    from gates.owner import OWNER

    owner = config.stash.get(OWNER, None)
    if owner is None or not owner.began:
        return status
    return owner.exit_code(status)


def undeclared_gates(found: dict[str, str], plan: Plan) -> str:
    """The message about gate files whose gate the environment doesn't declare."""
    listed = ", ".join(f"{gate!r} ({nodeid})" for gate, nodeid in found.items())
    known = ", ".join(plan.environment.gates) or "none"
    return (
        f"{plan.loaded.path}: no gate of the name {listed} is declared; declared are {known}. "
        "Add it under `gates:` and to a stage, or move the file away"
    )
