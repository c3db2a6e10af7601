"""Whole runs: sources of toy images through the loop into sinks that keep what they get."""

import dataclasses
import itertools
import logging
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app import pipeline
from app.arrays import Float32s, Image, Images
from app.config.settings import DisplaySettings, InferenceSettings, Settings, SmoothingSettings, SourceSettings
from app.entities import Activity, Command, Frame, NewModel
from app.errors import OutputError, SourceError
from app.labelling.smoothing import ActivitySmoother
from app.model.classifier import Classifier, Prediction
from app.overlay.overlay import Overlay
from app.run_stats import RunStats
from app.sinks.base import Sink
from app.sources.base import Source
from app.sources.media import MediaSource
from app.sources.paced import PacedSource
from tests import toy
from tests.fakes import Keeper

RED, GREEN = toy.plain(toy.RED), toy.plain(toy.GREEN)
SMOOTHING = SmoothingSettings(tau_s=0.3, margin=0.1, min_dwell_s=0.3, gap_s=2.0)
SETTINGS = Settings(smoothing=SMOOTHING)

Run = Callable[..., RunStats]


class Batches(Classifier):
    """A classifier that notes the sizes of its batches and answers one batch after the other."""

    max_in_flight = 0

    def __init__(self, model: Path) -> None:
        self.sizes: list[int] = []
        super().__init__(model)
        self.sizes.clear()  # what opening it tried

    def predict(self, batch: Images, cues: Float32s | None = None) -> Prediction:
        self.sizes.append(len(batch))
        return super().predict(batch, cues)


@pytest.fixture(scope="module")
def classifier(model: Path) -> Classifier:
    return Classifier(model)


@pytest.fixture
def run(classifier: Classifier) -> Run:
    def start(sources: list[Source], *sinks: Sink, **options: Any) -> RunStats:
        return pipeline.run(sources, classifier, SETTINGS, sinks, **options)

    return start


def endless(image: Image = RED) -> Iterator[Image]:
    return itertools.repeat(image)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(("capture", "classify"))] == []


def test_every_frame_of_a_file_is_labelled_in_order(run: Run, clip: Path) -> None:
    sink = Keeper()
    stats = run([MediaSource(str(clip), SourceSettings(), 0.0)], sink)
    assert sink.indices(str(clip)) == list(range(60))
    assert (stats.frames_read, stats.frames_processed, stats.frames_dropped) == (60, 60, 0)
    labels = {round(frame.time_s, 1): activity.label for frame, activity in sink.got}
    assert [labels[time_s] for time_s in (0.0, 1.9, 3.0, 3.9, 5.0)] == ["red", "red", "green", "green", None]


def test_a_slow_sink_loses_no_frame_of_a_file(run: Run) -> None:
    sink = Keeper(seconds=0.002)
    stats = run([toy.Pictures([RED] * 50)], sink)
    assert sink.indices() == list(range(50))
    assert stats.frames_dropped == 0


def test_two_runs_give_the_same_probabilities(run: Run, clip: Path) -> None:
    first, second = Keeper(), Keeper()
    for sink in (first, second):
        run([MediaSource(str(clip), SourceSettings(), 0.0)], sink)
    assert [activity for _, activity in first.got] == [activity for _, activity in second.got]


def test_answers_are_those_of_a_loop_that_does_one_thing_after_the_other(
    run: Run, clip: Path, classifier: Classifier
) -> None:
    keeper = Keeper()
    run([MediaSource(str(clip), SourceSettings(), 0.0)], keeper)
    one_by_one = ActivitySmoother.from_settings(classifier.contract, SETTINGS)
    with MediaSource(str(clip), SourceSettings(), 0.0) as source:
        for frame, (got_frame, activity) in zip(source, keeper.got, strict=True):
            probs = classifier.predict(frame.prepare(classifier.contract.input)[None]).probs[0]
            assert (got_frame.index, got_frame.time_s) == (frame.index, frame.time_s)
            assert activity == one_by_one.update(probs, frame.time_s)


