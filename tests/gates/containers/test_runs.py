"""A whole run against a private engine: what a person sees, and the exit code."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ENVIRONMENT = """\
service: shop
containers:
  engine: {engine}
  watch: 300ms
  every: 200ms
  services:
    web: {{project: shop, service: web, replicas: {replicas}, image: release, ready_within: 1s}}
gates: {{containers: {{}}}}
"""


@pytest.fixture
def run(tmp_path, box):
    """Run `pytest --env` as a user does."""

    def started(replicas, *options, engine=""):
        (tmp_path / "env.yaml").write_text(ENVIRONMENT.format(engine=engine or box.url, replicas=replicas))
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--env=env.yaml", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "COLUMNS": "160"},
        )

    return started


def careful(box, number):
    box.service(f"shop-web-{number}", mem_limit="64m", nano_cpus=500_000_000, restart_policy={"Name": "unless-stopped"})


def test_a_run_promotes_and_rejects_and_holds(run, box):
    """All replicas of the release: 0. One is missing: 1, with its words. No engine: 10, with the next step."""
    careful(box, 1)
    good = run(1, f"--release={box.image.id}")
    assert good.returncode == 0, good.stdout + good.stderr
    bad = run(2, f"--release={box.image.id}")
    assert bad.returncode == 1, bad.stdout + bad.stderr
    assert "web.replicas: 1 (running: shop-web-1), wanted = 2" in bad.stdout
    assert "web.ready: not ready after 1 s" in bad.stdout
    lost = run(1, f"--release={box.image.id}", engine="unix:///run/nobody.sock")
    assert lost.returncode == 10, lost.stdout + lost.stderr
    assert "there is no engine at unix:///run/nobody.sock" in lost.stdout
    assert "Traceback" not in bad.stdout + bad.stderr + lost.stdout + lost.stderr


def test_workers_judge_what_was_looked_at_once(run, box):
    """With pytest-xdist the engine is asked by one process."""
    careful(box, 1)
    spread = run(1, f"--release={box.image.id}", "-n", "2")
    assert spread.returncode == 0, spread.stdout + spread.stderr


def test_nothing_is_asked_to_collect(run):
    """`--collect-only` opens no socket."""
    listed = run(1, "--collect-only", "-q", engine="unix:///run/nobody.sock")
    assert "test_containers[web]" in listed.stdout
    assert "nobody.sock" not in listed.stdout
