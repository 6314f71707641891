"""A run of a scanner is evidence, or a Gap that says why not. It is never "no findings"."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from checks.evidence import Gap, Reading
from checks.scanners.run import scan
from checks.scanners.scanner import About, Scan, Scanned, Tool, known
from checks.secrets import Secret
from tests.checks.scanners.conftest import any_json

WRITES = "open(sys.argv[1], 'w').write('{\"found\": []}')"


def gap(found) -> Gap:
    """The Gap that a run has to be."""
    assert isinstance(found, Gap), found
    assert found.subject == "code.scan"
    assert found.source.startswith("scanner ")
    return found


def test_a_scanner_that_is_not_there_is_a_gap(fake, monkeypatch, tmp_path):
    """Its remedy says how to install it."""
    what = fake(WRITES)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = gap(scan(what))
    assert "not installed" in found.reason
    assert found.remedy == "install it"


def test_a_scan_that_writes_its_report_is_evidence(fake):
    """The passing twin of all the gaps here."""
    before = time.time()
    found = scan(fake(WRITES))
    assert isinstance(found, Scanned)
    assert (found.tool, found.version, found.exit_code, found.subject) == ("scanner", "1.2.3", 0, "code")
    assert found.command == f"scanner {found.output}"
    assert found.output.read_text() == '{"found": []}'
    assert before - 1 <= found.started <= time.time()
    assert found.database_age is None
    took, version = found.evidence()
    assert (took.subject, took.unit) == ("code.scan.took", "s")
    assert (version.subject, version.value) == ("code.scan.version", "1.2.3")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("pass", "wrote no report"),
        ("open(sys.argv[1], 'w')", "its report is empty"),
        ("open(sys.argv[1], 'w').write(' \\n')", "its report is empty"),
        ("open(sys.argv[1], 'w').write('{\"found\": [')", "no JSON, or was cut off"),
        ("open(sys.argv[1], 'w').write('<html>')", "no JSON"),
        ("open(sys.argv[1], 'w').write('null')", "neither a JSON object nor a list"),
        ("open(sys.argv[1], 'wb').write(b'\\xff\\xfe\\xfd')", "no JSON"),
        ("open(sys.argv[1], 'w').write('[' * 200_000)", "no JSON"),
        ("os.mkdir(sys.argv[1])", "can't be read"),
        (WRITES + "; sys.exit(2)", "exit code 2"),
        (WRITES + "; raise OSError('no such planet')", None),
        (WRITES + "; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        (WRITES + "; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    ],
)
def test_a_run_without_a_whole_report_is_a_gap(fake, source, words):
    """Whatever went wrong, and though a report may lie there: exit code, signal, and report must be in order."""
    what = fake(source, tool=Tool("scanner", "", frozenset({0}), any_json))
    found = gap(scan(what))
    assert (words or "no such planet") in found.reason
    assert not what.output.is_file()


def test_only_declared_exit_codes_mean_that_it_ran(fake):
    """1 is "findings" for one tool and "crashed" for another."""
    what = fake(WRITES + "; sys.exit(1)")
    assert isinstance(scan(what), Scanned)
    gap(scan(replace(what, tool=replace(what.tool, ran=frozenset({0})))))


def test_the_report_of_an_earlier_run_does_not_count(fake):
    """A scanner that wrote nothing this time must not pass by what it wrote last week."""
    what = fake("pass")
    what.output.parent.mkdir()
    what.output.write_text('{"found": []}')
    assert "wrote no report" in gap(scan(what)).reason


def test_a_report_that_shows_nothing_scanned_is_a_gap(fake):
    """A tool that says 0 and "no findings" in an empty folder proves nothing."""
    tool = Tool("scanner", "", frozenset({0}), lambda document: "" if document["found"] else "it saw no file")
    assert "scanner: it saw no file" in gap(scan(fake(WRITES, tool=tool))).reason


def test_what_is_to_be_scanned_has_to_be_there(fake, tmp_path):
    """Some scanners are content with a folder that does not exist."""
    what = fake(WRITES, needs=(Path("src"),))
    assert "there is no src" in gap(scan(what)).reason
    (tmp_path / "src").mkdir()
    assert isinstance(scan(what), Scanned)
    assert "there is no folder" in gap(scan(replace(what, root=tmp_path / "nowhere"))).reason


def test_parts_that_a_report_proves_nothing_about_are_gaps_beside_it(fake):
    """The findings that it has still count."""
    found = scan(fake(WRITES, parts=lambda document: {"licence": "it saw none"}))
    assert isinstance(found, Scanned)
    (only,) = found.gaps
    assert (only.subject, only.reason) == ("code.licence", "scanner: it saw none")
    assert only in found.evidence()


def test_last_words_are_shown_short_and_without_secrets(fake):
    """Escape codes, secrets, credentials in URLs and thousands of lines don't get into a report."""
    source = """
        for number in range(20_000): print("noise", number, file=sys.stderr)
        print("\\x1b[31mFATAL\\x1b[0m", os.environ["TOKEN"], "https://joe:pa55@host/x\\x00", file=sys.stderr)
        sys.exit(3)
    """
    found = gap(scan(fake(textwrap.dedent(source), environment={"TOKEN": Secret("s3cr3t-t0ken")})))
    assert "FATAL *** https://***@host/x" in found.reason
    assert "s3cr3t" not in repr(found)
    assert "pa55" not in repr(found)
    assert "\x1b" not in found.reason
    assert len(found.reason) < 800


