"""A whole run over real files: what a person sees, and the exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENVIRONMENT = """\
service: shop
logs:
  sources:
    app: {files: "app.json*", since: 15min, errors: {}, contract: {}, personal_data: forbidden}
gates: {logs: {}}
"""


@pytest.fixture
def run(place):
    """Run `pytest --env` as a user does."""

    def started(*options):
        (place / "env.yaml").write_text(ENVIRONMENT)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--env=env.yaml", "--release=1.4.2", *options],
            cwd=place,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(place), "COLUMNS": "160"},
        )

    return started


def test_a_run_promotes_and_rejects_and_holds(run, write, line):
    """A good log: 0. A phone number in it: 1, and the number is in no file of the report. No log: 10."""
    write(line(), line())
    good = run()
    assert good.returncode == 0, good.stdout + good.stderr
    path = write(line(), line("Kim called from 010-1234-5678 about account 4111 1111 1111 1111"))
    bad = run()
    assert bad.returncode == 1, bad.stdout + bad.stderr
    reports = list((path.parent / "tidegate-report").rglob("*"))
    assert len(reports) >= 3
    written = "".join(report.read_text(errors="replace") for report in reports if report.is_file())
    assert f"{path}:2 ***-****-****" in written
    for secret in ("010-1234-5678", "4111 1111", "Kim"):
        assert secret not in written + bad.stdout + bad.stderr
    path.unlink()
    lost = run("-n", "2")
    assert lost.returncode == 10, lost.stdout + lost.stderr
    assert "no file matches" in lost.stdout
    assert "Traceback" not in lost.stdout + lost.stderr


def test_nothing_is_read_to_collect(run, write):
    """`--collect-only` reads no log: this one could not be read in an hour."""
    with write().open("wb") as file:
        file.truncate(1 << 40)
    listed = run("--collect-only", "-q")
    assert "test_logs[app]" in listed.stdout
