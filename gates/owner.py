"""What the process that owns a run does: it measures once, gathers the results, decides, and writes the reports."""

import os
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from checks.evidence import Gap
from checks.secrets import mask
from gates.assembly import assemble, gate_of
from gates.conclusion import Conclusion, conclude
from gates.errors import ProblemError
from gates.exit_codes import ExitCode
from gates.internal_error import internal_error
from gates.measurement import Measurement
from gates.plugin import dest
from gates.release import from_environ, from_options
from gates.results import Results
from gates.verification import Verification, undeclared_gates
from reports.case import Case, Outcome
from reports.gate_report import GateReport

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

_Handler: TypeAlias = Callable[[int, FrameType | None], Any] | int | None
OWNER = pytest.StashKey["Owner"]()


class Owner:
    """Owns the run: the demo target, the sweep, the results, the decision and the files.

    `began`: tests were to be run (not only collected).
    """

    def __init__(self, verification: Verification, narrowed: Sequence[str]) -> None:
        self.began = False
        self._verification = verification
        self._config = verification.config
        self._plan = verification.plan
        self._incomplete = list(narrowed)
        self._results = Results()
        self._planned: int | None = None
        self._broken: dict[str, str] = {}
        self._measured_file: Path | None = None
        self._started = time.time()
        self._conclusion: Conclusion | None = None
        self._interrupted = False

    # --- before the tests -------------------------------------------------------------------------------------

    def pytest_report_header(self) -> str:
        """One line at the top: what is going to be judged."""
        gates = ", ".join(self._plan.gate_names)
        observing = " · OBSERVING, decides nothing" if self._observed else ""
        environment = self._plan.environment
        return f"tidegate: {environment.service} in {self._plan.name} · stage {self._plan.stage} · {gates}{observing}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """A report of an earlier run must not be taken for this one's: remove it before anything can fail."""
        if self._config.option.collectonly:
            return
        self.began = True
        self._started = time.time()
        from reports.writing import WritingError, withdraw

        try:
            withdraw(self._directory)
        except WritingError as error:
            raise pytest.UsageError(str(error)) from None
        previous = signal.signal(signal.SIGTERM, _interrupt)
        self._config.add_cleanup(partial(_restore, previous))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Without xdist: measure when everything is collected and before anything runs."""
        if session.config.option.collectonly or self._distributed or session.testsfailed:
            return
        self._planned = self._verification.collected
        self._verification.measurement = self._measure([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: "WorkerController") -> None:
        """With xdist: tell each worker where it will find the measurement."""
        if self._measured_file is None:
            handle, name = tempfile.mkstemp(prefix="tidegate-", suffix=".json")
            os.close(handle)
            self._measured_file = Path(name)
            self._config.add_cleanup(lambda: Path(name).unlink(missing_ok=True))
        node.workerinput["tidegate_measurement"] = str(self._measured_file)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: "WorkerController", ids: list[str]) -> None:  # noqa: ARG002
        """With xdist: measure when the first worker has collected; nothing is scheduled before this returns."""
        if self._planned is not None or self._measured_file is None:
            return
        self._planned = len(ids)
        measurement = self._measure(ids)
        scratch = self._measured_file.with_suffix(".tmp")
        scratch.write_text(measurement.to_json(), encoding="utf-8")
        scratch.replace(self._measured_file)
        self._verification.measurement = measurement

    # --- while the tests run ----------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what is reported of every test, from this process or a worker."""
        self._results.add(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A gate file that can't be collected is a wrong gate file; one that skips itself leaves a gap."""
        if report.failed:
            lines = report.longreprtext.strip().splitlines()
            self._broken[report.nodeid] = mask(lines[-1].removeprefix("E").strip() if lines else "no message")
        elif report.skipped:
            self._incomplete.append(f"{report.nodeid} skips itself as a whole")

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Tests that a selection or another plugin left out."""
        self._left_out(len(items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: "WorkerController", error: object) -> None:  # noqa: ARG002
        """What a worker counted; one that died says nothing, and what it ran is missed below."""
        counts = getattr(node, "workeroutput", {}).get("tidegate")
        if counts is not None:
            self._left_out(counts["deselected"])
            for gate, nodeid in counts["undeclared"].items():
                self._broken[nodeid] = undeclared_gates({gate: nodeid}, self._plan)

    # --- after the tests --------------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Assemble, decide, write and keep."""
        if not self.began:
            return
        # From here on the run is over: a SIGTERM would only keep what was decided from being told.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            cases = self._results.cases()
            self._conclusion = conclude(self._assembled(int(exitstatus), cases), cases, self._directory)
        except Exception as error:  # noqa: BLE001 - pytest would print a traceback and exit with 1, which is a verdict
            internal_error(error)

    def pytest_unconfigure(self) -> None:
        """The last thing on the terminal is the decision."""
        if self._conclusion is not None:
            self._show(self._conclusion)

    def exit_code(self, status: int) -> int:
        """Tidegate's exit code. 0 only where the decision is PROMOTE and pytest, too, ended well, or in `--observe`."""
        if status == pytest.ExitCode.USAGE_ERROR:
            return ExitCode.USAGE
        if status == pytest.ExitCode.INTERNAL_ERROR or self._conclusion is None:
            return ExitCode.INTERNAL_ERROR
        if self._broken:
            return ExitCode.USAGE
        if self._interrupted:
            return ExitCode.INTERRUPTED
        if self._conclusion.unwritten:
            return ExitCode.INTERNAL_ERROR
        if self._observed:
            return ExitCode.PROMOTE
        code = ExitCode.of(self._conclusion.decision.kind)
        if code is ExitCode.PROMOTE and status != pytest.ExitCode.OK and not self._explained(status):
            return self._overruled(status)
        return code

    def _explained(self, status: int) -> bool:
        """Whether tests of ours are why pytest says that some failed: those of gates that don't decide."""
        advisory = {gate.name for gate in self._plan.gates if not gate.required}
        bad = {gate_of(case) for case in self._results.cases() if case.outcome is not Outcome.PASSED}
        return status == pytest.ExitCode.TESTS_FAILED and bool(bad) and bad <= advisory

    def _overruled(self, status: int) -> ExitCode:
        """Another plugin made the run fail after the decision: take back the report that says PROMOTE."""
        from reports.writing import withdraw

        withdraw(self._directory)
        words = f"pytest ended with {status} after the decision, so another plugin objects"
        self._say(f"HOLD  {words}; gate-report.json is withdrawn")
        return ExitCode.HOLD

    # --- parts ------------------------------------------------------------------------------------------------

    @property
    def _directory(self) -> Path:
        return Path(
            self._config.invocation_params.dir, self._config.getoption(dest("--report-dir")) or "tidegate-report"
        )

    def _near(self, path: str) -> str:
        """A path as people would type it here."""
        here = self._config.invocation_params.dir
        return str(Path(path).relative_to(here)) if path and Path(path).is_relative_to(here) else path

    @property
    def _observed(self) -> bool:
        return bool(self._config.getoption(dest("--observe")))

    @property
    def _distributed(self) -> bool:
        return self._config.pluginmanager.has_plugin("dsession")

    def _left_out(self, count: int) -> None:
        text = "tests were deselected"
        if count and text not in self._incomplete:
            self._incomplete.append(text)

    def _measure(self, ids: Sequence[str]) -> Measurement:
        from gates.measuring import measure

        named = from_options(*(self._config.getoption(dest(flag)) or "" for flag in _RELEASE_FLAGS))
        if not named.known:
            named = from_environ(os.environ)
        try:
            return measure(
                self._plan, ids, named, directory=self._directory, at_end=self._config.add_cleanup, say=self._say
            )
        except ProblemError as error:
            self._incomplete.append(mask(str(error)))
            return Measurement(release=named, ready=Gap("target.ready", str(error)))
        except Exception as error:  # noqa: BLE001 - pytest would print a traceback
            internal_error(error)
            pytest.exit("the measurement broke", returncode=int(ExitCode.INTERNAL_ERROR))

    def _say(self, text: str) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(mask(text))

    def _assembled(self, status: int, cases: Sequence[Case]) -> GateReport:
        measurement = self._verification.measurement
        environment = self._plan.environment
        return GateReport(
            service=environment.service,
            environment=self._plan.name,
            release=measurement.release,
            stage=self._plan.stage,
            started=self._started,
            duration=time.time() - self._started,
            gates=assemble(self._plan.gates, cases),
            incomplete=tuple(self._gaps(status, cases)),
            notes=measurement.notes,
            observed=self._observed,
        )

    def _gaps(self, status: int, cases: Sequence[Case]) -> list[str]:
        """Why this was not the whole stage."""
        gaps = list(dict.fromkeys(self._incomplete))
        gaps.extend(f"{nodeid} can't be collected: {text}" for nodeid, text in self._broken.items())
        if self._verification.measurement.interrupted or (status == pytest.ExitCode.INTERRUPTED and not self._broken):
            self._interrupted = True
            gaps.append("the run was interrupted")
        elif status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
            gaps.append(f"pytest ended with {pytest.ExitCode(status).name if status in _KNOWN else status}")
        if self._planned is None:
            gaps.append("nothing was measured")
        elif len(self._results) < self._planned:
            gaps.append(f"only {len(self._results)} of {self._planned} tests ran")
        strangers = [case.name for case in cases if gate_of(case) not in self._plan.gate_names]
        if strangers:
            gaps.append(f"{len(strangers)} tests ended without saying which gate they belong to: {strangers[0]}")
        return gaps

    def _show(self, conclusion: Conclusion) -> None:
        from reports.render import terminal

        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        writer = reporter._tw  # noqa: SLF001 - pytest gives plugins no other way to its terminal
        width = max(60, min(writer.fullwidth, 120))
        writer.line()
        writer.write(
            terminal.render(
                conclusion.report,
                conclusion.decision,
                width=width,
                color=writer.hasmarkup,
                html=self._near(conclusion.html),
            )
        )
        for warning in conclusion.warnings:
            writer.line(f"WARNING: {mask(warning)}", yellow=True)
        for nodeid, words in self._broken.items():
            writer.line(f"ERROR: {nodeid}: {words}", red=True)
        if conclusion.unwritten:
            writer.line(f"ERROR: {mask(conclusion.unwritten)}", red=True)
        writer.write(conclusion.annotations, flush=True)


_KNOWN = frozenset(int(code) for code in pytest.ExitCode)
_RELEASE_FLAGS = ("--release", "--release-version", "--release-commit", "--release-previous")


def _restore(previous: _Handler) -> None:
    signal.signal(signal.SIGTERM, previous)


def _interrupt(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """SIGTERM ends a run as Ctrl-C does: with its clean-up and its report."""
    raise KeyboardInterrupt("SIGTERM")
