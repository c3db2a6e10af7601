import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest

from app.system.interrupts import Interrupted, interrupts
from app.system.threads import map_in_threads

COUNT = 1000


def test_the_results_come_in_the_order_of_the_items() -> None:
    assert map_in_threads(lambda number: number**2, range(COUNT), threads=3) == [number**2 for number in range(COUNT)]


def test_nothing_gives_nothing() -> None:
    assert map_in_threads(str, []) == []


def test_they_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3)
    assert sorted(map_in_threads(lambda _: meeting.wait(timeout=60), range(3), threads=3)) == [0, 1, 2]


def fails() -> None:
    raise ZeroDivisionError


def interrupts_the_process() -> None:
    os.kill(os.getpid(), signal.SIGINT)


no_signals = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


@pytest.mark.parametrize(
    ("happens", "raised"),
    [(fails, ZeroDivisionError), pytest.param(interrupts_the_process, Interrupted, marks=no_signals)],
)
def test_what_has_not_begun_is_left(happens: Callable[[], None], raised: type[BaseException]) -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 10:
            happens()
        time.sleep(0.01)
        done.append(number)

    interrupts.install()
    with pytest.raises(raised):
        map_in_threads(work, range(COUNT), threads=2)
    assert 9 <= len(done) < COUNT
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


@no_signals
def test_another_thread_may_use_it_and_is_never_interrupted() -> None:
    found: list[list[int]] = []
    interrupts.install()
    thread = threading.Thread(target=lambda: found.append(map_in_threads(abs, range(COUNT))))
    with pytest.raises(Interrupted), interrupts.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        thread.start()
        thread.join()
    assert found == [list(range(COUNT))]
