"""A user's own locustfile: what it asks is counted, what is wrong with it is said, and nothing around it is read."""

import pytest

from load.mix import Locustfile
from load.plan import Caps, Closed, LoadPlan, Local
from load.result import Ending
from load.shape import Shape

HEAD = "from gevent import sleep, spawn_later; from locust import *\n"
PLAIN = """
class Visitor(FastHttpUser):
    wait_time = constant(0.05)
    @task
    def look(self):
        self.client.get("/ok")
"""


@pytest.fixture
def own(load_run, target, tmp_path):
    """Run a locustfile with this text at the target."""

    def go(text, users=3, seconds=1, names=(), **more):
        path = tmp_path / "locustfile.py"
        path.write_text(HEAD + text)
        values = {"drain": 1.0, "caps": Caps(rate=1e6), **more}
        work = Locustfile(str(path), names)
        return load_run(LoadPlan(target.url, work, Closed(), Shape.constant(users, seconds), **values))

    return go


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no user class"),
        ("class A(User:", "can't be loaded: line 2: SyntaxError"),
        ("x = 1\ny = nothing", "can't be loaded: line 3: NameError: name 'nothing'"),
        ("import no_such_thing", "can't be loaded: line 2: ModuleNotFoundError"),
        ("raise SystemExit(3)", "ended the process (exit 3)"),
        (PLAIN + "class S(LoadTestShape):\n    def tick(self): return None", "has the shape class S"),
    ],
    ids=["empty", "syntax", "name", "import", "exit", "shape"],
)
def test_a_locustfile_that_can_not_be_run_is_one_clear_reason(own, text, words):
    """The reason names the file and, where there is one, the line."""
    result = own(text)
    assert result.ending is Ending.BROKEN
    assert words in result.why
    assert "locustfile.py" in result.why
    assert result.measured.tally().intended == 0


def test_a_locustfile_that_is_missing_or_lacks_a_class_is_said(own, load_run, target, tmp_path):
    """The known classes are listed."""
    result = own(PLAIN, names=("Visitors",))
    assert result.why.endswith("has no user class 'Visitors'; it has Visitor")
    gone = LoadPlan(target.url, Locustfile(str(tmp_path / "gone.py")), Closed(), Shape.constant(1, 1))
    assert "gone.py is not there" in load_run(gone).why


@pytest.mark.parametrize("processes", [1, 2])
def test_each_request_is_counted_as_the_target_saw_it(own, target, processes):
    """Successes with their times, by method and name, and users by second; from one process or two."""
    result = own(PLAIN, users=4, seconds=2, workers=Local(processes))
    assert (result.ending, result.why) == (Ending.FINISHED, "")
    total = result.measured.tally("GET /ok")
    assert total == result.measured.tally()
    assert total.successes == total.intended == target.told("/seen")["/ok"] > 40
    assert 0 < total.service.percentile(0.5) < 0.1
    assert max(result.measured.users.values()) == 4


def test_failures_keep_their_kinds(own, target):
    """Statuses, refused connections, failed checks of a body, and requests of the other client."""
    result = own("""
class Visitor(FastHttpUser):
    wait_time = constant(0.1)
    @task
    def look(self):
        self.client.get("/status/503", name="fast 503")
        self.client.get("http://127.0.0.1:1/", name="refused")
        with self.client.get("/ok", name="checked", catch_response=True) as answer:
            answer.failure("not what was wanted")
        self.client.get("/reset", name="reset")
class Slow(HttpUser):
    wait_time = constant(0.1)
    @task
    def look(self):
        self.client.get("/status/429", name="slow 429")
        self.client.get("http://127.0.0.1:1/", name="slow refused")
""")
    assert result.ending is Ending.FINISHED
    kinds = {name: set(result.measured.tally(name).failures) for name in result.measured.names}
    assert kinds == {
        "GET fast 503": {"status 503"},
        "GET refused": {"connection refused"},
        "GET checked": {"not what was wanted"},
        "GET reset": {"connection closed"},
        "GET slow 429": {"status 429"},
        "GET slow refused": {"connection refused"},
    }
    assert result.measured.tally().successes == 0
    # Locust's client would have sent a reset GET a dozen times.
    assert result.measured.tally("GET reset").intended == target.told("/seen")["/reset"]


