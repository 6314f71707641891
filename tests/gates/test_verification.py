"""`pytest --env` from the outside: exit code, decision and reason, each failure beside the twin that passes."""

import json
from pathlib import Path

import pytest

PROMOTE, REJECT, INTERRUPTED, USAGE, HOLD = 0, 1, 2, 4, 10

JOURNEYS = """\
journeys:
  look: {{steps: [{{name: open, request: {{url: /health}}}}]}}
"""

BOTH = f"""\
service: shop
base_url: {{url}}
endpoints:
  health: {{{{http: /health, expect: {{{{json: {{{{status: healthy}}}}}}}}}}}}
{JOURNEYS}gates:
  health: {{{{}}}}
  smoke: {{{{}}}}
stages: {{{{full: [health, smoke], quick: [health]}}}}
default_stage: full
"""

OWN = """\
service: shop
base_url: {url}
gates:
  stock: {{}}
gate_files: [gates/]
"""

GATE = """\
from tidegate import AtMost, Gap, Reading


def test_levels(require):
    require(Reading("stock.levels", 3), AtMost(5))
"""


def test_a_healthy_target_promotes(verify) -> None:
    """Everything judged and passed: exit 0, PROMOTE, and a report that says complete."""
    run = verify()
    assert (run.code, run.decision) == (PROMOTE, "promote"), run.out
    assert run.report["complete"] is True
    assert run.last.startswith("PROMOTE promote shop 1.4.2")


def test_an_unhealthy_target_is_rejected(verify, server) -> None:
    """One wrong value in the body: exit 1, and the reason says got and wanted."""
    server.answers["/health"] = (200, {"status": "degraded"})
    run = verify()
    assert (run.code, run.decision) == (REJECT, "reject")
    assert "health.json.status: 'degraded', wanted = 'healthy'" in run.last
    assert "Traceback" not in run.out + run.err


MIXED = """\
service: shop
base_url: {url}
endpoints:
  health: {{http: /health}}
gates:
  health: {{}}
  stock: {{required: REQUIRED}}
gate_files: [gates/]
"""


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["plain", "xdist"])
@pytest.mark.parametrize(
    ("required", "body", "code"),
    [
        ("false", "assert False", PROMOTE),
        ("false", "raise OSError", PROMOTE),
        ("true", "assert False", REJECT),
        ("true", "raise OSError", HOLD),
    ],
)
def test_an_advisory_gate_does_not_decide(verify, required: str, body: str, code: int, workers: list[str]) -> None:
    """It fails, is reported, and the release is promoted all the same; the same gate required is not."""
    gate = f"def test_x(require):\n    {body}\n"
    run = verify(*workers, environment=MIXED.replace("REQUIRED", required), files={"gates/gate_stock.py": gate})
    assert run.code == code, run.out
    assert run.decision == {PROMOTE: "promote", REJECT: "reject", HOLD: "hold"}[code]
    assert "withdrawn" not in run.out


def test_another_plugin_that_objects_is_heard(verify) -> None:
    """Every gate passed, and a plugin ends the run with an error: no promotion, and no file that says so."""
    hook = "@pytest.hookimpl(trylast=True)\ndef pytest_sessionfinish(session): session.exitstatus = STATUS\n"
    objects = f"import pytest\n{hook}"
    run = verify(files={"conftest.py": objects.replace("STATUS", "1")})
    assert (run.code, run.decision) == (HOLD, "none")
    assert "another plugin objects; gate-report.json is withdrawn" in run.out
    assert verify(files={"conftest.py": objects.replace("STATUS", "0")}).code == PROMOTE


def test_no_endpoints_is_held(verify) -> None:
    """A health gate that has nothing to look at is INCONCLUSIVE."""
    run = verify(environment="service: shop\nbase_url: {url}\ngates: {{health: {{}}}}\n")
    assert (run.code, run.decision) == (HOLD, "hold")
    assert "no endpoints are declared" in run.last