@pytest.mark.parametrize("behind", [575, 580, 590])
def test_a_secret_at_the_cut_is_masked_as_a_whole(fake, behind):
    """Half of a secret would not be known as one: masking comes before shortening."""
    source = f"print(os.environ['TOKEN'] + 'y' * {behind}, file=sys.stderr); sys.exit(3)"
    found = gap(scan(fake(source, environment={"TOKEN": Secret("0123456789abcdefghijklmnopq")})))
    assert "lmnopq" not in found.reason
    assert "yyy" in found.reason


def test_inherited_secrets_are_masked_too(fake, monkeypatch):
    """A token that the tool is handed on from the surroundings is as secret as one from the environment's file."""
    monkeypatch.setenv("MY_TOKEN", "inherited-s3cr3t")
    tool = Tool("scanner", "", frozenset({0}), any_json, passes=frozenset({"MY_TOKEN"}))
    found = gap(scan(fake("print(os.environ['MY_TOKEN']); sys.exit(9)", tool=tool)))
    assert "s3cr3t" not in repr(found)
    assert "***" in found.reason


def test_known_words_become_a_reason_and_a_remedy(fake):
    """And its own words are kept."""
    tool = Tool("scanner", "", frozenset({0}), any_json, known=(known("no such table", "no database", "download it"),))
    found = gap(scan(fake("print('FATAL No such TABLE: cve', file=sys.stderr); sys.exit(1)", tool=tool)))
    assert found.reason == "scanner: no database; its last words: FATAL No such TABLE: cve"
    assert found.remedy == "download it"


def test_variables_that_could_hide_findings_are_not_inherited(fake, monkeypatch):
    """Only what is declared goes in: paths, proxies, and what the tool or the scan names."""
    monkeypatch.setenv("SCANNER_SEVERITY", "NONE")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("SCANNER_CACHE", "/cache")
    tool = Tool("scanner", "", frozenset({0}), any_json, passes=frozenset({"SCANNER_CACHE"}), sets={"QUIET": "1"})
    source = "import json; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"
    found = scan(fake(source, tool=tool, environment={"SCANNER_USER": "joe"}))
    seen = found.output.read_text()
    assert "SCANNER_SEVERITY" not in seen
    for name in ("HTTPS_PROXY", "SCANNER_CACHE", "QUIET", "SCANNER_USER", "PATH"):
        assert f'"{name}"' in seen


def test_standard_input_is_closed(fake):
    """A tool that asks a question gets no answer, and does not wait for one."""
    assert "EOFError" in gap(scan(fake("input()", tool=Tool("scanner", "", frozenset({0}), any_json)))).reason


def test_what_is_printed_can_be_the_report(fake):
    """And is then not repeated as last words."""
    what = fake("print('{}')", to_stdout=True)
    assert isinstance(scan(what), Scanned)
    found = gap(scan(fake("print('{\"secret\"'); print('broken', file=sys.stderr); sys.exit(5)", to_stdout=True)))
    assert "broken" in found.reason
    assert "secret" not in found.reason


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not yet cleared away does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(*pids: int) -> bool:
    """Whether none of these processes is left, or will be in a moment."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


FAMILY = """
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(300)"])
open({pids!r} + ".new", "w").write(f"{{os.getpid()}} {{child.pid}}")
os.rename({pids!r} + ".new", {pids!r})
"""


def pids_in(path: Path) -> list[int]:
    """The processes that a test's program noted down."""
    until = time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.02)
    return [int(pid) for pid in path.read_text().split()]