def test_a_target_that_never_answers_is_no_empty_success(own):
    """Locust itself would report nothing at all; here each request under way is a failure."""
    result = own(PLAIN.replace("/ok", "/hang"), users=3, drain=0.5)
    assert result.ending is Ending.FINISHED
    total = result.measured.tally("GET /hang")
    assert (total.intended, total.unfinished, total.successes) == (3, 3, 0)


def test_users_that_ask_nothing_measure_nothing(own):
    """Zero requests: a finished run without a single tally, which is nothing to pass on."""
    result = own("class Idle(User):\n    @task\n    def wait_here(self):\n        sleep(0.1)\n")
    assert result.ending is Ending.FINISHED
    assert result.measured.names == ()
    assert result.measured.tally().error_ratio is None


def test_exceptions_in_tasks_are_counted(own):
    """Locust only logs them, and the run looks well."""
    result = own("""
class Visitor(FastHttpUser):
    wait_time = constant(0.1)
    @task
    def look(self):
        self.client.get("/ok")
        raise KeyError("price")
""")
    assert result.measured.tally("(exceptions in tasks)").failures.keys() == {"KeyError: 'price'"}
    assert result.measured.tally("GET /ok").failed == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            "@events.quitting.add_listener\ndef last(environment, **_):\n    environment.process_exit_code = 3\n",
            "the locustfile set the exit code 3",
        ),
        (
            "@events.test_start.add_listener\ndef on(environment, **_):\n    spawn_later(0.3, environment.runner.quit)",
            "the locustfile ended the run",
        ),
    ],
    ids=["exit-code", "quit"],
)
def test_a_locustfile_that_says_no_is_heard(own, more, words):
    """Its own failing exit code, or its own end of the run, is not lost."""
    result = own(PLAIN + more, seconds=2)
    assert (result.ending, result.why) == (Ending.ABORTED, words)
    assert result.measured.tally().successes > 0


def test_what_lies_around_a_locustfile_is_not_read(own, monkeypatch, tmp_path):
    """Variables, files of configuration, and a HOME that would change the run."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".locust.conf").write_text("users = 50\nhost = http://127.0.0.1:1\n")
    (tmp_path / "locust.conf").write_text("host = http://127.0.0.1:1\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCUST_HOST", "http://127.0.0.1:1")
    monkeypatch.setenv("LOCUST_USERS", "50")
    monkeypatch.chdir(tmp_path)
    result = own(PLAIN.replace("wait_time", 'host = "http://127.0.0.1:1"\n    wait_time'))
    assert result.measured.tally().failed == 0
    assert max(result.measured.users.values()) == 3


def test_a_locustfiles_own_options_have_their_defaults(own, monkeypatch):
    """`init_command_line_parser` works as Locust documents it, but for variables that happen to be set."""
    monkeypatch.setenv("LOCUST_PLACE", "/status/500")
    result = own("""
@events.init_command_line_parser.add_listener
def options(parser):
    parser.add_argument("--place", env_var="LOCUST_PLACE", default="/ok")
class Visitor(FastHttpUser):
    wait_time = constant(0.1)
    @task
    def look(self):
        self.client.get(self.environment.parsed_options.place)
""")
    assert result.measured.names == ("GET /ok",)


def test_caps_hold_for_a_locustfile(own, target):
    """It can't be told before how often it asks: the run ends when it does too much."""
    result = own(PLAIN.replace("constant(0.05)", "constant(0)"), seconds=5, caps=Caps(requests=50, rate=1e6))
    assert (result.ending, result.why) == (Ending.CAPPED, "the cap on requests was reached")
    assert 50 <= result.measured.tally().intended == target.told("/seen")["/ok"] <= 60