def test_no_journeys_is_held_and_one_is_not(verify) -> None:
    """A smoke gate without a journey is INCONCLUSIVE; the twin with one passes."""
    held = verify(environment=BOTH.replace(JOURNEYS, ""))
    assert held.code == HOLD
    assert "no journeys are declared" in held.last
    assert verify(environment=BOTH).code == PROMOTE


def test_an_unknown_release_is_held(verify) -> None:
    """Nobody named the release: nothing may be promoted."""
    run = verify(release="")
    assert run.code == HOLD
    assert "nobody named the release" in run.last


def test_the_target_may_name_the_release(verify, server) -> None:
    """With a `release:` section the target's own word counts, and the report says where it came from."""
    environment = "service: shop\nbase_url: {url}\nrelease: {{url: /version, version: version}}\n"
    environment += "endpoints: {{health: {{http: /health}}}}\ngates: {{health: {{}}}}\n"
    run = verify(environment=environment, release="")
    assert (run.code, run.report["release"]["version"]) == (PROMOTE, "1.4.2")
    assert server.url in run.report["release"]["source"]
    wrong = verify(environment=environment, release="", environ={"TIDEGATE_RELEASE_VERSION": "1.4.3"})
    assert wrong.code == REJECT
    assert "'1.4.2', wanted = '1.4.3'" in wrong.last


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["-k", "test_health"], "-k selects tests"),
        (["-m", "gate"], "-m selects tests"),
        (["--deselect", "nothing::at_all"], "--deselect leaves tests out"),
        (["--lf"], "--lf selects what failed last"),
        (["--ignore", "elsewhere"], "--ignore leaves files out"),
    ],
)
def test_a_selection_never_promotes(verify, args: list[str], words: str) -> None:
    """However it came about, and even where it left nothing out, an ad-hoc selection is held."""
    run = verify(*args)
    assert (run.code, run.report["complete"]) == (HOLD, False)
    assert words in run.last


def test_a_declared_stage_promotes(verify) -> None:
    """A stage that the environment declares is complete in itself."""
    run = verify("--stage=quick", environment=BOTH)
    assert (run.code, run.report["stage"]) == (PROMOTE, "quick")
    unknown = verify("--stage=quik", environment=BOTH)
    assert unknown.code == USAGE
    assert "did you mean 'quick'?" in unknown.err


def test_x_that_stopped_is_not_the_whole_stage(verify, server) -> None:
    """`-x` after a failure rejects, and the report says what did not run."""
    server.answers["/health"] = (500, {})
    run = verify("-x", environment=BOTH)
    assert (run.code, run.report["complete"]) == (REJECT, False)
    assert any("only 1 of 2 tests ran" in text for text in run.report["incomplete"])


