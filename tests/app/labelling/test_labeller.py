"""Rounds under way at the same time; what a whole run does of it is in test_pipeline."""

import threading
import time

import numpy as np
import pytest

from app import pipeline
from app.config.settings import InferenceSettings, SourceSettings
from app.entities import Delivery, Frame
from app.labelling.cadence import Cadence
from app.labelling.labeller import Labelling, Track
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import MOST_RUNS_AT_ONCE, Classifier
from app.model.onnx_session import CPU
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.sources.media import MediaSource
from app.system.cores import usable_cores
from tests import toy
from tests.conftest import ROOT

COLOURS = [toy.plain(colour, 64, 48) for colour in (toy.RED, toy.GREEN, toy.BLUE)]


class Slow:
    """Takes longer over its earlier pictures, so that answers come back in another order; counts what runs at once."""

    def __init__(self, classifier, fails_at=None):
        self.contract, self._classifier, self._fails_at = classifier.contract, classifier, fails_at
        self.runs_at_once, self.running, self.most, self.calls = 3, 0, 0, 0
        self._lock = threading.Lock()

    def predict(self, batch):
        with self._lock:
            call, self.calls, self.running = self.calls, self.calls + 1, self.running + 1
            self.most = max(self.most, self.running)
        time.sleep(0.03 if call % 3 == 0 else 0.005)
        with self._lock:
            self.running -= 1
        if call == self._fails_at:
            raise RuntimeError("the network broke")
        return self._classifier.predict(batch)


class Keeper(Sink):
    name = "keeper"

    def __init__(self):
        self.got = []

    def write(self, frame, activity):
        self.got.append((frame.index, activity))

    def close(self):
        pass


@pytest.fixture(scope="module")
def classifier(model):
    return Classifier(model)


def smoother(contract=None):
    return ActivitySmoother(toy.LABELS, [0.6] * 3, tau_s=0.3, margin=0.1, min_dwell_s=0.3, gap_s=2.0)


def delivery(index, image=COLOURS[0]):
    return Delivery(Frame(image, index, index / 10, "clip"), time.perf_counter(), None)


def no_thread_is_left():
    return not [thread for thread in threading.enumerate() if thread.name.startswith("classify")]


def run(classifier, count=30, **options):
    keeper = Keeper()
    stats = pipeline.run(
        [toy.Pictures([COLOURS[index % 3] for index in range(count)], fps=10)],
        classifier,
        smoother,
        [keeper],
        **options,
    )
    return keeper.got, stats


def test_answers_stay_in_order_and_are_those_of_one_after_the_other(classifier):
    slow = Slow(classifier)
    got, stats = run(slow)
    slow.runs_at_once = 0
    alone, _ = run(slow)
    assert [index for index, _ in got] == list(range(30))
    assert got == alone
    assert slow.most == 3, "three pictures were in the network at once"
    assert stats.frames_read == stats.frames_processed == 30
    assert no_thread_is_left()


def test_the_shipped_model_answers_to_the_bit_from_several_threads(clip):
    shipped = Classifier(ROOT / "models" / "daily_activity.onnx")
    with MediaSource(str(clip), SourceSettings(), 0.0) as source:
        frames = list(source)
    deliveries = [Delivery(frame, time.perf_counter(), None) for frame in frames]
    wanted = [shipped.predict(frame.prepare(shipped.contract.input)[None]).probs[0].tolist() for frame in frames]

    def track(contract):
        return Track(
            lambda: ActivitySmoother(
                contract.labels, contract.thresholds, tau_s=0.3, margin=0.1, min_dwell_s=0.3, gap_s=2.0
            ),
            None,
        )

    with Labelling(shipped, track, RunStats(), 4) as labelling:
        got = [activity for one in deliveries for _, activity in labelling.push([one])]
        got += [activity for _, activity in labelling.push([])]
    assert [list(activity.probs) for activity in got] == wanted


def test_push_gives_back_what_went_in_before(classifier):
    stats = RunStats()
    with Labelling(classifier, lambda _: Track(smoother, None), stats, 2) as labelling:
        given = [[frame.index for frame, _ in labelling.push([delivery(index)])] for index in range(5)]
        rest = [frame.index for frame, _ in labelling.push([])]
    assert (given, rest) == ([[], [], [0], [1], [2]], [3, 4])
    assert stats.frames_processed == 5


def test_nothing_waits_for_the_next_round_without_runs_at_once(classifier):
    with Labelling(classifier, lambda _: Track(smoother, None), RunStats(), 0) as labelling:
        assert [[frame.index for frame, _ in labelling.push([delivery(index)])] for index in range(3)] == [
            [0],
            [1],
            [2],
        ]


def test_live_sources_are_labelled_one_round_after_the_other(classifier):
    slow = Slow(classifier)
    pipeline.run([toy.Pictures([COLOURS[0]] * 10, live=True, pause_s=0.001)], slow, smoother, [Keeper()])
    assert slow.most == 1


@pytest.mark.timeout(60)
def test_an_error_of_the_network_ends_the_run_after_the_frames_before_it(classifier):
    keeper, source = Keeper(), toy.Pictures([COLOURS[0]] * 1000)
    with pytest.raises(RuntimeError, match="the network broke"):
        pipeline.run([source], Slow(classifier, fails_at=5), smoother, [keeper])
    assert 3 <= len(keeper.got) <= 7, "the frames around it were under way in other threads"
    assert [index for index, _ in keeper.got] == list(range(len(keeper.got)))
    assert source.closed == 1
    assert no_thread_is_left()


def test_frames_that_keep_their_label_stay_in_order_as_well(classifier):
    def cadence():
        return Cadence(InferenceSettings(every_s=0.35))

    slow = Slow(classifier)
    got, stats = run(slow, make_cadence=cadence)
    slow.runs_at_once = 0
    assert got == run(slow, make_cadence=cadence)[0]
    assert stats.frames_kept > 15


def test_how_many_run_at_once_follows_the_cores(model):
    one, two, all_of_them = (Classifier(model, threads).runs_at_once for threads in (1, 2, 0))
    assert all_of_them == 0, "a run that takes every core leaves none to another"
    assert one == (min(MOST_RUNS_AT_ONCE, usable_cores()) if usable_cores() > 1 else 0)
    assert two <= one


def test_only_the_processor_runs_several_at_once(model):
    """DirectML allows one run of a session at a time."""
    classifier = Classifier(model)
    assert classifier.provider == CPU
    classifier.provider = "DmlExecutionProvider"
    assert classifier.runs_at_once == 0


def test_the_classes_of_the_toy_are_told_apart(classifier):
    """So that equal answers above mean something."""
    got, _ = run(classifier, 3)
    assert len({tuple(np.round(activity.probs, 2)) for _, activity in got}) == 3
