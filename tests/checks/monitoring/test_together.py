"""Several things at the same time."""

import threading
import time

import pytest

from checks.monitoring.together import together


def test_results_come_in_the_order_of_the_tasks():
    """Whichever is ready first; None is a result."""
    pauses = [0.05, 0.0, 0.02]
    tasks = [lambda pause=pause: time.sleep(pause) or pause for pause in pauses]
    assert together([*tasks, lambda: None], 4) == [*pauses, None]
    assert together([], 4) == []


def test_no_more_than_asked_for_at_once():
    """Nobody's server is ours alone."""
    running, most, lock = 0, 0, threading.Lock()

    def task():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.01)
        with lock:
            running -= 1

    together([task] * 9, 3)
    assert 1 < most <= 3


def test_what_a_task_raises_is_raised():
    """At once, without waiting for the others."""

    def broken():
        raise ValueError("broken")

    began = time.monotonic()
    with pytest.raises(ValueError, match="broken"):
        together([lambda: time.sleep(5), broken], 2)
    assert time.monotonic() - began < 4