def test_a_path_of_our_own_gate_is_held(verify) -> None:
    """A gate file on the command line is an ad-hoc selection; another file is wrong usage."""
    run = verify("gates/gate_stock.py", environment=OWN, files={"gates/gate_stock.py": GATE})
    assert run.code == HOLD
    assert "paths on the command line" in run.last
    other = verify("test_x.py", files={"test_x.py": "def test_x(): pass"})
    assert other.code == USAGE
    assert "only gate files" in other.err


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
class TestOwnGateFiles:
    """Users' own gate files, in one process and over xdist's workers."""

    def test_a_judgement_that_passes(self, verify, workers: list[str]) -> None:
        """A gate file of the user's decides like ours."""
        run = verify(*workers, environment=OWN, files={"gates/gate_stock.py": GATE})
        assert run.code == PROMOTE, run.out + run.err
        assert run.report["gates"][0]["judgements"][0]["subject"] == "stock.levels"

    @pytest.mark.parametrize(
        ("body", "code", "words"),
        [
            ("require(Reading('x', 9), AtMost(5))", REJECT, "x: 9, wanted <= 5"),
            ("require(Gap('x', 'no answer'), AtMost(5))", HOLD, "x: no answer"),
            ("pass", HOLD, "made no judgement"),
            ("assert 1 == 2", REJECT, "assert 1 == 2"),
            ("1 / 0", HOLD, "ZeroDivisionError: division by zero"),
            ("import pytest; pytest.skip('not today')", HOLD, "skipped: not today"),
            ("import pytest; pytest.xfail('known')", HOLD, "expected to fail: known"),
            ("import pytest; pytest.fail('bad')", REJECT, "bad"),
            ("require(3, AtMost(5))", HOLD, "TypeError: require() judges a Reading or a Gap"),
            ("import os; os._exit(0)", None, ""),
            ("import pytest; pytest.exit('done', returncode=0)", None, ""),
        ],
    )
    def test_a_body_that_does_not_pass(self, verify, workers, body: str, code: int | None, words: str) -> None:
        """What a test does other than passing judgements never promotes."""
        text = GATE.replace('require(Reading("stock.levels", 3), AtMost(5))', body)
        run = verify(*workers, environment=OWN, files={"gates/gate_stock.py": text})
        if code is None:  # the process itself is shot: no report of it says promote
            assert run.decision in ("none", "hold")
            return
        assert run.code == code, run.out + run.err
        assert words in run.last

    def test_a_module_that_skips_itself(self, verify, workers: list[str]) -> None:
        """A module-level skip leaves a gap, not a pass."""
        text = "import pytest\npytest.skip('no', allow_module_level=True)\n"
        run = verify(*workers, environment=OWN, files={"gates/gate_stock.py": text})
        assert run.code == HOLD
        assert "skips itself" in run.last

    def test_a_gate_file_that_cannot_be_collected(self, verify, workers: list[str]) -> None:
        """A broken gate file is wrong configuration, not a bad release; nothing is measured for it."""
        run = verify(*workers, environment=OWN, files={"gates/gate_stock.py": "import nowhere_to_be_found\n"})
        assert run.code == USAGE
        assert "nowhere_to_be_found" in run.out
        assert run.decision == "hold"

    def test_a_fixture_that_breaks(self, verify, workers: list[str]) -> None:
        """A set-up that raises is INCONCLUSIVE and keeps its traceback."""
        text = "import pytest\n@pytest.fixture\ndef f(): raise RuntimeError('no luck')\ndef test_x(f): pass\n"
        run = verify(*workers, environment=OWN, files={"gates/gate_stock.py": text})
        assert run.code == HOLD
        assert "RuntimeError: no luck" in run.last
        assert "raise RuntimeError" in run.report["gates"][0]["judgements"][0]["details"]

    def test_a_teardown_that_breaks(self, verify, workers: list[str]) -> None:
        """A pass whose clean-up fails is not a pass."""
        breaking = "import pytest\n@pytest.fixture\ndef f():\n    yield\n    1 / 0\n"
        text = GATE.replace("(require):", "(require, f):") + breaking
        run = verify(*workers, environment=OWN, files={"gates/gate_stock.py": text})
        assert run.code == HOLD
        assert "ZeroDivisionError" in run.last

    def test_a_gate_that_nobody_declared(self, verify, workers: list[str]) -> None:
        """A gate file without a gate in the environment is an error that lists the gates."""
        run = verify(*workers, environment=OWN, files={"gates/gate_stock.py": GATE, "gates/gate_stok.py": GATE})
        assert run.code == USAGE
        assert "'stok'" in run.out + run.err


def test_an_own_conftest_that_deselects_is_held(verify) -> None:
    """A conftest that drops a check without telling anybody is found out by what is missing."""
    drop = "def pytest_collection_modifyitems(items):\n    items[:] = [i for i in items if 'look' not in i.name]\n"
    run = verify(environment=BOTH, files={"conftest.py": drop})
    assert run.code == HOLD
    assert "smoke" in run.last


def test_flaky_passes_are_noted(verify) -> None:
    """pytest-rerunfailures: a pass after a rerun passes, and the report says how many attempts it took."""
    text = "n = []\n" + GATE.replace("    require", "    n.append(1)\n    assert len(n) > 1\n    require", 1)
    run = verify("--reruns=2", environment=OWN, files={"gates/gate_stock.py": text})
    assert run.code == PROMOTE
    assert run.report["gates"][0]["notes"] == ["test_levels passed only after 2 attempts"]
    assert run.report["gates"][0]["judgements"][0]["verdict"] == "PASS"
    again = verify(environment=OWN, files={"gates/gate_stock.py": text})
    assert again.code == REJECT


