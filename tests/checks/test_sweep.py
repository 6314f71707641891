"""The sweep: everything at the same time, within its limits, and nothing for ever."""

import asyncio
import gc
import os
import signal
import threading
import time

import pytest

import checks.sweep as module
from checks.attempt import Attempt
from checks.evidence import Gap, Reading
from checks.http_connection import Connection
from checks.probes import HttpProbe, TcpProbe
from checks.sweep import sweep

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def many(url, count, **keywords):
    return [HttpProbe(f"e{i}", f"{url}/{i}", **keywords) for i in range(count)]


def values(swept, part):
    return [e.value for found in swept.evidence.values() for e in found if e.subject.endswith(f".{part}")]


def test_no_probes_are_no_evidence():
    """Nothing is looked at, and nothing is claimed."""
    assert sweep([]).evidence == {}


@pytest.mark.parametrize("keywords", [{"concurrency": 0}, {"per_host": 0}, {"max_lag": 0}, {"max_lag": float("nan")}])
def test_limits_that_let_nothing_through_are_refused(keywords):
    """Zero at a time would never end."""
    with pytest.raises(ValueError, match="not"):
        sweep([], **keywords)


def test_a_name_that_two_probes_have_is_refused():
    """One of them would overwrite the evidence of the other."""
    with pytest.raises(ValueError, match="two probes have the name 'a'"):
        sweep([TcpProbe("a", "127.0.0.1", 1), TcpProbe("a", "127.0.0.1", 2)])


def test_every_probe_has_evidence_and_is_told_when_it_is_done(servers, dead_port):
    """Good and bad ones alike, each once."""
    told = []
    probes = [*many(servers.http().url, 20), TcpProbe("dead", "127.0.0.1", dead_port)]
    swept = sweep(probes, on_done=told.append)
    assert set(swept.evidence) == {p.name for p in probes}
    assert all(swept.evidence.values())
    assert sorted(told) == sorted(swept.evidence)
    assert values(swept, "status") == [200] * 20
    assert swept.duration > 0
    assert swept.started > 1e9


def test_the_limit_per_host_is_kept(servers):
    """The server never sees more of us than that."""
    served = servers.http(delay=0.02)
    swept = sweep(many(served.url, 40), concurrency=30, per_host=4)
    assert served.peak == 4
    assert swept.concurrency == 4
    assert len(values(swept, "status")) == 40


def test_the_limit_in_all_is_kept_over_hosts(servers):
    """Two hosts that would allow more share it."""
    one, two = servers.http(delay=0.02), servers.http(delay=0.02)
    other = [HttpProbe(f"o{i}", f"http://localhost:{two.port}/") for i in range(20)]
    swept = sweep([*many(one.url, 20), *other], concurrency=6, per_host=5)
    assert swept.concurrency == 6
    assert one.peak <= 5
    assert two.peak <= 5
    assert len(values(swept, "status")) == 40


def test_probes_really_run_at_the_same_time(servers):
    """The twin: where the limits allow it, the time of one is the time of all."""
    served = servers.http(delay=0.3)
    swept = sweep(many(served.url, 20), concurrency=20, per_host=20)
    assert served.peak == 20
    assert swept.duration < 20 * 0.3 / 2


def test_connections_are_used_again(servers):
    """As many as work at the same time, not as many as there are probes."""
    served = servers.http()
    sweep(many(served.url, 30), per_host=3)
    assert served.connections <= 3
    assert len(served.asked) == 30


