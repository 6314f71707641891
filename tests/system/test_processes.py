"""Nothing survives a run: not after Ctrl-C, not after SIGTERM, not after kill -9 of the run itself."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.system.conftest import PYTEST, environ_for

INTERRUPTED = 2


def start(folder: Path, *args: str, faults: str = "hang") -> subprocess.Popen[str]:
    """A run that waits for a target that never answers, and its demo processes."""
    process = subprocess.Popen(
        [PYTEST, "--env=demo", *args],
        cwd=folder,
        env=environ_for(folder, faults),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if len(demo_children(process.pid)) >= 3:
            return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the demo target did not start: {process.communicate()[0]}")


def demo_children(pid: int) -> list[psutil.Process]:
    """The processes of the demo target that this process started."""
    try:
        children = psutil.Process(pid).children(recursive=True)
        return [child for child in children if "demo.child" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up_and_still_reports(tmp_path: Path, number: int, workers: list[str]) -> None:
    """Ctrl-C and SIGTERM: exit 2, a report that holds, no process left behind."""
    process = start(tmp_path, *workers)
    children = demo_children(process.pid)
    process.send_signal(number)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == INTERRUPTED, out
    assert "HOLD" in out
    report = (tmp_path / "tidegate-report" / "gate-report.json").read_text()
    assert '"decision": "hold"' in report
    assert "interrupted" in report
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive


def test_a_killed_run_leaves_no_process_and_no_decision(tmp_path: Path) -> None:
    """kill -9 of the run: the demo target ends by itself, and no report says promote."""
    process = start(tmp_path)
    children = demo_children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    assert not (tmp_path / "tidegate-report" / "gate-report.json").exists()
