"""The switch between two slots, seen by clients of a real nginx that never retry."""

import http.client
import os
import socket
import threading
import time
from collections import Counter
from itertools import pairwise

import pytest
import requests

from releases.nginx import switch as module
from releases.nginx.state import Traffic
from releases.nginx.switch import Switch, SwitchError


def ask(url, number, **headers):
    return Counter(requests.get(url, headers={"Connection": "close", **headers}).text for _ in range(number))


def test_shares_are_whole_percents():
    """Of either stable slot; anything else is refused."""
    assert Traffic("a", 20).on_b == 20
    assert Traffic("b", 20).on_b == 80
    assert (Traffic("b", 20, canary=True).name, Traffic("b").idle) == ("b-20-canary", "a")
    for share in (-1, 101):
        with pytest.raises(ValueError, match="is no share"):
            Traffic("a", share)


def test_nobody_and_everybody(switch):
    """0 % is nobody at all, 100 % is everybody, from either slot."""
    made, url = switch
    for traffic, slot in [(Traffic("a"), "a"), (Traffic("a", 100), "b"), (Traffic("b"), "b"), (Traffic("b", 100), "a")]:
        made.set(traffic)
        assert made.live() == traffic
        assert ask(url, 40) == {slot: 40}


def test_a_share_of_users(switch):
    """About a fifth; whoever sends the header reaches the candidate, and nobody else does who sends another one."""
    made, url = switch
    made.set(Traffic("a", 20, canary=True))
    assert 40 < ask(url, 400)["b"] < 130
    assert ask(url, 20, canary="true") == {"b": 20}
    made.set(Traffic("b", 0, canary=True))
    assert ask(url, 20, canary="true") == {"a": 20}
    assert ask(url, 20, canary="yes") == {"b": 20}
    made.set(Traffic("b"))
    assert ask(url, 20, canary="true") == {"b": 20}


def test_a_failing_candidate_is_not_hidden(switch):
    """Nothing is asked again at the other slot."""
    made, url = switch
    made.set(Traffic("a", 100))
    assert requests.get(f"{url}/broken").status_code == 502


def test_the_same_state_twice_is_one(switch):
    """And only the live state and the one before it are kept."""
    made, _ = switch
    for share in (0, 20, 20, 40, 40, 60):
        made.set(Traffic("a", share))
    assert len(list((made._folder / "states").iterdir())) == 2
    assert not list(made._folder.glob(".*"))


def test_what_nginx_does_not_show_is_no_switch(switch, tmp_path, monkeypatch):
    """Another folder, or nobody who answers: it is said what nginx shows instead."""
    made, url = switch
    monkeypatch.setattr(module, "PROVEN_WITHIN", 0.2)
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(SwitchError, match=r"shows 'a-0', wanted 'a-20': does it include the files"):
        Switch(other, url).prove(Traffic("a", 20), within=0.2)
    with pytest.raises(SwitchError, match="shows 'ConnectionError'"):
        Switch(other, "http://127.0.0.1:1").prove(Traffic("a"), within=0.2)
    made.prove(Traffic("a"), within=0.2)


def test_nothing_is_live_before_the_first_state(tmp_path):
    """And a folder that is not ours is an error."""
    made = Switch(tmp_path, "")
    assert made.live() is None
    (tmp_path / "live").symlink_to("nowhere")
    with pytest.raises(SwitchError, match="can't be read"):
        made.live()


def test_a_folder_that_can_not_be_written(switch, monkeypatch):
    """Traffic stays as it was, and it is said."""
    made, url = switch
    monkeypatch.setattr(os, "symlink", lambda *a, **k: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(SwitchError, match="No space left on device; traffic stays as it was"):
        made.set(Traffic("a", 100))
    assert made.live() == Traffic("a")
    assert ask(url, 10) == {"a": 10}


def test_the_configuration_changes_only_where_a_slot_moved(switch, slots):
    """Written again it is the same; another address is a change."""
    made, _ = switch
    assert not made.write_configuration(slots)
    assert made.write_configuration({**slots, "b": "127.0.0.1:9"})


def keep_alive(url, stop, found):
    """A raw client on one connection: it counts, and never asks again."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)
    while not stop.is_set():
        try:
            connection.request("GET", "/")
            found[connection.getresponse().read().decode()] += 1
        except (OSError, http.client.HTTPException) as error:
            found[f"lost: {error!r}"] += 1
            connection.close()
        time.sleep(0.002)
    connection.close()


def fresh(url, stop, found):
    """A raw client with a connection for each request."""
    host, port = url.removeprefix("http://").split(":")
    while not stop.is_set():
        try:
            with socket.create_connection((host, int(port)), timeout=5) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: client.recv(4096), b""))
            found[answer[-1:].decode() if answer.startswith(b"HTTP/1.1 200") else f"lost: {answer[:40]!r}"] += 1
        except OSError as error:
            found[f"lost: {error!r}"] += 1
        time.sleep(0.002)


def slow(url, stop, found):
    """Requests of a second each, in flight while others are switched."""
    while not stop.is_set():
        answer = requests.get(f"{url}/slow", timeout=10)
        found[answer.text if answer.status_code == 200 else f"lost: {answer.status_code}"] += 1


@pytest.mark.parametrize("client", [keep_alive, fresh, slow])
def test_no_request_is_lost_while_it_switches(switch, client):
    """Forty times there and back, with requests on kept connections, on fresh ones, and in flight."""
    made, url = switch
    stop, found = threading.Event(), Counter()
    threads = [threading.Thread(target=client, args=(url, stop, found)) for _ in range(4)]
    for thread in threads:
        thread.start()
    states = [Traffic("a", share) for share in (0, 20, 50, 100)] * 10
    for before, after in pairwise(states):
        assert made.live() in (before, Traffic("a"))
        made.set(after)
    stop.set()
    for thread in threads:
        thread.join(20)
    assert not [what for what in found if what.startswith("lost")], found
    assert set(found) == {"a", "b"} or client is slow
    assert sum(found.values()) > (100 if client is not slow else 3)