@pytest.mark.parametrize("stubborn", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"])
def test_a_scanner_that_hangs_is_killed_with_its_children(fake, tmp_path, stubborn):
    """Also one that does not listen to SIGTERM. What it had written is no report."""
    pids = tmp_path / "pids"
    source = f"{stubborn}\n{WRITES}\nprint('at it', file=sys.stderr, flush=True)"
    source += FAMILY.format(pids=str(pids)) + "time.sleep(300)"
    what = fake(source, deadline=1.0)
    found = gap(scan(what))
    assert found.reason == "scanner did not finish within 1 s; its last words: at it"
    assert not what.output.exists()
    assert gone(*pids_in(pids))


def test_children_that_a_scanner_leaves_behind_are_killed(fake, tmp_path):
    """Also after a good end."""
    pids = tmp_path / "pids"
    assert isinstance(scan(fake(WRITES + FAMILY.format(pids=str(pids)))), Scanned)
    assert gone(*pids_in(pids))


def test_a_scanner_that_writes_without_end_is_stopped(fake, monkeypatch):
    """Before it fills the disk."""
    monkeypatch.setattr("checks.scanners.run._LARGEST", 1 << 20)
    found = gap(scan(fake("while True: sys.stderr.write('x' * 65536 + chr(10))")))
    assert "wrote more than" in found.reason


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_process(fake, tmp_path, number):
    """The scanner and its child end with the run that started them."""
    pids = tmp_path / "pids"
    fake(FAMILY.format(pids=str(pids)) + "time.sleep(300)")
    runner = tmp_path / "runner.py"
    runner.write_text(
        textwrap.dedent(f"""
        import signal, sys
        sys.path.insert(0, {str(Path(__file__).parents[3])!r})
        from pathlib import Path
        from checks.scanners.run import scan
        from checks.scanners.scanner import Scan, Tool
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        scan(Scan(Tool("scanner", "", frozenset([0]), str), "code", ("report",), Path("report").absolute()))
        """)
    )
    running = subprocess.Popen([sys.executable, runner], cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        family = pids_in(pids)
        assert all(alive(pid) for pid in family)
        os.kill(running.pid, number)
        running.wait(30)
    finally:
        running.kill()
        running.wait()
    assert gone(*family)


def test_a_version_that_is_not_told_is_a_gap(program, fake):
    """The scan itself stands."""
    what = fake(WRITES)
    program("scanner", "if sys.argv[1] == '--version': sys.exit(4)\n" + WRITES)
    found = scan(what)
    assert found.version == ""
    version = found.evidence()[1]
    assert isinstance(version, Gap)
    assert version.subject == "code.scan.version"


def test_a_version_in_the_report_saves_asking(fake):
    """As Checkov's, whose start takes seconds."""
    tool = Tool("scanner", "", frozenset({0}), any_json, tells=lambda document: "9.9.9")
    assert scan(fake(WRITES, tool=tool)).version == "9.9.9"


def test_the_age_of_the_database_is_a_reading(fake):
    """A gate can limit it."""
    age = Reading("code.scan.database_age", 60.0, "s")
    tool = Tool("scanner", "", frozenset({0}), any_json, about=lambda text, subject: About("1", age))
    found = scan(fake(WRITES, tool=tool))
    assert found.database_age == 60.0
    assert age in found.evidence()


def test_a_program_that_cannot_be_started_is_a_gap(fake, program):
    """Its interpreter is missing, say."""
    what = fake(WRITES)
    path = program("scanner", "")
    path.write_text("#!/nowhere/python\n")
    assert "could not be started" in gap(scan(what)).reason


def test_large_reports_are_looked_at_without_being_held(fake, monkeypatch):
    """A whole one counts, one that was cut off does not."""
    monkeypatch.setattr("checks.scanners.report._HELD", 100)
    monkeypatch.setattr("checks.scanners.report._EDGE", 50)
    assert isinstance(scan(fake("open(sys.argv[1], 'w').write(' [' + '1,' * 500 + '1] ')")), Scanned)
    assert "cut off" in gap(scan(fake("open(sys.argv[1], 'w').write('[' + '1,' * 500)"))).reason


def test_a_deadline_that_leaves_no_time_is_a_mistake(fake):
    """It would make every scan a gap."""
    with pytest.raises(ValueError, match="deadline"):
        fake(WRITES, deadline=0)
    with pytest.raises(ValueError, match="deadline"):
        Scan(Tool("scanner", "", frozenset({0}), any_json), "code", (), Path("/x"), deadline=float("nan"))