def test_observing_always_exits_with_0_and_says_so(verify, server) -> None:
    """`--observe` judges and reports a failure, in large letters, and exits with 0."""
    server.answers["/health"] = (500, {})
    run = verify("--observe")
    assert (run.code, run.decision) == (PROMOTE, "reject")
    assert run.report["observed"] is True
    assert "O B S E R V I N G" in run.out


def test_collect_only_opens_no_socket(verify, server) -> None:
    """`--collect-only` lists the checks, asks the target nothing, and writes no report."""
    run = verify("--collect-only", "-q")
    assert run.code == 0
    assert "test_health[health]" in run.out
    assert server.asked == []
    assert not run.folder.exists()


@pytest.mark.parametrize("workers", [[], ["-n", "3"]])
def test_everything_is_measured_once(verify, server, workers: list[str]) -> None:
    """One sweep per run, whatever the number of workers: each endpoint is asked once."""
    endpoints = "".join(f"  e{i}: {{{{http: /health}}}}\n" for i in range(8))
    environment = f"service: shop\nbase_url: {{url}}\nendpoints:\n{endpoints}gates: {{{{health: {{{{}}}}}}}}\n"
    run = verify(*workers, environment=environment)
    assert run.code == PROMOTE, run.out
    assert len(server.asked) == 8


def test_a_stale_report_does_not_survive(verify) -> None:
    """A run that stops on wrong configuration leaves no decision of an earlier run; nor does an interrupted one."""
    assert verify().decision == "promote"
    stopped = verify(environment=OWN, files={"gates/gate_stock.py": "import os\nos._exit(0)\n"})
    assert stopped.decision == "none"


def test_wrong_configuration_stops_before_anything_runs(verify, server) -> None:
    """An unknown key: exit 4, one line with file, line and the nearest name, and no request."""
    run = verify(environment="service: shop\nbase_url: {url}\nendpoint: {{}}\ngates: {{health: {{}}}}\n")
    assert run.code == USAGE
    assert "env.yaml:3" in run.err
    assert "endpoints" in run.err
    assert server.asked == []


@pytest.mark.parametrize("args", [["--stage=full"], ["--observe"], ["gate_x.py"]])
def test_options_without_an_environment_are_refused(bare_pytest, tmp_path: Path, args: list[str]) -> None:
    """Our options and gate files mean nothing without `--env`."""
    (tmp_path / "gate_x.py").write_text("def test_x(): pass\n")
    done = bare_pytest(*args)
    assert done.returncode == USAGE, done.stdout
    assert "--env=NAME" in done.stderr


def test_without_an_environment_pytest_is_what_it_was(bare_pytest, tmp_path: Path) -> None:
    """An installed Tidegate leaves other runs alone, exit codes and gate files included."""
    (tmp_path / "gate_x.py").write_text("raise RuntimeError\n")
    (tmp_path / "test_x.py").write_text("def test_x(): pass\ndef test_y(): assert 0\n")
    done = bare_pytest()
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout


def test_a_conftest_with_its_own_env_option_gets_a_clear_message(verify) -> None:
    """Exit 4 and words instead of a traceback."""
    own = "def pytest_addoption(parser):\n    parser.addoption('--env', default='dev')\n"
    run = verify(files={"conftest.py": own})
    assert run.code == USAGE
    assert "both define an option" in run.err
    assert "Traceback" not in run.err


def test_a_secret_is_in_no_artefact(verify, server) -> None:
    """A planted token shows up in no file, nor on the terminal, even where a test raises with it."""
    server.answers["/health"] = (500, {"echo": "hunter2-planted"})
    environment = """\
service: shop
base_url: {url}
endpoints:
  health:
    http: "/health?key=${{file:token.txt}}"
    headers: {{Authorization: "Bearer ${{file:token.txt}}"}}
    expect: {{body: "~ nothing"}}
gates: {{health: {{}}, stock: {{}}}}
gate_files: [gates/]
"""
    leak = "def test_leak(environment, capsys):\n    raise RuntimeError(open('token.txt').read())\n"
    run = verify("-rA", environment=environment, files={"token.txt": "hunter2-planted\n", "gates/gate_stock.py": leak})
    assert run.code == REJECT
    everything = run.out + run.err + "".join(path.read_text() for path in run.folder.iterdir())
    assert "***" in everything
    for path in run.folder.iterdir():
        assert "hunter2-planted" not in path.read_text(), path.name
    assert "hunter2-planted" not in run.out + run.err


