"""What each fault looks like in a result, each beside a passing twin that differs in one fact."""

import dataclasses
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from checks.secrets import Secret
from checks.step import Capture, StepRequest
from load.mix import Journey, LoadStep
from load.plan import Caps, Closed, External, LoadPlan, Local, ProcessTarget, Think, Trust
from load.result import Ending
from load.result_file import load_result
from load.run import LOG, RAW, RESULT, run
from load.shape import Shape
from load.tally import UNFINISHED
from tests.conftest import load
from tests.load.conftest import Target, closed, opened
from tests.load.examples import get


def total_of(result):
    """The tally of all names, of a run that ran its whole length."""
    assert (result.ending, result.why) == (Ending.FINISHED, "")
    return result.measured.tally()


@pytest.mark.parametrize("model", [opened, closed])
def test_a_dead_port_refuses_every_request(load_run, free_port, model):
    """Nothing listens: no success, so no response time at all, and every request is a failure that says why."""
    total = total_of(load_run(model(f"http://127.0.0.1:{free_port}")))
    assert total.failures.keys() == {"connection refused"}
    assert total.failed == total.intended > 30
    assert (total.successes, total.response.percentile(0.95), total.error_ratio) == (0, None, 1.0)


@pytest.mark.parametrize("model", [opened, closed])
def test_a_target_that_answers_is_the_twin(load_run, target, model):
    """The same plans at a port where something listens."""
    total = total_of(load_run(model(target.url)))
    assert (total.failed, total.dropped, total.lost_count) == (0, 0, 0)
    assert total.successes == total.intended == target.told("/seen")["/ok"]


def test_a_target_that_never_answers_times_out(load_run, target):
    """It accepts and is silent: what had its time is a failure, what had not is unfinished; nothing is a success."""
    total = total_of(load_run(opened(target.url, get("/hang", timeout=1), rate=20, seconds=2, drain=0.5)))
    assert total.intended == 40
    assert total.failures.keys() == {"no answer within 1 s", UNFINISHED}
    assert 25 <= total.failures["no answer within 1 s"] <= 31
    assert (total.failed, total.successes) == (40, 0)


def test_with_too_few_users_the_rest_is_never_begun(load_run, target):
    """5 users and a silent target: arrivals that nobody was free for are dropped, which is an infinite time."""
    total = total_of(load_run(opened(target.url, get("/hang", timeout=5), rate=20, seconds=2, users=5, drain=0.5)))
    assert (total.intended, total.unfinished, total.dropped, total.achieved) == (40, 5, 35, 5)
    assert total.response.percentile(0.5) == float("inf")
    assert total.service.percentile(0.5) is None


WRONG = {
    "/reset": "connection reset",
    "/half": "the body ended too early",
    "/status/503": "status 503",
    "/status/429": "status 429",
    "/status/302": "status 302",
}


def test_wrong_answers_are_failures_of_their_kind(load_run, target):
    """Resets, cut bodies, 5xx, 429 and redirects that nobody expected; each was sent exactly once."""
    mix = [get(path) for path in WRONG]
    result = load_run(opened(target.url, *mix, get("/ok"), rate=120))
    assert total_of(result).intended == 120
    seen = target.told("/seen")
    for path, kind in WRONG.items():
        bad = result.measured.tally(f"GET {path}")
        assert bad.failures == {kind: bad.intended}
        assert bad.intended == seen[path]
    good = result.measured.tally("GET /ok")
    assert good.successes == good.intended == seen["/ok"]


def test_a_status_that_was_expected_is_a_success(load_run, target):
    """The twin: the same 302, declared."""
    total = total_of(load_run(opened(target.url, get("/status/302", expect=(302,)))))
    assert (total.successes, total.failed) == (50, 0)


def test_a_connection_that_was_closed_is_not_used_again(load_run, target):
    """A server that closes after an answer: each next request has a new connection, and none fails or is repeated."""
    total = total_of(load_run(closed(target.url, get("/once/a"), users=1)))
    assert total.successes == 1
    assert total.failures == {"closed without an answer": target.told("/seen")["/once/a"] - 1}


def test_a_target_that_starts_late_is_seen_to(load_run, free_port):
    """Refused until it listens, answered afterwards: the windows tell when that was."""
    late = []
    starter = threading.Timer(0.5, lambda: late.append(Target(free_port)))

    def began(snapshot):
        if snapshot.elapsed < 2:
            starter.start()

    try:
        result = load_run(opened(f"http://127.0.0.1:{free_port}", seconds=4), on_progress=began)
    finally:
        starter.join()
        for one in late:
            one.kill()
    first, last = result.measured.tally(None, 0, 1), result.measured.tally(None, 3)
    assert first.failures == {"connection refused": first.intended}
    assert (last.successes, last.failed) == (last.intended, 0)
    assert total_of(result).intended == 200


