"""`tidegate watch` from beginning to end: real turns, on a service that a test makes fail, recover and vanish."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.store import open_store
from tests.checks.conftest import dead_port, loop_thread, servers
from tidegate.cli import main

__all__ = ["dead_port", "loop_thread", "servers"]

ENVIRONMENT = """\
service: shop
release: {{url: /version, id: id}}
base_url: {url}
endpoints: {{health: {{http: /health, timeout: 5s}}}}
gates: {{health: {{}}}}
watch: {{for: 2s, every: 1s, recheck: 100ms, back_off: 100ms}}
"""


@pytest.fixture
def service(servers, tmp_path, monkeypatch):
    """`service(200, 500, 200)`: what /health answers, one after the other, and the last one for good."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "state.sqlite3"))

    def start(*statuses, text=ENVIRONMENT):
        left = list(statuses)

        def answer(asked):
            body = b'{"id": "1.4.2"}'
            status = 200
            if "health" in asked.line:
                status = left.pop(0) if len(left) > 1 else left[0]
            return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

        Path("shop.yaml").write_text(text.format(url=servers.http(answer).url))

    return start


def watched():
    return json.loads(Path("tidegate-report/watch.json").read_text())


def test_a_watch_that_passes(service, capsys):
    """Its turns are shown as they come; the deciding one is kept, and no other."""
    service(200)
    assert main(["watch", "--env=shop.yaml"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("tidegate · watching shop in shop · stage full · 2 s, every 1 s\n")
    assert "PASS  nothing failed twice in" in out
    found = watched()
    assert (found["verdict"], found["release"]) == ("PASS", "1.4.2")
    assert json.loads(Path("tidegate-report/gate-report.json").read_text())["decision"] == "promote"
    store = open_store()
    try:
        assert len(store.history(environment="shop")) == 1
    finally:
        store.close()


def test_a_failure_is_confirmed(service, capsys):
    """It fails twice, and the watch ends early."""
    service(200, 500)
    assert main(["watch", "--env=shop.yaml", "--for=60s"]) == 1
    assert [(turn["kind"], turn["verdict"]) for turn in watched()["turns"]] == [
        ("turn", "PASS"),
        ("turn", "FAIL"),
        ("recheck", "FAIL"),
    ]
    (confirmed,) = watched()["confirmed"]
    assert (confirmed["gate"], confirmed["subject"]) == ("health", "health.status")
    assert json.loads(Path("tidegate-report/gate-report.json").read_text())["decision"] == "reject"
    assert (
        "FAIL  health: health.status = 200: 500, wanted = 200; so it was 100 ms later, too" in capsys.readouterr().out
    )


def test_a_failure_that_passes_again(service):
    """The twin: one bad answer."""
    service(500, 200)
    assert main(["watch", "--env=shop.yaml", "--for=1s"]) == 0
    assert [turn["verdict"] for turn in watched()["turns"]][:3] == ["FAIL", "PASS", "PASS"]


def test_measuring_that_fails(service, dead_port, capsys):
    """A Prometheus that is down is INCONCLUSIVE in each turn: hold, and no rejection."""
    place = f"{{{{prometheus: {{{{url: 'http://127.0.0.1:{dead_port}'}}}}"
    more = f"metrics: {place}, queries: {{{{cpu: {{{{preset: cpu}}}}}}}}}}}}\n"
    service(200, text=ENVIRONMENT.replace("gates: {{health: {{}}}}", "gates: {{health: {{}}, metrics: {{}}}}") + more)
    assert main(["watch", "--env=shop.yaml", "--for=500ms"]) == 10
    assert {turn["verdict"] for turn in watched()["turns"]} == {"INCONCLUSIVE"}
    assert "connection refused" in watched()["headline"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--for=soon"], "--for: 'soon' is not an amount"),
        (["--for=5"], "--for: '5' is in '1', wanted an amount in 's'"),
        (["--every=0s"], "--every=0s is out of range"),
        (["--turn-timeout=1y"], "--turn-timeout: "),
        (["--stage=nothing"], "there is no stage 'nothing'"),
        (["--report-dir=shop.yaml/x"], "can't be written"),
    ],
)
def test_wrong_usage(service, capsys, arguments, words):
    """One line, and nothing is measured."""
    service(200)
    assert main(["watch", "--env=shop.yaml", *arguments]) == 4
    assert words in capsys.readouterr().err


def test_an_environment_that_is_wrong(tmp_path, monkeypatch, capsys):
    """Or that is not there."""
    monkeypatch.chdir(tmp_path)
    assert main(["watch", "--env=nowhere.yaml"]) == 4
    Path("shop.yaml").write_text("service: shop\ngates: {health: {}}\nwatch: {for: 900}\n")
    assert main(["watch", "--env=shop.yaml"]) == 4
    assert "shop.yaml:3:9: watch.for: 900 has no unit" in capsys.readouterr().err
    Path("shop.yaml").write_text("service: shop\ngates: {health: {}}\nwatch: {stage: ful}\n")
    assert main(["watch", "--env=shop.yaml"]) == 4
    assert "watch.stage: there is no stage 'ful'; did you mean 'full'?" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_still_reports(service, number):
    """In the middle of a turn or between two: the report is written, no process and no decision stay."""
    service(200)
    command = [sys.executable, "-c", "import sys; from tidegate.cli import main; sys.exit(main())"]
    process = subprocess.Popen(
        [*command, "watch", "--env=shop.yaml", "--for=60s", "--every=500ms"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        while "turn     PASS" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(number)
        out = process.stdout.read()
        assert process.wait(20) == 2
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    assert "INCONCLUSIVE  it was interrupted after" in out
    assert watched()["interrupted"] is True
    assert not Path("tidegate-report/gate-report.json").exists()
    time.sleep(0.2)
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path)]
    assert not [line for line in running if f"--report-dir={Path.cwd()}".encode() in line]


def _readable(path):
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def test_every_option_is_on_the_page():
    """With the words of its help."""
    import argparse

    from tidegate.commands.watch import add_arguments

    page = (Path(__file__).parents[2] / "docs/watch.md").read_text()
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    for action in parser._actions:
        flag = action.option_strings[0] + (f"={action.metavar}" if action.metavar else "")
        assert f"| `{flag}` | {action.help} |" in page