def test_junit_says_the_same_when_it_is_read_again(verify) -> None:
    """Our JUnit file carries evidence and criterion, and no verdict."""
    run = verify()
    text = (run.folder / "junit.xml").read_text()
    assert "tidegate.judgement" in text
    assert json.dumps("PASS") not in text


DNS = """\
service: shop
base_url: {url}
endpoints:
  name: {{dns: localhost, addresses: [ADDRESS]}}
  page: {{http: /health, needs: [name]}}
gates: {{health: {{}}}}
"""


@pytest.mark.parametrize(
    ("name", "address", "code"), [("localhost", "127.0.0.1", PROMOTE), ("localhost", "127.0.0.9", REJECT)]
)
def test_a_name_that_resolves(verify, name: str, address: str, code: int) -> None:
    """A DNS endpoint is judged by `resolves` and by the addresses that are wanted."""
    run = verify(environment=DNS.replace("ADDRESS", address).replace("localhost", name))
    assert run.code == code, run.out
    if code == REJECT:
        assert "name.addresses: '127.0.0.1', wanted = '127.0.0.9'" in run.last


def test_the_environments_trust_is_the_journeys_too(verify, server, tmp_path: Path) -> None:
    """One `tls:` for the whole target: without it nothing of a private authority is believed, with it everything is."""
    import ssl
    import threading
    from http.server import ThreadingHTTPServer

    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    secure = ThreadingHTTPServer(("127.0.0.1", 0), server.handler)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    thread = threading.Thread(target=secure.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        url = f"https://localhost:{secure.server_address[1]}"
        trusting = BOTH.format(url=url) + f"tls: {{ca_file: {tmp_path}/ca.pem}}\n"
        assert verify(environment=trusting).code == PROMOTE
        wary = verify(environment=BOTH.format(url=url))
        assert wary.code == REJECT
        assert "certificate" in wary.last
    finally:
        secure.shutdown()
        thread.join()
        secure.server_close()


def test_an_address_that_a_check_refuses_is_configuration(verify) -> None:
    """What only a check knows to be wrong is found before anything is asked."""
    environment = "service: shop\nendpoints: {x: {http: 'http://a b/'}}\ngates: {health: {}}\n"
    assert verify(environment=environment).code == USAGE


def test_a_retry_is_visible(verify, server) -> None:
    """A pass after a retry passes, and says how many attempts it took; without attempts left it fails."""
    server.fails_first["/health"] = 1
    environment = "service: shop\nbase_url: {url}\nendpoints:\n"
    environment += "  health: {{http: /health, attempts: 3, pause: 50ms}}\ngates: {{health: {{}}}}\n"
    run = verify(environment=environment)
    assert run.code == PROMOTE, run.out
    (note,) = run.report["gates"][0]["notes"]
    assert note.startswith("health passed after a retry (2 attempts in ")
    server.fails_first["/health"] = 1
    assert verify(environment=environment.replace("attempts: 3, ", "")).code == REJECT


def test_who_waits_hears_something(verify, server) -> None:
    """A target that is not ready yet: the wait is told while it lasts, and the run goes on when it is ready."""
    server.fails_first["/health"] = 25
    environment = "service: shop\nbase_url: {url}\nreadiness: {{http: /health, deadline: 30s, interval: 200ms}}\n"
    environment += "endpoints: {{health: {{http: /health}}}}\ngates: {{health: {{}}}}\n"
    run = verify(environment=environment)
    assert run.code == PROMOTE, run.out
    assert "waiting until the target is ready" in run.out
    assert "status 503, wanted = 200" in run.out