def test_a_target_that_dies_is_seen_to(load_run, target):
    """Answered, then refused; what was under way when it died is a failure as well."""
    killer = threading.Timer(0.5, target.process.kill)

    def began(snapshot):
        if snapshot.elapsed < 2:
            killer.start()

    watched = (ProcessTarget("target", target.process.pid),)
    result = load_run(opened(target.url, seconds=4, targets=watched), on_progress=began)
    first, last = result.measured.tally(None, 0, 1), result.measured.tally(None, 3)
    assert (first.successes, first.failed) == (first.intended, 0)
    assert last.failures == {"connection refused": last.intended}
    usage = result.targets[0]
    assert usage.samples
    assert usage.gap == "the process is not there (any more)"


def test_a_name_that_does_not_resolve(load_run):
    """It is the target's name that is wrong, as in every other gate."""
    total = total_of(load_run(opened("http://no-such-host.invalid", rate=5)))
    assert total.successes == 0
    assert total.failed + total.lost_count + total.dropped == 5


def generators():
    """The processes of the run that is going on. Servers of other tests are children of pytest, too."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # of which a zombie is one
            if "load." in " ".join(child.cmdline()):
                found.append(child)
    return found


@pytest.mark.parametrize("processes", [1, 2])
def test_a_generator_that_is_killed_leaves_a_broken_run(load_run, target, processes):
    """SIGKILL in the middle: the result is not whole, says who was lost, and nothing is left running."""
    killed = []

    def kill_one(_):
        if not killed:
            ours = generators()
            # With two, a worker: the master's child. With one, the only generator there is.
            victim = next(child for child in ours if ("load.worker" in child.cmdline()) == (processes == 2))
            killed.extend((victim, *ours))
            victim.kill()

    result = load_run(opened(target.url, seconds=6, workers=Local(processes)), on_progress=kill_one)
    assert result.ending is Ending.BROKEN
    assert not result.whole
    if processes == 1:
        assert result.why.startswith("the generator left no document: it was ended by SIGKILL")
    else:
        assert "of 2 ended (signal 9) before the run was over" in result.why
        assert result.measured.tally().successes > 0
    assert not [child for child in killed if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


def test_hopeless_runs_are_aborted_with_words_and_time(load_run, free_port):
    """`should_abort` sees whole windows, and what it says ends the run; everything so far is kept."""
    seen = []

    def hopeless(snapshot):
        seen.append(snapshot)
        tally = snapshot.measured.tally(None, 0, snapshot.settled)
        return "every request failed" if tally.failed >= 50 else None

    result = load_run(opened(f"http://127.0.0.1:{free_port}", seconds=20), should_abort=hopeless)
    assert (result.ending, result.why) == (Ending.ABORTED, "every request failed")
    assert result.whole
    assert not result.complete
    assert 0.9 <= result.elapsed <= 4
    total = result.measured.tally()
    assert (total.failed, total.outstanding) == (total.intended, 0)
    assert all(snapshot.settled <= snapshot.elapsed for snapshot in seen)


def test_caps_end_a_run(load_run, target):
    """A closed model asks as often as it can, up to the guard rails and not once more."""
    result = load_run(closed(target.url, seconds=5, caps=Caps(requests=100, rate=1e6)))
    assert (result.ending, result.why) == (Ending.CAPPED, "the cap on requests was reached")
    assert result.measured.tally().intended == target.told("/seen")["/ok"] == 100
    result = load_run(closed(target.url, seconds=5, caps=Caps(rate=50)))
    assert (result.ending, result.why) == (Ending.CAPPED, "the cap on requests per second was reached")
    assert target.told("/seen")["/ok"] <= 100 + 2 * 50


def test_ctrl_c_ends_a_run_and_keeps_its_result(load_run, target, tmp_path):
    """The run ends cleanly, what was measured is returned and saved, and no process is left."""
    children = []

    def interrupt(_):
        if not children:
            children.extend(generators())
            threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()

    result = load_run(opened(target.url, seconds=30, workers=Local(2)), on_progress=interrupt)
    assert (result.ending, result.why) == (Ending.INTERRUPTED, "interrupted")
    assert result.measured.tally().successes > 30
    assert load_result(tmp_path / "run0" / RESULT) == result
    assert len(children) == 3
    assert not psutil.wait_procs(children, timeout=3)[1]


def test_what_a_callable_raises_is_raised_and_nothing_is_left(load_run, target):
    """A mistake in the caller's own code is not hidden in a result."""
    children = []

    def wrong(_):
        children.extend(generators())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        load_run(opened(target.url, seconds=30), on_progress=wrong)
    assert children
    assert not psutil.wait_procs(children, timeout=3)[1]


def test_a_generator_does_not_outlive_who_started_it(target, tmp_path):
    """kill -9 of the caller: master and workers end within two seconds."""
    program = (
        "import sys, pathlib; from tests.load.conftest import opened; from load.run import run\n"
        "from load.plan import Local\n"
        "plan = opened(sys.argv[1], rate=20, seconds=60, workers=Local(2))\n"
        "run(plan, directory=pathlib.Path(sys.argv[2]), on_progress=lambda s: print('going', flush=True))\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", program, target.url, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path.cwd(), text=True
    )
    assert caller.stdout.readline() == "going\n"
    children = psutil.Process(caller.pid).children(recursive=True)
    caller.kill()
    caller.wait()
    caller.stdout.close()
    assert len(children) == 3
    assert not psutil.wait_procs(children, timeout=4)[1]


