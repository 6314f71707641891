"""The machine for one test alone, beside others that share it."""

import threading
import time

from tests.turnstile import passed


def test_who_is_alone_is_alone_and_nobody_overtakes(tmp_path, monkeypatch):
    """Others share the machine; who wants it alone waits for them, and whoever comes later waits for him."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen, first_is_in, let_go = [], threading.Event(), threading.Event()

    def first():
        with passed("t", alone=False), passed("t", alone=False):  # shared twice, as two workers would
            first_is_in.set()
            let_go.wait(10)
            seen.append("first")

    def wait_then(name, *, alone):
        with passed("t", alone=alone):
            seen.append(name)

    threads = [threading.Thread(target=first)]
    threads[0].start()
    assert first_is_in.wait(10)
    for name, alone in (("alone", True), ("late", False)):
        threads.append(threading.Thread(target=wait_then, args=(name,), kwargs={"alone": alone}))
        threads[-1].start()
        time.sleep(0.2)
    assert seen == []
    let_go.set()
    for thread in threads:
        thread.join(10)
    assert seen == ["first", "alone", "late"]
