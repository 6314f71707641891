"""The user's own commands: what they print is read strictly, and what they did is looked at."""

import contextlib
import os
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gates.environment.releasing import ReleasingCommands
from releases.deployers.command import CommandDeployer, _serving
from releases.deployers.interface import DeployerError, Serving, UnknownStateError, Version

OLD, NEW = Version("sha256:aa", "1"), Version("sha256:bb", "2")

#: A platform of a few lines, whose state is a file.
PLATFORM = """\
import json, sys
path, verb, *words = sys.argv[1:]
state = json.load(open(path))
match verb:
    case "current":
        print(json.dumps(state)); sys.exit(0)
    case "deploy":
        state["candidate"] = {"id": words[0], "version": words[1]}
    case "shift":
        state["share"] = int(words[1])
    case "promote":
        state = {"stable": state["candidate"], "candidate": state["stable"], "share": 0}
    case "rollback":
        found = next(v for v in (state["stable"], state["candidate"]) if v and v["id"] == words[0])
        state = {"stable": found, "candidate": None, "share": 0}
json.dump(state, open(path, "w"))
"""


@pytest.fixture
def platform(tmp_path):
    """`platform(deploy=[...])` -> a deployer, with some of its commands replaced."""
    program, state = tmp_path / "platform.py", tmp_path / "state.json"
    program.write_text(PLATFORM)
    state.write_text('{"stable": {"id": "sha256:aa", "version": "1"}, "candidate": null, "share": 0}')

    def call(*words):
        return (sys.executable, str(program), str(state), *words)

    def make(inherited=(), deadline=20.0, **changed):
        commands = {
            "current": call("current"),
            "deploy": call("deploy", "{{ id }}", "{{ version }}"),
            "shift": call("shift", "{{id}}", "{{ share }}"),
            "promote": call("promote", "{{ id }}"),
            "rollback": call("rollback", "{{ id }}"),
            "deadline": deadline,
            **changed,
        }
        return CommandDeployer(ReleasingCommands.model_construct(**commands), interrupts=False, inherited=inherited)

    return make


def do(acts):
    for act in acts:
        assert not act.done(), act.name
        act.do()
        assert act.done(), act.name


def test_a_release_comes_out_and_goes_back(platform):
    """Each command is looked at afterwards, and is not needed twice."""
    deployer = platform()
    assert deployer.current() == Serving(OLD)
    do(deployer.deploy(NEW))
    do(deployer.shift(NEW, 20))
    assert deployer.current() == Serving(OLD, NEW, 20)
    do(deployer.promote(NEW))
    assert all(act.done() for act in deployer.promote(NEW))
    do(deployer.rollback(OLD))
    assert deployer.current() == Serving(OLD)


def test_an_exit_code_is_not_believed(platform):
    """It says 0 and has done nothing: `current` shows it."""
    (act,) = platform(deploy=(sys.executable, "-c", "")).deploy(NEW)
    act.do()
    assert not act.done()


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import sys; print('no quota', file=sys.stderr); sys.exit(3)", "ended with 3: no quota"),
        ("import time; time.sleep(600)", "did not end in 1 s, and was ended"),
    ],
)
def test_a_command_that_fails_says_why(platform, program, words):
    """With its last words; one that does not end is ended."""
    (act,) = platform(deploy=(sys.executable, "-c", program), deadline=1.0).deploy(NEW)
    with pytest.raises(DeployerError, match=words):
        act.do()


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "nothing",
        "[]",
        "{}",
        '{"stable": null, "candidate": null}',
        '{"stable": "1", "candidate": null, "share": 0}',
        '{"stable": {"id": ""}, "candidate": null, "share": 0}',
        '{"stable": null, "candidate": null, "share": 20}',
        '{"stable": null, "candidate": null, "share": true}',
        '{"stable": null, "candidate": null, "share": 101}',
    ],
)
def test_what_is_not_understood_is_not_nothing(platform, printed):
    """Nobody knows what serves then; the one form that says "nothing" is understood."""
    broken = platform(current=(sys.executable, "-c", f"print({printed!r})"))
    with pytest.raises(UnknownStateError, match="wanted is"):
        broken.current()
    nothing = '{"stable": null, "candidate": null, "share": 0}'
    assert platform(current=(sys.executable, "-c", f"print({nothing!r})")).current() == Serving(None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["stable", "candidate", "share", "id", "version"]), inner)
    ),
)


@given(JSON)
def test_anything_else_is_a_value_error(found):
    """No other error leaves the reader."""
    with contextlib.suppress(ValueError):
        assert isinstance(_serving(found), Serving)


def test_a_program_that_is_not_there_is_found_in_the_plan(platform):
    """So is a release that serves already."""
    assert platform(deploy=("no-such-program",)).problems(NEW, OLD) == ["deploy: there is no program 'no-such-program'"]
    assert platform().problems(NEW, OLD) == []
    assert platform().problems(OLD, OLD) == ["1 serves already"]


def test_a_command_holds_the_lock_of_a_killed_release(platform, tmp_path):
    """The descriptor is the command's, too: while it acts, the lock is not free."""
    mark = tmp_path / "held"
    handle = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    try:
        program = f"import os, pathlib; os.fstat({handle}); pathlib.Path({str(mark)!r}).touch()"
        (act,) = platform(inherited=(handle,), deploy=(sys.executable, "-c", program)).deploy(NEW)
        act.do()
    finally:
        os.close(handle)
    assert mark.exists()


def test_what_a_command_left_behind_is_ended(platform, tmp_path):
    """A child in the background would act beside whatever comes next."""
    pid = tmp_path / "pid"
    program = (
        "import subprocess, sys, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(child.pid))"
    )
    (act,) = platform(deploy=(sys.executable, "-c", program)).deploy(NEW)
    act.do()
    until = time.monotonic() + 10
    while _state(int(pid.read_text())) not in ("", "Z"):
        assert time.monotonic() < until
        time.sleep(0.02)


def _state(pid):
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1]
