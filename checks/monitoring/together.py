"""Does several things at the same time, in threads that nobody has to wait for when the run is interrupted."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def together(tasks: Sequence[Callable[[], _T]], at_once: int, name: str = "tidegate metrics") -> list[_T]:
    """The results in the order of the tasks, of which `at_once` run at the same time. Raises what the first one raises.

    A ThreadPoolExecutor would be waited for when Python ends, for as long as its tasks take: after Ctrl-C, too.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, _T | None, BaseException | None]] = queue.SimpleQueue()
    for number in range(len(tasks)):
        waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((number, tasks[number](), None))
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
                done.put((number, None, error))

    for _ in range(min(at_once, len(tasks))):
        threading.Thread(target=work, name=name, daemon=True).start()
    found: dict[int, _T] = {}
    for _ in tasks:
        number, result, error = done.get()
        if error is not None:
            raise error
        found[number] = result  # type: ignore[assignment] # a task without an error has a result
    return [found[number] for number in range(len(tasks))]