def test_reading_a_file_overlaps_with_what_happens_to_its_frames(run: Run) -> None:
    """The second frame is read while the first is written: each waits for the other."""
    is_reading, is_writing = threading.Event(), threading.Event()
    met = []

    def read() -> Iterator[Image]:
        yield RED
        is_reading.set()
        met.append(is_writing.wait(60))
        yield RED

    class Meets(Keeper):
        def write(self, frame: Frame, activity: Activity) -> None:
            is_writing.set()
            met.append(is_reading.wait(60))
            super().write(frame, activity)

    run([toy.Pictures(read())], Meets())
    assert met == [True] * 3


def test_memory_does_not_grow_with_the_length_of_a_file(run: Run) -> None:
    """What is held at a time: a few frames ahead, whatever the file's length."""

    def peak(count: int) -> int:
        images = (np.full((120, 160, 3), index % 250, np.uint8) for index in range(count))
        tracemalloc.start()
        run([toy.Pictures(images)])
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak_bytes

    peak(20)  # what is made once
    assert peak(400) < peak(40) + 10 * 120 * 160 * 3


def test_paced_and_unpaced_agree_on_every_frame_they_share(run: Run, tmp_path: Path) -> None:
    clip = toy.colour_clip(tmp_path / "clip.mp4", 1, 10, lambda time_s: toy.RED if time_s < 0.5 else toy.GREEN)
    unpaced, paced = Keeper(), Keeper()
    run([MediaSource(str(clip), SourceSettings(), 0.0)], unpaced)
    started_s = time.monotonic()
    run([PacedSource(MediaSource(str(clip), SourceSettings(), 0.0))], paced)
    assert time.monotonic() - started_s >= 0.89
    expected = {frame.index: (frame.time_s, activity.probs) for frame, activity in unpaced.got}
    assert all(expected[frame.index] == (frame.time_s, activity.probs) for frame, activity in paced.got)


def test_lag_does_not_grow_behind_a_slow_sink(run: Run) -> None:
    """A camera at 200 frames a second, a sink that takes 20: the frames shown stay close to the newest."""
    newest: list[int] = []
    behind: list[int] = []

    def camera() -> Iterator[Image]:
        for index in range(200):
            newest.append(index)
            yield RED

    class Behind(Keeper):
        def write(self, frame: Frame, activity: Activity) -> None:
            super().write(frame, activity)
            behind.append(newest[-1] - frame.index)

    stats = run([toy.Pictures(camera(), live=True, pause_s=0.005)], Behind(seconds=0.05))
    assert stats.frames_dropped > 100
    half = len(behind) // 2
    assert np.mean(behind[half:]) <= np.mean(behind[:half]) * 1.5 + 3
    assert stats.frames_read == stats.frames_processed + stats.frames_dropped == 200


def test_the_last_frame_of_a_live_source_is_labelled(run: Run) -> None:
    sink = Keeper(seconds=0.02)
    run([toy.Pictures([RED] * 30, live=True, pause_s=0.001)], sink)
    assert sink.indices()[-1] == 29


@pytest.mark.parametrize("live", [True, False])
def test_figures_add_up(run: Run, live: bool) -> None:
    stats = run([toy.Pictures([RED] * 40, live=live, pause_s=0.001)], Keeper(seconds=0.003))
    assert stats.frames_read == 40 == stats.frames_processed + stats.frames_dropped
    assert stats.first_label_at_s is not None and stats.last_label_at_s is not None
    assert stats.first_label_at_s < stats.last_label_at_s
    assert stats.fps == pytest.approx((stats.frames_processed - 1) / (stats.last_label_at_s - stats.first_label_at_s))
    stages = stats.stages.summary()
    assert {"prepare", "classify", "smooth", "keeper", "capture_to_label"} <= set(stages)
    assert ("read" in stages) is not live
    assert stages["keeper"]["median"] >= 3


def test_an_empty_source_is_an_empty_run(run: Run) -> None:
    sink = Keeper()
    stats = run([toy.Pictures([])], sink)
    assert (stats.frames_read, sink.got, stats.fps) == (0, [], 0.0)


@pytest.mark.parametrize("live", [True, False])
def test_an_error_of_the_only_source_ends_the_run_after_its_last_frame(run: Run, live: bool) -> None:
    sink, stats = Keeper(), RunStats()
    source = toy.Pictures([RED] * 3, live=live, error=SourceError("camera 0: stopped"))
    with pytest.raises(SourceError, match="camera 0: stopped"):
        run([source], sink, stats=stats)
    assert sink.indices()[-1] == 2
    assert source.closed == 1
    assert stats.frames_read == 3 == stats.frames_processed + stats.frames_dropped


