"""Logs of containers of a real engine: whole lines, both streams, since a moment or since the start."""

import json
import time

import pytest

from checks.engine.choosing import Choice
from checks.logs.account import Account
from checks.logs.containers import read_containers
from checks.logs.probes import Containers

WEB = Choice(project="shop", service="web")


@pytest.fixture
def read(box):
    def lines(choice=WEB, since=None, start=False, url=None):
        account = Account()
        found = list(read_containers(Containers(choice, url or box.url), since, start, account, 20))
        return found, [(missing.words, missing.remedy) for missing in account.missing]

    return lines


def logged(box, script, name="shop-web-1", **options):
    """A container that printed, and ended or sleeps."""
    container = box.service(name, "sh", "-c", script, **options)
    end = time.monotonic() + 20
    while time.monotonic() < end and b"done" not in container.logs():
        time.sleep(0.05)
    return container


def test_no_container_is_missing(box, read):
    """And what there is, is told."""
    box.service("blog-web-1", project="blog")
    lines, missing = read()
    assert lines == []
    assert missing[0][0] == "no container of service 'web' of project 'shop' was found; there are blog"


def test_a_name_that_is_not_there_is_missing(box, read):
    """The others are read all the same."""
    logged(box, "echo done")
    lines, missing = read(Choice(names=("shop-web-1", "shop-web-2")))
    assert [line.data for line in lines] == [b"done"]
    assert missing[0][0] == "there is no container shop-web-2"


def test_no_engine_is_missing(read, tmp_path):
    """With its remedy."""
    lines, missing = read(url=f"unix://{tmp_path}/none.sock")
    assert lines == []
    assert "there is no engine" in missing[0][0]


@pytest.mark.parametrize("tty", [False, True])
def test_lines_have_their_times(box, read, tty):
    """Both streams, with and without a terminal."""
    began = time.time()
    logged(box, "echo one; echo two >&2; echo done", tty=tty)
    lines, missing = read()
    assert sorted(line.data for line in lines) == [b"done", b"one", b"two"]
    assert all(began - 60 < line.time < time.time() + 60 for line in lines)
    assert {line.where for line in lines} == {"shop-web-1"}
    assert missing == []


def test_a_line_that_is_many_messages_is_one_line(box, read):
    """The engine cuts at 16 KiB, and puts a time in front of each piece: JSON has to stay JSON."""
    logged(box, """printf '{"a":"'; head -c 40000 /dev/zero | tr '\\0' x; echo '"}'; echo done""")
    lines, _ = read()
    assert len(lines) == 2
    assert json.loads(lines[0].data) == {"a": "x" * 40_000}


def test_since_a_moment(box, read):
    """What was printed before is left out by the engine."""
    logged(box, "echo one; sleep 1.5; echo done; sleep 60")
    lines, _ = read()
    (first, last) = lines
    assert [line.data for line in read(since=(first.time + last.time) / 2)[0]] == [b"done"]


def test_since_the_start(box, read):
    """A restart begins anew; what the run before it said is left out."""
    container = logged(box, "echo done; sleep 60")
    container.restart(timeout=0)
    end = time.monotonic() + 20
    while time.monotonic() < end and container.logs().count(b"done") < 2:
        time.sleep(0.05)
    assert len(read()[0]) == 2
    assert len(read(start=True)[0]) == 1


def test_a_driver_that_keeps_nothing_is_missing(box, read):
    """`none` can't be read; that is not an empty log."""
    from docker.types import LogConfig

    box.service("shop-web-1", log_config=LogConfig(type="none"))
    lines, missing = read()
    assert lines == []
    assert "the engine can't read the log of shop-web-1" in missing[0][0]
    assert "json-file" in missing[0][1]


def test_an_engine_that_answers_nonsense_is_missing(read):
    """A web server at its address."""
    from tests.checks.engine.test_asking import answering, json_answer

    with answering(json_answer('{"ApiVersion": "1.41"}')) as url:
        lines, missing = read(url=url)
    assert lines == []
    assert len(missing) == 1