def test_a_server_that_closes_gets_new_connections(servers):
    """Connection: close is respected."""
    served = servers.http(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    assert values(sweep(many(served.url, 6), per_host=2), "status") == [200] * 6
    assert served.connections == 6


def test_a_kept_connection_that_died_is_replaced_without_counting_an_attempt(servers):
    """It was ours to keep, so its end is no failure of the service."""

    async def once(asked, writer):
        writer.write(OK)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()

    served = servers.http(once)
    swept = sweep(many(served.url, 4), per_host=1)
    assert values(swept, "status") == [200] * 4
    assert all(e.attempts == 1 for found in swept.evidence.values() for e in found)


def test_a_kept_connection_that_dies_in_its_answer_is_the_services_fault(servers):
    """The twin: a byte of the answer had come."""
    count = iter(range(100))

    async def second_breaks(asked, writer):
        if next(count) != 1:
            writer.write(OK)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\n")
            await writer.drain()
            writer.close()

    swept = sweep(many(servers.http(second_breaks).url, 2), per_host=1)
    assert values(swept, "up") == [True, False]


def test_bytes_that_nobody_asked_for_end_a_connection(servers):
    """They are never taken for the answer to the next request."""

    def answer(asked):
        forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
        return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + forged

    served = servers.http(answer)
    swept = sweep(many(served.url, 5, want_body=True), per_host=1)
    assert values(swept, "body") == ["ok"] * 5
    assert served.connections == 5


def test_bytes_that_come_between_two_answers_end_a_connection():
    """They may be the begin of an answer that somebody else asked for."""

    class Transport:
        aborted = False
        write = staticmethod(lambda _: None)

        def abort(self):
            self.aborted = True

    async def talk():
        connection, transport = Connection(), Transport()
        connection.connection_made(transport)
        asking = asyncio.ensure_future(connection.send(b"GET", Attempt("a", ""), head=False))
        await asyncio.sleep(0)
        connection.data_received(OK)
        await asking
        assert not connection.closed
        connection.data_received(b"HTTP/1.1 ")
        assert connection.closed
        assert transport.aborted

    asyncio.run(talk())


def test_posts_never_go_over_a_kept_connection(servers):
    """Sending one twice may do something twice."""
    served = servers.http()
    sweep(many(served.url, 4, method="POST", body=b"x"), per_host=1)
    assert served.connections == 4


def test_a_retry_is_visible(servers):
    """Two failures and a pass: three attempts, and the time of them all."""
    count = iter(range(100))

    async def third_time(asked, writer):
        if next(count) < 2:
            writer.close()
        else:
            writer.write(OK)

    swept = sweep([HttpProbe("api", servers.http(third_time).url, attempts=3, pause=0.05)])
    assert values(swept, "up") == [True]
    assert {e.attempts for e in swept.evidence["api"]} == {3}
    assert swept.evidence["api"][0].took >= 0.1


def test_without_attempts_left_the_failure_stands(servers):
    """The twin with one attempt less."""
    count = iter(range(100))

    async def third_time(asked, writer):
        if next(count) < 2:
            writer.close()
        else:
            writer.write(OK)

    swept = sweep([HttpProbe("api", servers.http(third_time).url, attempts=2, pause=0.01)])
    assert values(swept, "up") == [False]
    assert swept.evidence["api"][0].attempts == 2


@pytest.mark.parametrize(("status", "tries"), [(503, 3), (429, 3), (500, 1), (404, 1), (200, 1)])
def test_a_status_that_says_later_is_asked_again(servers, status, tries):
    """The others are answers."""
    served = servers.http(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
    swept = sweep([HttpProbe("api", served.url, attempts=3, pause=0.01)])
    assert values(swept, "status") == [status]
    assert len(served.asked) == tries
    assert swept.evidence["api"][0].attempts == tries


def test_a_retry_does_not_hold_a_place(servers, dead_port):
    """While one waits for its next attempt, the others are measured."""
    served = servers.http()
    dead = HttpProbe("dead", f"http://127.0.0.1:{dead_port}/", attempts=3, pause=0.3)
    order = []
    sweep([dead, *many(served.url, 5)], concurrency=1, per_host=1, on_done=order.append)
    assert order[-1] == "dead"


def test_a_time_measured_while_our_loop_stood_still_is_a_gap(servers):
    """The other readings stay, and the words say how long."""

    def block(name):
        if name == "first":
            time.sleep(0.3)

    quick, slow = servers.http(), servers.http(delay=0.1)
    swept = sweep([HttpProbe("first", quick.url), HttpProbe("second", slow.url)], on_done=block)
    spoilt = {e.subject: e for e in swept.evidence["second"]}
    assert isinstance(spoilt["second.response_time"], Gap)
    assert "our own event loop lagged" in spoilt["second.response_time"].reason
    assert spoilt["second.status"].value == 200
    assert swept.max_lag_seen > 0.2


def test_a_time_measured_by_a_loop_on_time_is_a_reading(servers):
    """The twin: the same lag, and a limit above it."""

    def block(name):
        if name == "first":
            time.sleep(0.3)

    quick, slow = servers.http(), servers.http(delay=0.1)
    probes = [HttpProbe("first", quick.url), HttpProbe("second", slow.url)]
    assert isinstance(sweep(probes, max_lag=5, on_done=block).evidence["second"][2], Reading)


def test_a_timeout_that_our_own_loop_caused_is_a_gap(servers):
    """The service may have answered; nobody was there to read it."""

    def block(name):
        if name == "first":
            time.sleep(0.6)

    quick, slow = servers.http(), servers.http(delay=0.2)
    swept = sweep([HttpProbe("first", quick.url), HttpProbe("second", slow.url, timeout=0.4)], on_done=block)
    up = swept.evidence["second"][0]
    # Which of the two comes first after a stand-still, the answer or the end of the time, is not ours to say.
    assert isinstance(up, Gap) or up.value is True
    if isinstance(up, Gap):
        assert "stood still" in up.reason


def test_the_hard_deadline_ends_what_nothing_else_ends(servers, monkeypatch):
    """What is not done by then is a gap that says so; what is done stays."""
    monkeypatch.setattr(module, "_hard_deadline", lambda *_: 0.5)
    slow = HttpProbe("slow", servers.http(delay=60).url, timeout=30)
    swept = sweep([slow, *many(servers.http().url, 3)])
    (gap,) = swept.evidence["slow"]
    assert gap.subject == "slow.up"
    assert "hard deadline of 500 ms" in gap.reason
    assert values(swept, "status") == [200] * 3


def test_the_hard_deadline_is_longer_than_anything_allowed():
    """A probe that uses all its attempts in a queue with others is not cut off."""
    jobs = [module._Job(HttpProbe(f"a{i}", "http://h/", timeout=2, attempts=3, pause=1), "h", None) for i in range(10)]
    assert module._hard_deadline(jobs, 64, 1) > 10 * (3 * 2 + 1 + 2)


def test_an_error_in_our_own_code_is_a_gap_and_does_not_stop_the_others(servers, monkeypatch):
    """Fail closed, and keep the rest of the evidence."""
    import checks.look

    async def broken(*_):
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(checks.look, "measure_tcp", broken)
    swept = sweep([TcpProbe("t", "127.0.0.1", 1), *many(servers.http().url, 2)])
    assert "ZeroDivisionError: oops" in swept.evidence["t"][0].reason
    assert values(swept, "status") == [200] * 2


@pytest.mark.parametrize("error", [RuntimeError, TimeoutError, KeyboardInterrupt])
def test_what_on_done_raises_goes_through(servers, error, capfd):
    """Ctrl-C and mistakes of the caller end the sweep, without noise about what was under way."""
    slow = servers.http(delay=5)

    def stop(name):
        raise error

    with pytest.raises(error):
        sweep([*many(slow.url, 3), HttpProbe("quick", servers.http().url)], on_done=stop)
    gc.collect()
    assert capfd.readouterr().err == ""
    assert gc.isenabled()


def test_ctrl_c_ends_a_sweep_that_waits(servers, capfd):
    """At once, and without a word about tasks that were destroyed."""
    slow = servers.http(delay=30)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        sweep(many(slow.url, 10, timeout=20))
    timer.join()
    gc.collect()
    assert time.monotonic() - began < 5
    assert capfd.readouterr().err == ""


def test_a_sweep_leaves_no_connection_open(servers):
    """Whatever it kept is closed at its end."""
    served = servers.http()
    swept = sweep(many(served.url, 10), per_host=5)
    assert len(swept.evidence) == 10
    gc.collect()  # an unclosed socket or transport would warn here, and warnings are errors
    import psutil

    ports = [c.raddr.port for c in psutil.Process().net_connections("tcp") if c.raddr and c.status == "ESTABLISHED"]
    assert served.port not in ports