def test_a_log_in_journey_keeps_its_cookie_and_captures(load_run, target):
    """Two steps in one session; the twin without the capture is refused by the target."""
    log_in = LoadStep(StepRequest("log in", "/login", "POST", captures=(Capture("token", "json", "token"),)))
    private = StepRequest("look", "/private", headers=(("Authorization", "Bearer {{ token }}"),))
    journey = Journey("account", (log_in, LoadStep(private)))
    result = load_run(opened(target.url, journey, rate=20))
    assert total_of(result).successes == 40
    assert result.measured.names == ("account: log in", "account: look")
    bare = dataclasses.replace(journey, steps=(log_in, LoadStep(dataclasses.replace(private, headers=()))))
    refused = load_run(opened(target.url, bare, rate=20))
    assert refused.measured.tally("account: look").failures == {"status 401": 20}
    missing = LoadStep(dataclasses.replace(log_in.request, captures=(Capture("other", "json", "nothing"),)))
    broken = load_run(opened(target.url, dataclasses.replace(journey, steps=(missing,)), rate=20))
    assert broken.measured.tally().failures == {"nothing to capture as 'other'": 20}


def test_secrets_stay_in_the_request(load_run, target, tmp_path):
    """A secret header reaches the target, and no file and no process list has it."""
    lines = []

    def look(_):
        lines.extend(" ".join(child.cmdline()) for child in generators())

    plan = opened(target.url, get("/ok", headers=(("X-Key", Secret("hush-hush-4711")),)), workers=Local(2))
    assert total_of(load_run(plan, on_progress=look)).failed == 0
    assert lines
    for text in (*lines, *(path.read_text() for path in (tmp_path / "run0").rglob("*") if path.is_file())):
        assert "hush-hush-4711" not in text


def test_users_follow_a_ramp(load_run, target):
    """A closed ramp begins users second by second, and the result tells how many there were."""
    plan = LoadPlan(
        target.url, (get("/ok"),), Closed(), Shape.ramp(0, 6, 3, hold=1), think=Think(0.05, 0.05), drain=1.0
    )
    result = load_run(plan)
    total_of(result)
    users = [result.measured.users[second] for second in range(4)]
    assert users == sorted(users)
    assert users[-1] == 6
    assert users[0] <= 3


def test_a_slow_reader_of_progress_does_not_hold_up_the_load(load_run, target):
    """The result is whole although nobody read the progress in time."""
    result = load_run(opened(target.url, rate=100, seconds=2), on_progress=lambda _: time.sleep(1.5))
    assert total_of(result).successes == 200


def test_the_directory_has_the_result_and_the_log(load_run, target, tmp_path):
    """What a person looks at afterwards."""
    result = load_run(opened(target.url))
    folder = tmp_path / "run0"
    assert load_result(folder / RESULT) == result
    assert "Ramping to" in (folder / LOG).read_text()
    assert result.tools.keys() == {"locust", "python"}


def test_a_relative_directory_is_the_callers(target, tmp_path, monkeypatch):
    """The generator has a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    result = run(opened(target.url, keep_raw=True), directory=Path())
    assert total_of(result).successes == 50
    assert load_result(tmp_path / RESULT) == result
    assert result.raw.path == str(tmp_path / RAW)


def test_a_busy_port_is_said(load_run, target):
    """A master of external workers that can't listen is a broken run with the port in its words."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        result = load_run(opened(target.url, workers=External(1, Secret("a-token-of-the-workers"), port=port)))
    assert result.ending is Ending.BROKEN
    assert f"can't listen on 127.0.0.1:{port}" in result.why


class Encrypted(ThreadingHTTPServer):
    """An https server."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that refuses the certificate is no reason for a traceback."""


class Greeting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def encrypted(tmp_path):
    """The URL of an https server, and the file of its authority."""
    trustme = load("trustme")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with Encrypted(("127.0.0.1", 0), Greeting) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"https://localhost:{server.server_address[1]}", tmp_path / "ca.pem"
        server.shutdown()
        thread.join()


def test_https_needs_a_certificate_that_is_trusted(load_run, encrypted):
    """With the authority's file, or unchecked on request, it is answered; without either every request fails."""
    url, ca_file = encrypted
    known = total_of(load_run(opened(url, rate=20, trust=Trust(ca_file=str(ca_file)))))
    unchecked = total_of(load_run(opened(url, rate=20, trust=Trust(verify=False))))
    unknown = total_of(load_run(opened(url, rate=20)))
    assert known.successes == unchecked.successes == 20
    (kind,) = unknown.failures
    assert kind.startswith("the certificate was refused")
    assert unknown.failed == 20
    missing = load_run(opened(url, trust=Trust(ca_file="/no/such/ca.pem")))
    assert missing.ending is Ending.BROKEN
