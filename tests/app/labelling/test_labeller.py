"""Rounds under way at the same time; what a whole run does of it is in test_pipeline."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from app import pipeline
from app.arrays import Float32s, Image, Images
from app.config.settings import InferenceSettings, Settings, SmoothingSettings, SourceSettings
from app.entities import Activity, Delivery, Frame
from app.labelling.labeller import Labeller
from app.model.classifier import Classifier, Prediction
from app.run_stats import RunStats
from app.sources.media import MediaSource
from tests import toy
from tests.conftest import ROOT
from tests.fakes import Keeper

COLOURS = [toy.plain(colour, 64, 48) for colour in (toy.RED, toy.GREEN, toy.BLUE)]
SMOOTHING = SmoothingSettings(tau_s=0.3, margin=0.1, min_dwell_s=0.3, gap_s=2.0)
SETTINGS = Settings(smoothing=SMOOTHING)


class Slow(Classifier):
    """Takes longer over its earlier images, so that answers come back in another order; counts what runs together."""

    def __init__(self, model: Path, in_flight: int = 3, fails_at: int | None = None) -> None:
        self._lock = threading.Lock()
        self._in_flight, self._fails_at = in_flight, None
        self.running = self.most = self.calls = 0
        super().__init__(model)
        self._fails_at, self.most, self.calls = fails_at, 0, 0  # not counting what opening it tried

    @property
    def max_in_flight(self) -> int:
        return self._in_flight

    def predict(self, batch: Images, cues: Float32s | None = None) -> Prediction:
        with self._lock:
            call, self.calls, self.running = self.calls, self.calls + 1, self.running + 1
            self.most = max(self.most, self.running)
        time.sleep(0.03 if call % 3 == 0 else 0.005)
        with self._lock:
            self.running -= 1
        if call == self._fails_at:
            raise RuntimeError("the network broke")
        return super().predict(batch, cues)


@pytest.fixture(scope="module")
def classifier(model: Path) -> Classifier:
    return Classifier(model)


def delivery(index: int, image: Image = COLOURS[0]) -> Delivery:
    return Delivery(Frame(image, index, index / 10, "clip"), time.perf_counter())


def no_thread_is_left() -> bool:
    return not [thread for thread in threading.enumerate() if thread.name.startswith("classify")]


def run(
    classifier: Classifier, count: int = 30, settings: Settings = SETTINGS
) -> tuple[list[tuple[int, Activity]], RunStats]:
    keeper, source = Keeper(), toy.Pictures([COLOURS[index % 3] for index in range(count)], fps=10)
    stats = pipeline.run([source], classifier, settings, [keeper])
    return [(frame.index, activity) for frame, activity in keeper.got], stats


def test_answers_stay_in_order_and_are_those_of_one_after_the_other(model: Path) -> None:
    slow = Slow(model)
    got, stats = run(slow)
    alone, _ = run(Slow(model, in_flight=0))
    assert [index for index, _ in got] == list(range(30))
    assert got == alone
    assert slow.most == 3, "three images were in the network at the same time"
    assert stats.frames_read == stats.frames_processed == 30
    assert no_thread_is_left()


def test_the_shipped_model_answers_to_the_bit_from_several_threads(clip: Path) -> None:
    shipped = Classifier(ROOT / "models" / "daily_activity.onnx")
    with MediaSource(str(clip), SourceSettings(), 0.0) as source:
        frames = list(source)
    wanted = [shipped.predict(frame.prepare(shipped.contract.input)[None]).probs[0].tolist() for frame in frames]
    with Labeller(shipped, SETTINGS, RunStats(), 4) as labeller:
        got = [activity for frame in frames for _, activity in labeller.push([Delivery(frame, time.perf_counter())])]
        got += [activity for _, activity in labeller.push([])]
    assert [list(activity.probs) for activity in got] == wanted


def test_push_returns_what_went_in_before(classifier: Classifier) -> None:
    stats = RunStats()
    with Labeller(classifier, SETTINGS, stats, 2) as labeller:
        given = [[frame.index for frame, _ in labeller.push([delivery(index)])] for index in range(5)]
        rest = [frame.index for frame, _ in labeller.push([])]
    assert (given, rest) == ([[], [], [0], [1], [2]], [3, 4])
    assert stats.frames_processed == 5


def test_with_none_in_flight_nothing_waits_for_the_next_round(classifier: Classifier) -> None:
    with Labeller(classifier, SETTINGS, RunStats(), 0) as labeller:
        given = [[frame.index for frame, _ in labeller.push([delivery(index)])] for index in range(3)]
    assert given == [[0], [1], [2]]


def test_a_switch_while_a_round_is_under_way_is_a_mistake(classifier: Classifier) -> None:
    with Labeller(classifier, SETTINGS, RunStats(), 2) as labeller:
        list(labeller.push([delivery(0)]))
        with pytest.raises(AssertionError, match="push an empty round"):
            labeller.switch(classifier)


def test_live_sources_are_labelled_one_round_after_the_other(model: Path) -> None:
    slow = Slow(model)
    pipeline.run([toy.Pictures([COLOURS[0]] * 10, live=True, pause_s=0.001)], slow, SETTINGS, [Keeper()])
    assert slow.most == 1


@pytest.mark.timeout(60)
def test_an_error_of_the_network_ends_the_run_after_the_frames_before_it(model: Path) -> None:
    keeper, source = Keeper(), toy.Pictures([COLOURS[0]] * 1000)
    with pytest.raises(RuntimeError, match="the network broke"):
        pipeline.run([source], Slow(model, fails_at=5), SETTINGS, [keeper])
    assert 3 <= len(keeper.got) <= 7, "the frames around it were under way in other threads"
    assert keeper.indices() == list(range(len(keeper.got)))
    assert source.closed == 1
    assert no_thread_is_left()


def test_frames_that_reuse_their_label_stay_in_order_as_well(model: Path) -> None:
    settings = Settings(smoothing=SMOOTHING, inference=InferenceSettings(every_s=0.35))
    got, stats = run(Slow(model), settings=settings)
    assert got == run(Slow(model, in_flight=0), settings=settings)[0]
    assert stats.frames_reused > 15


def test_the_classes_of_the_toy_are_told_apart(classifier: Classifier) -> None:
    """So that equal answers above mean something."""
    got, _ = run(classifier, 3)
    assert len({tuple(np.round(activity.probs, 2)) for _, activity in got}) == 3
