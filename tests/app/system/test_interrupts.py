import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app import pipeline
from app.arrays import Image
from app.config.settings import Settings
from app.entities import Activity, Frame
from app.model.classifier import Classifier
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.system.interrupts import PATIENCE_S, Interrupted, Interrupts, interrupts
from tests import toy
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


# what ends a process beside Ctrl-C and SIGTERM, as `kill -l` lists it; SIGALRM is the tests' own clock
UNIX_ENDS = [
    getattr(signal, name)
    for name in ("SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGPWR", "SIGIO")
    if hasattr(signal, name)
]


def arrives(number: int = signal.SIGINT) -> None:
    """A signal reaches this process."""
    os.kill(os.getpid(), number)


@pytest.fixture
def found() -> Interrupts:
    made = Interrupts()
    made.install()
    return made


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), *((number, 128 + number) for number in UNIX_ENDS)],
)
def test_it_is_raised_at_once_where_nothing_defers_it(found: Interrupts, number: int, status: int) -> None:
    with pytest.raises(Interrupted) as raised:
        arrives(number)
        time.sleep(60)
    assert raised.value.status == status


def test_a_shell_that_ignores_ctrl_c_for_its_jobs_is_overruled() -> None:
    """As one without job control does for `... &`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    made = Interrupts()
    made.install()
    with pytest.raises(Interrupted):
        arrives()
        time.sleep(60)


def test_deferred_it_waits_until_somebody_looks(found: Interrupts) -> None:
    with pytest.raises(ZeroDivisionError), found.deferred():
        found.check()
        arrives()
        assert found.pending
        with pytest.raises(Interrupted):
            found.check()
        raise ZeroDivisionError  # another error goes before it


def test_it_waits_for_the_end_of_a_destructor(found: Interrupts) -> None:
    """Python prints and forgets what is raised there; a benchmark went on for ever after it."""
    closed = []

    class Closes:
        def __del__(self) -> None:
            arrives()
            closed.append(1)

    with pytest.raises(Interrupted):
        Closes()
        time.sleep(60)
    assert closed


def test_it_waits_while_python_works_with_its_threads(found: Interrupts) -> None:
    """Raised inside a lock of `threading` it left the lock held, and the program went on for ever."""
    condition = threading.Condition()
    threading.Timer(0.5, lambda: [arrives(), time.sleep(0.5), _notify(condition)]).start()
    heard = []
    with pytest.raises(Interrupted), condition:
        condition.wait()
        heard.append(1)
        time.sleep(60)
    assert heard


@pytest.mark.timeout(60)
def test_a_wait_without_end_is_interrupted_in_the_end(found: Interrupts) -> None:
    threading.Timer(0.2, arrives).start()
    with pytest.raises(Interrupted):
        threading.Event().wait()


@pytest.mark.timeout(60)
def test_another_one_ends_what_never_looks(found: Interrupts, tmp_path: Path) -> None:
    """Opening a pipe without a reader hung, deaf to Ctrl-C."""
    os.mkfifo(tmp_path / "pipe")

    def presses_again() -> None:
        arrives()
        time.sleep(PATIENCE_S + 0.5)
        arrives()

    threading.Timer(0.2, presses_again).start()
    with pytest.raises(Interrupted), found.deferred():
        (tmp_path / "pipe").open("wb").close()


def test_one_that_is_ignored_from_the_start_stays_so() -> None:
    """As nohup does."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    made = Interrupts()
    made.install()
    arrives(signal.SIGHUP)
    assert not made.pending


def test_control_backslash_ends_a_closing_that_hangs() -> None:
    code = """
        import os, signal, time
        from app.system.interrupts import Interrupted, interrupts
        interrupts.install()
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except Interrupted:
            os.kill(os.getpid(), signal.SIGTERM)
            print("closing", flush=True)
            os.kill(os.getpid(), signal.SIGQUIT)
            time.sleep(60)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (-signal.SIGQUIT, "closing\n")


def _notify(condition: threading.Condition) -> None:
    with condition:
        condition.notify()


def test_what_nobody_looked_for_is_raised_at_the_end(found: Interrupts) -> None:
    closed = []
    with pytest.raises(Interrupted), found.deferred():
        arrives(signal.SIGTERM)
        closed.append(1)
    assert closed


def test_nested_it_is_raised_at_the_outermost_end(found: Interrupts) -> None:
    steps = []
    with pytest.raises(Interrupted), found.deferred():
        with found.deferred():
            arrives()
            steps.append("inner")
        steps.append("outer")
    assert steps == ["inner", "outer"]


def test_a_second_one_is_ignored(found: Interrupts) -> None:
    with pytest.raises(Interrupted) as raised, found.deferred():
        arrives()
        arrives(signal.SIGTERM)
    assert raised.value.status == 130
    arrives()


def test_installed_again_it_forgets_what_came_before(found: Interrupts) -> None:
    with pytest.raises(Interrupted):
        arrives()
    found.install()
    assert not found.pending
    found.check()


def test_only_the_main_thread_is_interrupted(found: Interrupts) -> None:
    passed = []

    def work() -> None:
        with found.deferred():
            found.check()
        passed.append(1)

    with pytest.raises(Interrupted), found.deferred():
        arrives()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert passed


@pytest.mark.parametrize("live", [True, False])
def test_a_run_ends_between_two_frames_never_inside_a_sink(model: Path, live: bool) -> None:
    """Raised inside queue.Queue.put it once left the encoder waiting for ever."""

    class Pressed(Sink):
        name = "pressed"
        begun = ended = 0

        def write(self, frame: Frame, activity: Activity) -> None:
            self.begun += 1
            if self.begun == 5:
                arrives()
            self.ended += 1

        def close(self) -> None:
            pass

    sink, source = Pressed(), toy.Pictures([toy.plain(toy.RED)] * 500, live=live, pause_s=0.005)
    interrupts.install()
    with pytest.raises(Interrupted):
        pipeline.run([source], Classifier(model), Settings(), [sink])
    assert 5 <= sink.begun == sink.ended < 50
    assert source.closed == 1


@pytest.mark.timeout(60)
def test_a_file_that_delivers_nothing_can_be_interrupted(model: Path) -> None:
    waits = threading.Event()

    def stalled() -> Iterator[Image]:
        yield toy.plain(toy.RED)
        arrives()
        waits.wait(50)
        yield np.zeros_like(toy.plain(toy.RED))

    interrupts.install()
    stats, source = RunStats(), toy.Pictures(stalled())
    with pytest.raises(Interrupted):
        pipeline.run([source], Classifier(model), Settings(), [], stats=stats)
    assert stats.frames_processed == 1, "the second one was not waited for"
    assert source.abandoned and not source.closed, "closed under the thread that reads it, a clip crashes"
    waits.set()
