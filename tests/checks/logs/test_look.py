"""A source is read by a process of its own: bounded in time and memory, gone when the look is over, secrets masked."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.evidence import Gap, evidence_to_dict
from checks.logs.look import look_at_logs
from checks.logs.probes import ErrorRule, Files, LogProbe, Window
from checks.logs.zones import zone_of
from checks.secrets import Secret


def written(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    return Files((str(path),))


def see(source, say=lambda _: None, **options):
    found = look_at_logs([LogProbe("app", source, **options)], say=say)["app"]
    return {e.subject.removeprefix("app."): e for e in found}


def error(message="boom", level="error"):
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"@timestamp": moment, "level": level, "message": message})


def children():
    """Processes of ours that read logs."""
    ran = subprocess.run(
        ["pgrep", "-f", "checks.logs.worker", "-P", str(os.getpid())], capture_output=True, check=False
    )
    return ran.stdout.split()


def test_no_probe_no_process():
    """Nothing to look at."""
    assert look_at_logs([]) == {}


def test_two_probes_of_one_name_are_refused(tmp_path):
    """Evidence is kept by name."""
    probe = LogProbe("app", written(tmp_path / "a.log"))
    with pytest.raises(ValueError, match="two looks have the name 'app'"):
        look_at_logs([probe, probe])


def test_several_sources_are_read_in_the_order_of_their_probes(tmp_path):
    """Each by its own process; what is missing of one says nothing of another."""
    probes = [
        LogProbe(name, written(tmp_path / f"{name}.log", *(["ERROR x"] * number)), errors=ErrorRule())
        for number, name in enumerate(("none", "one", "two"))
    ]
    found = look_at_logs([*probes, LogProbe("lost", Files((f"{tmp_path}/*.lost",)))])
    assert list(found) == ["none", "one", "two", "lost"]
    assert [found[name][1].value for name in ("one", "two")] == [1, 2]
    assert found["none"][0].reason == "the log is empty"
    assert found["lost"][0].reason == f"no file matches {tmp_path}/*.lost"
    assert children() == []


def test_evidence_has_a_source_that_can_be_pasted(tmp_path):
    """A command that shows the same lines."""
    assert see(written(tmp_path / "a.log", "x"))["lines"].source == f"cat {tmp_path}/a.log"


@pytest.mark.parametrize("where", ["fatal", "patterns", "ignore"])
def test_a_pattern_that_never_ends_is_named(tmp_path, where):
    """Python's re would try for years; the twin is written without repeats inside of repeats."""
    source = written(tmp_path / "a.log", error("a" * 60 + "!", "info" if where == "patterns" else "error"))

    def options(pattern):
        rules = {"patterns": (pattern,)} if where == "patterns" else {"ignore": (pattern,)} if where == "ignore" else {}
        return {"errors": ErrorRule(**rules), "fatal": (pattern,) if where == "fatal" else ()}

    began = time.monotonic()
    found = see(source, **options(r"(a+)+$"))
    assert time.monotonic() - began < 30
    assert isinstance(found["lines"], Gap)
    assert found["lines"].reason == f"the pattern '(a+)+$' took more than 3 s on one line, {tmp_path}/a.log:1"
    assert "repeats" in found["lines"].remedy
    assert all(isinstance(evidence, Gap) for evidence in found.values())
    assert not isinstance(see(source, **options(r"a+$"))["lines"], Gap)


def test_a_look_that_takes_too_long_is_a_gap(tmp_path):
    """Whatever it is that takes so long: its process is gone after the deadline."""
    log = tmp_path / "a.log"
    with log.open("wb") as file:
        file.truncate(1 << 34)  # 16 GiB of nothing
    began = time.monotonic()
    said = []
    found = see(Files((str(log),)), say=said.append, timeout=4.0)
    assert time.monotonic() - began < 20
    assert list(found) == ["lines"]
    assert "was not read within 4 s: read " in found["lines"].reason
    assert "timeout:" in found["lines"].remedy
    assert any("log app: read" in words for words in said)
    assert children() == []