@pytest.mark.parametrize("live", [True, False])
def test_an_error_that_nobody_expected_is_not_swallowed(run: Run, live: bool) -> None:
    """Only SourceError is a failure of one source among others."""
    failing = toy.Pictures([RED], live=live, error=ZeroDivisionError("a bug"), name="failing")
    other = toy.Pictures(endless(), live=True, pause_s=0.005, name="other")
    with pytest.raises(ZeroDivisionError):
        run([failing, other], Keeper())
    assert failing.closed == other.closed == 1


@pytest.mark.parametrize("live", [True, False])
def test_one_of_several_sources_that_fails_is_named_and_left(
    run: Run, live: bool, caplog: pytest.LogCaptureFixture
) -> None:
    sink = Keeper()
    failing = toy.Pictures([RED] * 2, live=live, error=SourceError("one: unplugged"), name="one")
    other = toy.Pictures([GREEN] * 30, live=live, pause_s=0.003, name="two")
    with caplog.at_level(logging.WARNING):
        run([failing, other], sink)
    assert sink.indices("two")[-1] == 29
    assert caplog.text.count("one: unplugged; the other sources go on") == 1
    assert failing.closed == other.closed == 1


def test_when_all_sources_fail_the_last_error_ends_the_run(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    sources = [
        toy.Pictures([RED] * count, error=SourceError(f"{name}: unplugged"), name=name)
        for name, count in (("one", 2), ("two", 5), ("three", 3))
    ]
    sink = Keeper()
    with pytest.raises(SourceError, match="two: unplugged"):
        run(sources, sink)
    assert "one: unplugged" in caplog.text
    assert "three: unplugged" in caplog.text
    assert len(sink.got) == 10
    assert [source.closed for source in sources] == [1, 1, 1]


@pytest.mark.parametrize("frames", [1, 9])
def test_a_source_that_fails_when_the_others_have_ended_is_an_error(run: Run, frames: int) -> None:
    """Also when both happen in one round."""
    failing = toy.Pictures([RED] * 9, error=SourceError("unplugged"), name="failing")
    with pytest.raises(SourceError, match="unplugged"):
        run([toy.Pictures([RED] * frames, name="ends"), failing], Keeper())


def test_sources_have_their_own_activities(run: Run) -> None:
    sink = Keeper()
    run([toy.Pictures([RED] * 10, name="one"), toy.Pictures([GREEN] * 4, name="two")], sink)
    labels = {(frame.source_id, activity.label) for frame, activity in sink.got}
    assert labels == {("one", "red"), ("two", "green")}
    assert (sink.indices("one"), sink.indices("two")) == (list(range(10)), list(range(4)))


def test_frames_of_one_round_share_a_batch(model: Path) -> None:
    sources = [toy.Pictures([RED] * count, name=str(count)) for count in (1, 2, 3)]
    noted = Batches(model)
    pipeline.run(sources, noted, SETTINGS, [Keeper()])
    assert noted.sizes == [3, 2, 1]


def test_sources_of_different_sizes_share_a_batch(run: Run) -> None:
    sink = Keeper()
    run(
        [toy.Pictures([toy.plain(toy.RED, *size)] * 2, name=str(size)) for size in ((64, 48), (33, 91), (640, 360))],
        sink,
    )
    assert {activity.label for _, activity in sink.got} == {"red"}
    assert len(sink.got) == 6


def test_live_sources_share_batches_but_none_waits_long_for_another(model: Path) -> None:
    quick = [toy.Pictures([RED] * 20, live=True, pause_s=0.02, fps=50, name=f"quick {n}") for n in range(2)]
    slow = toy.Pictures([RED] * 2, live=True, pause_s=0.3, fps=3, name="slow")
    noted = Batches(model)
    settings = Settings(smoothing=SMOOTHING, inference=InferenceSettings(batch_wait_s=0.01))
    stats = pipeline.run([*quick, slow], noted, settings, [Keeper()])
    assert stats.frames_processed + stats.frames_dropped == 42
    assert stats.frames_dropped <= 4, "a busy machine may be late by a frame, the slow source never is the cause"
    assert noted.sizes.count(2) + noted.sizes.count(3) > 10, "those that come within the wait go together"
    assert stats.stages.summary()["capture_to_label"]["median"] < 100


def test_frames_that_are_not_due_reuse_the_label_and_are_counted(model: Path) -> None:
    noted, keeper = Batches(model), Keeper()
    settings = Settings(smoothing=SMOOTHING, inference=InferenceSettings(max_fps=10))
    stats = pipeline.run([toy.Pictures([RED] * 30 + [GREEN] * 30, fps=30)], noted, settings, [keeper])
    assert (stats.frames_processed, stats.frames_reused, sum(noted.sizes)) == (60, 40, 20)
    activities = [activity for _, activity in keeper.got]
    assert {activity.label for activity in activities[:30]} == {"red"} and activities[-1].label == "green"
    assert [bool(activity.probs) for activity in activities[:6]] == [True, False, False, True, False, False]
    assert [activity.restarted for activity in activities] == [True] + [False] * 59


@pytest.mark.parametrize("live", [True, False])
def test_an_error_of_a_sink_ends_the_run_and_closes_the_sources(run: Run, live: bool) -> None:
    sources = [toy.Pictures(endless(), live=live, pause_s=0.002, name=name) for name in ("one", "two")]
    stats = RunStats()
    with pytest.raises(OutputError, match="disk full"):
        run(sources, Keeper(), Keeper(error=OutputError("disk full"), at=5), stats=stats)
    assert [source.closed for source in sources] == [1, 1]
    assert stats.frames_processed >= 6
    assert stats.frames_read >= stats.frames_processed + stats.frames_dropped


@pytest.mark.parametrize("live", [True, False])
def test_ctrl_c_in_a_sink_closes_the_sources(run: Run, live: bool) -> None:
    source = toy.Pictures(endless(), live=live, pause_s=0.002)
    with pytest.raises(KeyboardInterrupt):
        run([source], Keeper(error=KeyboardInterrupt(), at=3))
    assert source.closed == 1


@pytest.mark.parametrize("live", [True, False])
def test_quit_ends_the_run(run: Run, live: bool) -> None:
    source = toy.Pictures(endless(), live=live, pause_s=0.002)
    sink = Keeper()
    stats = run([source], sink, Keeper(commands=[None] * 9 + [Command.QUIT]))
    assert source.closed == 1
    assert 1 <= stats.frames_processed == len(sink.got) <= 10


@pytest.mark.timeout(60)
def test_quit_is_heard_while_a_camera_sends_nothing(run: Run) -> None:
    source = toy.Pictures(endless(), live=True, pause_s=3600.0)
    stats = run([source], Keeper(commands=[None, None, Command.QUIT]))
    assert stats.frames_processed == 0


@pytest.mark.parametrize("live", [True, False])
def test_pause_stops_the_labels_and_goes_on(run: Run, live: bool) -> None:
    labelled_at_poll: list[int] = []

    class Watcher(Keeper):
        def poll(self) -> Command | NewModel | None:
            labelled_at_poll.append(len(self.got))
            return super().poll()

    sink = Watcher(commands=[None, Command.PAUSE, *[None] * 10, Command.PAUSE])
    run([toy.Pictures([RED] * 200, live=live, pause_s=0.002)], sink)
    paused = labelled_at_poll[2:13]  # those that were in the network at the first press get their labels
    assert len(set(paused)) == 1, "nothing is labelled between the two"
    assert sink.indices()[-1] == 199
    if not live:
        assert sink.indices() == list(range(200)), "a file waits"


@pytest.mark.timeout(60)
def test_a_pause_leaves_the_processor_alone(run: Run) -> None:
    """Also beside a camera that goes on delivering."""
    sink = Keeper(commands=[Command.PAUSE, *[None] * 20, Command.QUIT])
    started_s = time.monotonic()
    run([toy.Pictures(endless(), live=True, pause_s=0.001)], sink)
    assert time.monotonic() - started_s >= 20 * pipeline.IDLE_S


@pytest.mark.timeout(60)
def test_quit_is_heard_in_a_pause(run: Run) -> None:
    stats = run([toy.Pictures(endless())], Keeper(commands=[Command.PAUSE, None, None, Command.QUIT]))
    assert stats.frames_processed == 1


def test_a_new_model_answers_from_the_next_frame_on_and_starts_again(run: Run, tmp_path: Path) -> None:
    other = Classifier(toy.write_model(tmp_path / "other.onnx", labels=("rot", "gruen", "blau")))
    overlay = Overlay(toy.LABELS, DisplaySettings())
    sink = Keeper(commands=[None, None, NewModel(other)])
    run([toy.Pictures([RED] * 12)], sink, overlay=overlay)
    labels = [activity.label for _, activity in sink.got]
    first = labels.index("rot")
    assert 0 < first < 12 and labels == ["red"] * first + ["rot"] * (12 - first)
    assert [activity.restarted for _, activity in sink.got] == [index in (0, first) for index in range(12)]
    assert overlay.colour("rot") != overlay.colour(None) == overlay.colour("red")


@pytest.mark.parametrize("start_s", [0.0, 1000.0])
def test_max_seconds_counts_the_time_of_the_file(run: Run, start_s: float) -> None:
    sink = Keeper()
    run([toy.Pictures(endless(), fps=10, start_s=start_s)], sink, max_seconds=2.0)
    assert sink.indices() == list(range(20))


def test_max_seconds_counts_for_each_source(run: Run) -> None:
    sink = Keeper()
    sources = [toy.Pictures(endless(), fps=10, name="one"), toy.Pictures(endless(), fps=5, name="two")]
    run(sources, sink, max_seconds=2.0)
    assert (len(sink.indices("one")), len(sink.indices("two"))) == (20, 10)


def test_max_seconds_longer_than_the_file_changes_nothing(run: Run) -> None:
    sink = Keeper()
    run([toy.Pictures([RED] * 5)], sink, max_seconds=1e9)
    assert len(sink.got) == 5


@pytest.mark.timeout(60)
def test_max_seconds_ends_a_camera_that_sends_nothing(run: Run) -> None:
    started_s = time.monotonic()
    stats = run([toy.Pictures(endless(), live=True, pause_s=3600.0)], Keeper(), max_seconds=0.2)
    assert stats.frames_processed == 0
    assert 0.2 <= time.monotonic() - started_s < 30


def test_the_overlay_knows_every_frame_before_the_sinks(run: Run) -> None:
    drawing = Overlay(toy.LABELS, DisplaySettings())
    drawn: list[Image] = []

    class Drawing(Keeper):
        def write(self, frame: Frame, activity: Activity) -> None:
            super().write(frame, activity)
            drawn.append(drawing.draw(frame.image, frame.source_id))

    image = toy.plain(toy.RED, 320, 240)
    run([toy.Pictures([image] * 2)], Drawing(), overlay=drawing)
    assert len(drawn) == 2
    assert not any(np.array_equal(one, image) for one in drawn)


def test_sinks_get_the_image_as_it_was_read(run: Run) -> None:
    sink = Keeper()
    noise = np.random.default_rng(0).integers(0, 256, (3, 48, 64, 3), np.uint8)
    for image in noise:
        image.flags.writeable = False
    run([toy.Pictures(noise)], sink, overlay=Overlay(toy.LABELS, DisplaySettings()))
    assert all(np.array_equal(frame.image, image) for (frame, _), image in zip(sink.got, noise, strict=True))


def test_without_sinks_the_run_still_counts(run: Run) -> None:
    assert run([toy.Pictures([RED] * 5)]).frames_processed == 5


def test_after_a_new_connection_nothing_before_it_counts(run: Run) -> None:
    """Also when the source was away for less than smoothing.gap_s."""

    class Reopened(toy.Pictures):
        def __iter__(self) -> Iterator[Frame]:
            for frame in super().__iter__():
                yield dataclasses.replace(frame, connection=int(frame.index >= 10))

    sink = Keeper()
    run([Reopened([RED] * 10 + [GREEN] * 10)], sink)
    assert [activity.restarted for _, activity in sink.got] == [index in (0, 10) for index in range(20)]
    assert [activity.label for _, activity in sink.got] == ["red"] * 10 + ["green"] * 10
