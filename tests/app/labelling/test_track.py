"""One source's memory: what it prepares, what it reuses, and when it starts again."""

import time

import numpy as np
import pytest

from app.arrays import Float32s
from app.config.settings import InferenceSettings, Settings
from app.entities import Delivery, Frame, Prepared
from app.images.prepare import InputSpec
from app.labelling.cue_watch import CueWatch
from app.labelling.track import Track
from app.model.contract import ModelContract
from tests import toy

CONTRACT = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3)
RED: Float32s = np.array([0.9, 0.05, 0.05], np.float32)
GREEN: Float32s = RED[[1, 0, 2]]


def frame(index: int, connection: int = 0) -> Frame:
    return Frame(toy.plain(toy.RED), index, index / 30, "camera", connection)


def new_track(settings: Settings) -> Track:
    return Track(CONTRACT, settings, CueWatch(CONTRACT, settings))


def delivery(frame: Frame, prepared: Prepared | None = None) -> Delivery:
    return Delivery(frame, time.perf_counter(), prepared)


def test_what_the_reading_thread_has_prepared_is_taken() -> None:
    prepared = Prepared(np.zeros((32, 32, 3), np.uint8))
    track = new_track(Settings())
    assert track.prepare(delivery(frame(0), prepared)) is prepared
    made = track.prepare(delivery(frame(1)))
    assert made is not None and made.image[0, 0].tolist() == [255, 0, 0]


def test_a_frame_that_is_not_due_is_not_prepared_and_reuses_the_label() -> None:
    track = new_track(Settings(inference=InferenceSettings(every_s=0.1)))
    due = [track.prepare(delivery(frame(index))) is not None for index in range(7)]
    assert due == [True, False, False, True, False, False, True]
    first = track.update(RED, frame(0), None)
    again = track.reuse()
    assert (again.label, again.since_s, again.probs, again.restarted) == (first.label, first.since_s, (), False)


def test_a_new_connection_is_due_and_restarts_the_smoothing() -> None:
    track = new_track(Settings(inference=InferenceSettings(every_s=60.0)))
    assert track.prepare(delivery(frame(0))) is not None
    assert track.prepare(delivery(frame(1, connection=1))) is not None, (
        "frames are prepared before the first is labelled"
    )
    assert track.update(RED, frame(0), None).label == "red"
    activity = track.update(GREEN, frame(1, connection=1), None)
    assert (activity.label, activity.restarted) == ("green", True)


def test_there_is_nothing_to_reuse_before_the_first_label() -> None:
    with pytest.raises(AssertionError):
        new_track(Settings()).reuse()
