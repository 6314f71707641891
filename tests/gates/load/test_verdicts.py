"""Each way in which a target or a generator can go wrong has its exact verdict and cause; the twin beside it passes.

Real load through `pytest --env`, in processes of its own: one run with many profiles, and a few more.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.gates.load.bad_server import BadServer

psutil = pytest.importorskip("psutil")

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.alone,
]

ENDPOINTS = """\
service: shop
base_url: http://127.0.0.1:{port}
endpoints:
  ok: {{http: /ok, timeout: 1s}}
  unavailable: {{http: /503, timeout: 1s}}
  limited: {{http: /429, timeout: 1s}}
  reset: {{http: /reset, timeout: 1s}}
  hang: {{http: /hang, timeout: 1s}}
  slow: {{http: /slow, timeout: 1s}}
  warming: {{http: /warming, timeout: 1s}}
  dead: {{http: "http://127.0.0.1:{dead}/ok", timeout: 1s}}
  dying: {{http: "http://127.0.0.1:{dying}/ok", timeout: 1s}}
"""
#: Fifty arrivals per second for three seconds; short drains, as nobody has to wait for what hangs.
COMMON = "duration: 3s, drain: 700ms, generator: {cpu: '<= 100 %', lateness: '<= 5s'}"
OPEN = f"rate: 50/s, {COMMON}"
WANTED = "objectives: ['p95 <= 300ms', 'rps >= 20']"
OF_EACH = ", ".join(
    f"'{metric} of {name} <= {limit}'"
    for name in ("unavailable", "limited", "reset", "dead")
    for metric, limit in (("error_ratio", "1 %"), ("p95", "300ms"))
)
PROFILES = f"""\
load:
  caps: {{requests: 100000}}
  profiles:
    warming: {{{OPEN}, mix: {{warming: 1}}, {WANTED}}}
    warmed: {{{OPEN}, warm_up: 1s, mix: {{warming: 1}}, {WANTED}}}
    ok: {{{OPEN}, mix: {{ok: 1}}, {WANTED}}}
    users: {{users: 3, think_time: 50ms, {COMMON}, mix: {{ok: 1}}, {WANTED}}}
    twice: {{{OPEN}, processes: 2, mix: {{ok: 1}}, {WANTED}}}
    bad: {{{OPEN}, mix: {{unavailable: 1, limited: 1, reset: 1, dead: 1}}, objectives: ['rps >= 20', {OF_EACH}]}}
    hang: {{{OPEN}, mix: {{hang: 1}}, {WANTED}}}
    hanging-users: {{users: 3, {COMMON}, mix: {{hang: 1}}, {WANTED}}}
    slow: {{{OPEN}, mix: {{slow: 1000000, ok: 0.000001}}, objectives: ['p95 of slow <= 300ms', 'p95 of ok <= 1s']}}
    queue: {{{OPEN}, max_in_flight: 3, mix: {{slow: 1}}, objectives: ['p95 <= 700ms']}}
    dying: {{{OPEN}, mix: {{dying: 1}}, {WANTED}}}
