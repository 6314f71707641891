"""A turn is `pytest --env` in a process of its own; what it leaves is read again, and nothing of it stays."""

import json
import os
import time
from pathlib import Path

import pytest

from gates.watching.process import Verification, last_line
from gates.watching.turn import Kind, Stopped
from reports.verdict import Verdict

ENVIRONMENT = """\
service: shop
release: {{url: /version, id: id}}
base_url: {url}
endpoints: {{health: {{http: /health, timeout: 20s}}}}
gates: {{health: {{}}}}
"""
VERSION = b'{"id": "1.4.2"}'


@pytest.fixture
def verification(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(url="http://127.0.0.1:9", text=ENVIRONMENT, **given):
        Path("shop.yaml").write_text(text.format(url=url))
        known = {"environment": "shop", "stage": "full", "folder": tmp_path / "turns", "timeout": 60.0}
        return Verification({"--env": "shop.yaml"}, **{**known, **given})

    return make


@pytest.fixture
def service(servers):
    """Answers with 200; `/version` says which release it is."""

    def answer(asked):
        body = VERSION if "version" in asked.line else b"ok"
        return f"HTTP/1.1 200 X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    return servers.http(answer)


def test_a_turn_that_passes(verification, service, tmp_path, monkeypatch):
    """Its report is in its folder, and its state store, too: nobody else's is touched."""
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "kept.sqlite3"))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    turn = verification(service.url).turn(7, Kind.RECHECK, 12.5)
    assert (turn.verdict, turn.trouble, turn.number, turn.at) == (Verdict.PASS, "", 7, 12.5)
    assert turn.report.release.id == "1.4.2"
    assert Path(turn.folder).name == "007-recheck"
    assert not (tmp_path / "kept.sqlite3").exists()


def test_a_turn_that_fails(verification, dead_port):
    """The failed criteria are named."""
    turn = verification(f"http://127.0.0.1:{dead_port}").turn(1, Kind.TURN, 0.0)
    assert turn.verdict is Verdict.FAIL
    assert "health: health.up = true" in [str(criterion) for criterion in turn.failed]


def test_wrong_configuration(verification):
    """It stops the watch, with pytest's own words."""
    turn = verification(text="service: shop\ngates: {{}}\n").turn(1, Kind.TURN, 0.0)
    assert turn.stopped is Stopped.USAGE
    assert "gates" in turn.trouble


def test_a_report_of_something_else(verification, service):
    """It does not count."""
    turn = verification(service.url, environment="production").turn(1, Kind.TURN, 0.0)
    assert (turn.verdict, turn.trouble) == (Verdict.INCONCLUSIVE, "its report is of stage full in shop")


def test_a_turn_that_hangs_is_ended(verification, servers):
    """With everything that it started, and in time."""

    async def silent(asked, writer):
        import asyncio

        await asyncio.sleep(60)

    began = time.monotonic()
    turn = verification(servers.http(silent).url, timeout=3.0).turn(1, Kind.TURN, 0.0)
    assert time.monotonic() - began < 30
    assert turn.verdict is Verdict.INCONCLUSIVE
    assert "it was ended after 3 s" in turn.trouble
    assert not [pid for pid in _children() if b"--env=shop.yaml" in pid]


def _children():
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            parent = int(path.with_name("stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid():
                yield path.read_bytes()
        except OSError:
            continue


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.unlink(), "it left no report"),
        (lambda path: path.write_text("{"), "its report can't be read"),
        (lambda path: path.write_text(path.read_text()[:-50]), "its report can't be read"),
        (lambda path: path.write_text(_aged(path.read_text())), "its report is older than the turn"),
    ],
)
def test_a_report_that_does_not_count(verification, service, damage, words, monkeypatch):
    """Missing, torn, or somebody else's: INCONCLUSIVE, whatever the exit code was."""
    one = verification(service.url)
    run = Verification._run

    def damaged(self, folder):
        code = run(self, folder)
        damage(folder / "gate-report.json")
        return code

    monkeypatch.setattr(Verification, "_run", damaged)
    turn = one.turn(1, Kind.TURN, 0.0)
    assert turn.verdict is Verdict.INCONCLUSIVE
    assert words in turn.trouble


def _aged(text):
    document = json.loads(text)
    document["started"] = "2020-01-01T00:00:00.000Z"
    return json.dumps(document)


def test_what_a_run_said_last(tmp_path):
    """An error before anything else, and no secret."""
    from checks.secrets import Secret

    Secret("hunter-4711", "PASSWORD")
    path = tmp_path / "output.txt"
    path.write_text("a\nERROR: no such stage hunter-4711\nfoot\n")
    assert last_line(path) == ": ERROR: no such stage ***"
    path.write_text("")
    assert last_line(path) == ""
