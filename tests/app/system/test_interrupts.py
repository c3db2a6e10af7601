import os
import signal
import sys
import time

import pytest

from app import pipeline
from app.config.settings import Settings
from app.model.classifier import Classifier
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.system.interrupts import Interrupted, Interrupts, interrupts
from tests import toy

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
STATUSES = {signal.SIGINT: 130, signal.SIGTERM: 143}


@pytest.fixture(autouse=True)
def as_they_were():
    kept = {number: signal.getsignal(number) for number in STATUSES}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(("number", "status"), STATUSES.items())
def test_it_is_raised_at_once_while_nothing_is_under_way(number, status):
    Interrupts().install(STATUSES)
    with pytest.raises(Interrupted) as raised:
        os.kill(os.getpid(), number)
        time.sleep(1)
    assert raised.value.status == status


def test_deferred_it_waits_until_somebody_looks():
    found = Interrupts()
    found.install(STATUSES)
    with found.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        assert found.pending
        with pytest.raises(Interrupted):
            found.check()
        found.check()  # once is enough
        assert not found.pending


def test_what_nobody_looked_for_is_raised_at_the_end():
    found = Interrupts()
    found.install(STATUSES)
    with pytest.raises(Interrupted), found.deferred():
        os.kill(os.getpid(), signal.SIGTERM)
        closed = True
    assert closed


def test_a_second_one_is_ignored():
    found = Interrupts()
    found.install(STATUSES)
    with pytest.raises(Interrupted) as raised, found.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
    assert raised.value.status == 130
    os.kill(os.getpid(), signal.SIGINT)


def test_another_error_goes_before_it():
    found = Interrupts()
    found.install(STATUSES)
    with pytest.raises(ZeroDivisionError), found.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        raise ZeroDivisionError


@pytest.mark.parametrize("live", [True, False])
def test_a_run_ends_between_two_frames_never_inside_a_sink(model, live):
    """Raised inside queue.Queue.put it once left the encoder waiting for ever."""

    class Pressed(Sink):
        name = "pressed"
        begun = ended = 0

        def write(self, frame, activity):
            self.begun += 1
            if self.begun == 5:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.05)
            self.ended += 1

        def close(self):
            pass

    sink, source = Pressed(), toy.Pictures([toy.plain(toy.RED)] * 500, live=live, pause_s=0.005)
    interrupts.install(STATUSES)
    with pytest.raises(Interrupted), interrupts.deferred():
        pipeline.run([source], Classifier(model), Settings(), [sink])
    assert 5 <= sink.begun == sink.ended < 50
    assert source.closed == 1


@pytest.mark.timeout(60)
def test_a_file_that_delivers_nothing_can_be_interrupted(model):
    def stalled():
        yield toy.plain(toy.RED)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(1)
        yield toy.plain(toy.GREEN)

    interrupts.install(STATUSES)
    stats = RunStats()
    with pytest.raises(Interrupted), interrupts.deferred():
        pipeline.run([toy.Pictures(stalled())], Classifier(model), Settings(), [], stats=stats)
    assert stats.frames_processed == 1, "the second one was not waited for"