gates: {{load: {{}}}}
"""


def tidegate(folder: Path, *options: str) -> subprocess.Popen:
    """`pytest --env` in a process of its own, away from this checkout's settings."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "GITHUB", "TIDEGATE"))}
    environ |= {"TIDEGATE_STATE": str(folder / "state.sqlite3")}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--env={folder / 'env.yaml'}", "-q", *options]
    return subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def judged(folder: Path) -> dict[str, tuple[str, str]]:
    """Verdict and reason by subject."""
    report = json.loads((folder / "tidegate-report" / "gate-report.json").read_text())
    return {
        one["evidence"]["subject"]: (one["verdict"], one["reason"])
        for gate in report["gates"]
        for one in gate["judgements"]
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One run of all profiles: exit code, output, judgements."""
    folder = tmp_path_factory.mktemp("load")
    with BadServer() as server, BadServer(dying=True) as dying, socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets it, and nobody answers
        ports = {"port": server.port, "dying": dying.port, "dead": dead.getsockname()[1]}
        (folder / "env.yaml").write_text(ENDPOINTS.format(**ports) + PROFILES)
        with tidegate(folder) as process:
            output, _ = process.communicate(timeout=200)
    assert (folder / "tidegate-report" / "gate-report.json").exists(), output
    return process.returncode, output, judged(folder)


def test_the_run_fails_as_a_whole(run):
    """Exit code 1, and every profile was judged."""
    code, output, found = run
    assert code == 1, output
    assert {subject.partition(".")[0] for subject in found} == {
        line.split(":")[0].strip() for line in PROFILES.splitlines() if line.startswith("    ")
    }


@pytest.mark.parametrize("profile", ["ok", "users", "twice"])
def test_a_good_target_passes(run, profile):
    """In an open model, in a closed one, and with two processes: the twin of all others."""
    found = {subject: verdict for subject, (verdict, _) in run[2].items() if subject.startswith(f"{profile}.")}
    assert set(found.values()) == {"PASS"}, {s: v for s, v in run[2].items() if s.startswith(f"{profile}.")}
    assert len(found) == 6


@pytest.mark.parametrize(
    ("errors", "times", "cause"),
    [
        ("bad.error_ratio of unavailable", "bad.p95 of unavailable", "status 503"),
        ("bad.error_ratio of limited", "bad.p95 of limited", "status 429"),
        ("bad.error_ratio of reset", "bad.p95 of reset", "reset"),
        ("bad.error_ratio of dead", "bad.p95 of dead", "connection refused"),
        ("hang.error_ratio", "hang.p95", "no answer within 1 s"),
        ("hanging-users.error_ratio", "hanging-users.p95", "no answer within 1 s"),
    ],
)
def test_a_target_that_never_answers_well_fails(run, errors, times, cause):
    """By its errors and its throughput; it has no response time that could pass."""
    found = run[2]
    verdict, reason = found[errors]
    assert (verdict, "100 %" in reason, cause in reason) == ("FAIL", True, True), reason
    assert found[f"{errors.partition('.')[0]}.rps"][0] == "FAIL"
    verdict, reason = found[times]
    assert (verdict, "no request succeeded" in reason) == ("INCONCLUSIVE", True), reason


def test_a_target_that_dies_while_it_is_under_load_fails(run):
    """What came after it died was refused; what it answered before is judged, too."""
    verdict, reason = run[2]["dying.error_ratio"]
    assert (verdict, "connection refused" in reason) == ("FAIL", True), reason


def test_a_target_that_starts_slowly_fails_unless_it_is_warmed_up(run):
    """Its first two seconds are errors; the profile after it has another warm-up and meets it awake."""
    verdict, reason = run[2]["warming.error_ratio"]
    assert (verdict, "status 503" in reason) == ("FAIL", True), reason
    assert run[2]["warmed.error_ratio"][0] == "PASS"


def test_a_slow_target_fails_by_its_response_time_alone(run):
    """It answers everything, and late."""
    found = run[2]
    assert found["slow.p95 of slow"][0] == "FAIL"
    assert found["slow.error_ratio"][0] == "PASS"
    assert found["slow.achieved"][0] == "PASS"


def test_a_request_that_was_never_made_is_inconclusive(run):
    """Its weight is next to nothing; the other one is judged."""
    assert run[2]["slow.p95 of ok"] == ("INCONCLUSIVE", "no request named 'ok' was made")


def test_arrivals_that_could_not_begin_fail(run):
    """Three at once can't take fifty per second of 400 ms each: arrivals wait, and their waiting counts."""
    found = run[2]
    assert found["queue.p95"][0] == "FAIL"
    verdict, reason = found["queue.achieved"]
    assert (verdict, "begun late" in reason) == ("FAIL", True), reason


SHORT = """\
load: {profiles: {steady: {rate: 30/s, duration: 8s, %s mix: {ok: 1}, objectives: ['p95 <= 1s']}}}
gates: {load: {}}
"""


@pytest.fixture
def started(tmp_path):
    """`started(text)`: a run on a good server that goes on, once its load has begun; and its folder."""
    with BadServer() as server:

        def _start(keys):
            text = ENDPOINTS.format(port=server.port, dying=1, dead=1) + SHORT % keys
            (tmp_path / "env.yaml").write_text(text)
            process = tidegate(tmp_path, "-s")
            seen = ""
            while " of 8 s, " not in seen:
                line = process.stdout.readline()
                assert line, seen
                seen += line
            return process, tmp_path

        yield _start


def test_a_worker_that_is_killed_makes_the_run_inconclusive(started):
    """Nobody knows what it saw: exit code 10, and no objective passes or fails."""
    process, folder = started("processes: 2,")
    try:
        workers = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if not child.children() and child.parent().pid != process.pid
        ]
        assert workers
        workers[-1].kill()
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert process.returncode == 10, output
    found = judged(folder)
    for subject in ("steady.p95", "steady.error_ratio", "steady.achieved"):
        verdict, reason = found[subject]
        assert (verdict, reason.startswith("the run is not whole: ")) == ("INCONCLUSIVE", True), reason


def test_ctrl_c_ends_the_load_and_still_reports(started):
    """What was measured is in the report, nothing promotes, and no process is left."""
    process, folder = started("")
    try:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert process.returncode == 2, output
    found = judged(folder)
    assert found["steady.p95"][0] == "INCONCLUSIVE"
    assert "the run was interrupted after" in found["steady.p95"][1]
    deadline = time.monotonic() + 10
    while any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("p95 <= 1s", "p95 of oke <= 1s", "the mix has no request 'oke'; did you mean 'ok'?"),
        ("p95 <= 1s", "p59x <= 1s", "is no metric of load"),
        ("p95 <= 1s", "p95 <= 1", "write it as in '<= 500ms'"),
        ("mix: {ok: 1}", "mix: {okay: 1}", "did you mean 'ok'?"),
    ],
)
def test_wrong_words_end_before_any_load(tmp_path, old, new, words):
    """Exit code 4, a clear message, and nobody was asked anything: the port is dead."""
    text = (ENDPOINTS.format(port=9, dying=9, dead=9) + SHORT % "").replace(old, new)
    (tmp_path / "env.yaml").write_text(text)
    with tidegate(tmp_path) as process:
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 4
    assert words in " ".join(output.split())
    assert "Traceback" not in output
