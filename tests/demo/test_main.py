"""`python -m demo` in the foreground."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import demo.target
from demo.__main__ import main
from demo.faults import SWITCHES

ROOT = Path(demo.target.__file__).parent.parent


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (
            ["--faults", "latency=1"],
            "demo: unknown fault 'latency': did you mean latency_ms? valid names: error_ratio, ",
        ),
        (["--faults", "error_ratio=2"], "demo: error_ratio wants a number from 0 to 1, not 2.0"),
    ],
)
def test_a_wrong_switch_is_one_line_and_4(capsys, argv, line):
    """Nothing is started."""
    assert main(argv) == 4
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(line)


def test_a_wrong_option_is_4_too(capsys):
    """Not argparse's 2, which means "interrupted" in Tidegate."""
    with pytest.raises(SystemExit) as stop:
        main(["--fault", "hang", "--nonsense"])
    assert stop.value.code == 4
    assert "--nonsense" in capsys.readouterr().err


def test_the_help_lists_every_switch(capsys):
    """With what it does."""
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(name in out and switch.does in out for name, switch in SWITCHES.items())


def _run(tmp_path, *argv, **variables):
    return subprocess.Popen(
        [sys.executable, "-m", "demo", *argv],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path), **variables},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_told_to_stop(tmp_path, fetch, processes, number):
    """Ctrl-C goes to the whole group of the terminal; the end is 0, quiet and complete."""
    with _run(tmp_path, TIDEGATE_DEMO_FAULTS="health_lies") as running:
        said = {}
        for line in iter(running.stdout.readline, "Ctrl-C stops it.\n"):
            key, _, value = line.strip().partition(": ")
            said[key] = value
        pids = [int(pid) for pid in said["processes"].split()]
        assert said["faults"] == "health_lies"
        assert any(key.startswith("stock-quotes 1.0.0 (sha256:") for key in said)
        assert fetch(said["url"], "/health").json["status"] == "unhealthy"
        os.killpg(running.pid, number)
        rest, errors = running.communicate(timeout=10)
    assert (running.returncode, rest, errors) == (0, "", "")
    assert not any(processes.is_running(pid) for pid in pids)
    assert list(tmp_path.iterdir()) == []


def test_the_option_goes_before_the_variable(capsys):
    """Whoever types it means it: the variable's switch is not even read."""
    assert main(["--faults", "typed"]) == 4
    assert "'typed'" in capsys.readouterr().err


def test_a_start_that_fails_is_one_line_and_3(capsys, monkeypatch, tmp_path):
    """A defect of the machine, not wrong usage."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert main([]) == 3
    assert capsys.readouterr().err.startswith("demo: the demo target did not start: ")
