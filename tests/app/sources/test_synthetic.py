import itertools
import time

import msgspec
import numpy as np
import pytest

from app.config.settings import CameraSettings, SourceSettings
from app.sources.synthetic import PERIOD_S, SyntheticSource


def source(width: int = 160, height: int = 120, fps: float = 200.0) -> SyntheticSource:
    camera = CameraSettings(width_px=width, height_px=height, fps=fps)
    return SyntheticSource(msgspec.structs.replace(SourceSettings(), camera=camera), time.monotonic())


def test_it_says_what_it_is() -> None:
    assert source().source_id == "synthetic"
    assert source().is_live
    assert not source().is_camera


@pytest.mark.parametrize(("width", "height"), [(16, 16), (161, 121), (1280, 720), (90, 160)])
def test_the_picture_has_the_size_that_was_asked_for(width: int, height: int) -> None:
    image = source(width, height).image(1.0)
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8


def test_the_picture_moves_and_comes_back() -> None:
    test_picture = source()
    first = test_picture.image(0.5)
    assert np.array_equal(first, test_picture.image(0.5))
    assert np.abs(first.astype(int) - test_picture.image(0.6)).mean() > 0.1
    assert np.abs(first.astype(int) - test_picture.image(0.5 + PERIOD_S / 2)).mean() > 5
    assert np.abs(first.astype(int) - test_picture.image(0.5 + PERIOD_S)).mean() < 1


def test_frames_come_at_their_rate() -> None:
    started_s = time.monotonic()
    with source(fps=100.0) as test_picture:
        frames = list(itertools.islice(test_picture, 31))
    passed_s = time.monotonic() - started_s
    assert [frame.index for frame in frames] == list(range(31))
    assert np.diff([frame.time_s for frame in frames]).min() > 0
    assert passed_s >= 0.29
    assert frames[-1].time_s <= passed_s


def test_stop_ends_it_even_between_two_frames() -> None:
    slow = source(fps=0.01)
    frames = iter(slow)
    next(frames)
    slow.stop()
    assert next(frames, None) is None


def test_times_increase_on_a_clock_that_ticks_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows ticks every 15.6 ms."""
    precise = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: precise() // 0.0156 * 0.0156)
    frames = list(itertools.islice(source(fps=240.0), 30))
    assert np.diff([frame.time_s for frame in frames]).min() > 0