def test_a_large_log_is_read_in_bounded_memory(tmp_path):
    """64 MB of lines and of one endless line: the process stays below 100 MB."""
    log = tmp_path / "a.log"
    line = f"{error(level='info')}\n".encode()
    with log.open("wb") as file:
        for _ in range(32):
            file.write(line * (1_000_000 // len(line)))
        for _ in range(32):
            file.write(b"x" * 1_000_000)
        file.write(b"\n")
    program = """
import resource, sys
sys.path[:] = eval(sys.argv[1])
from checks.logs.look import look_at_logs
from checks.logs.probes import *
found = look_at_logs([LogProbe("app", Files((sys.argv[2],)), errors=ErrorRule(), personal=("jwt",))])["app"]
print(found[0].value, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program, repr(sys.path), str(log)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines, kilobytes = map(int, ran.stdout.split())
    assert lines == 32 * (1_000_000 // len(line)) + 1
    assert kilobytes < 100_000


def test_secrets_that_this_process_knows_are_masked(tmp_path):
    """The process that reads knows none of them."""
    Secret("hunter2-hunter2")
    found = see(written(tmp_path / "a.log", error("wrong password hunter2-hunter2")), errors=ErrorRule())
    assert found["errors"].detail.endswith("wrong password ***")
    assert "hunter2" not in str([evidence_to_dict(e) for e in found.values()])


def test_a_process_that_ends_by_itself_is_a_gap(tmp_path):
    """What it said last is told; no traceback reaches anybody."""
    found = see(written(tmp_path / "a.log", "x"), zone="Nowhere/Land")
    assert isinstance(found["lines"], Gap)
    assert "ended with 1: ValueError: 'Nowhere/Land' is no time zone" in found["lines"].reason


def test_ctrl_c_leaves_no_process(tmp_path):
    """The child is killed with whoever waits for it."""
    log = tmp_path / "a.log"
    with log.open("wb") as file:
        file.truncate(1 << 34)

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        see(Files((str(log),)), say=interrupt)
    assert children() == []


def test_a_child_ends_with_its_parent(tmp_path):
    """Also where the parent was killed and could not end it."""
    log = tmp_path / "a.log"
    with log.open("wb") as file:
        file.truncate(1 << 34)
    program = """
import sys
sys.path[:] = eval(sys.argv[1])
from checks.logs.look import look_at_logs
from checks.logs.probes import *
look_at_logs([LogProbe("app", Files((sys.argv[2],)))], say=lambda words: print(words, flush=True))
"""
    parent = subprocess.Popen([sys.executable, "-c", program, repr(sys.path), str(log)], stdout=subprocess.PIPE)
    try:
        assert b"log app" in parent.stdout.readline()
        ran = subprocess.run(["pgrep", "-P", str(parent.pid)], capture_output=True, check=True)
        child = int(ran.stdout.split()[0])
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return  # it ended, and whoever inherited it has not noticed yet
        time.sleep(0.2)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the child goes on", pytrace=False)


def test_a_window_of_time(tmp_path):
    """From the deployment on."""
    old = json.dumps({"@timestamp": "2020-01-01T00:00:00Z", "level": "error"})
    source = written(tmp_path / "a.log", old, error(level="info"))
    assert see(source, errors=ErrorRule(), window=Window(since=time.time() - 60))["errors"].value == 0
    assert see(source, errors=ErrorRule())["errors"].value == 1


@pytest.mark.parametrize(("text", "hours"), [("UTC", 0), ("Asia/Seoul", 9), ("+09:00", 9), ("-0330", -3.5)])
def test_zones(text, hours):
    """By name, or by hours."""
    assert zone_of(text).utcoffset(datetime(2026, 1, 1)).total_seconds() == hours * 3600  # noqa: DTZ001


@pytest.mark.parametrize("text", ["", "Seoul", "../../etc/passwd", "+9", "/etc/passwd", "\x00"])
def test_what_is_no_zone(text):
    """With what could be written."""
    with pytest.raises(ValueError, match="write UTC, Asia/Seoul or"):
        zone_of(text)
