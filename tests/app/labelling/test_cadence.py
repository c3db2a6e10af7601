from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.arrays import Image
from app.config.settings import InferenceSettings
from app.images.prepare import InputSpec, prepare
from app.labelling.cadence import AWAKE_S, Cadence, due_at, longest_pause_s
from app.model.contract import ModelContract
from tests import toy

GREY = toy.plain(toy.GREY, 224, 224)
CONTRACT = ModelContract(toy.LABELS, InputSpec(224, "squeeze"), (0.5,) * 3)
RNG = np.random.default_rng(0)


def due_times(settings: dict[str, Any], pictures: Iterable[Image], fps: float = 30.0) -> list[float]:
    """The times in s of the frames that are due."""
    cadence = Cadence(InferenceSettings(**settings))
    times = ((index / fps, picture) for index, picture in enumerate(pictures))
    return [time_s for time_s, picture in times if is_due(cadence, picture, time_s)]


def is_due(cadence: Cadence, picture: Image, time_s: float) -> bool:
    return not cadence.too_early(time_s) and cadence.due(picture, time_s)


def noisy() -> Image:
    """As a VGA camera in poor light shows the same wall, after `prepare`."""
    image = 128 + RNG.normal(0, 8, (480, 640, 3))
    return prepare(image.clip(0, 255).astype(np.uint8), CONTRACT.input)


def with_hand(image: Image, left: int = 100, size: int = 20) -> Image:
    changed = image.copy()
    changed[80 : 80 + size, left : left + size] = (150, 170, 210)
    return changed


def test_every_frame_is_due_by_default() -> None:
    assert len(due_times({}, [GREY] * 30)) == 30
    assert longest_pause_s(InferenceSettings()) == 0


@pytest.mark.parametrize(("max_fps", "fps", "expected"), [(10, 30, 10), (20, 30, 20), (12, 25, 12), (60, 30, 30)])
def test_no_more_a_second_than_asked_for_and_no_fewer(max_fps: float, fps: float, expected: int) -> None:
    times = due_times({"max_fps": max_fps}, [GREY] * (10 * fps), fps)
    assert len(times) == pytest.approx(10 * expected, abs=1)
    assert np.diff(times).min() >= min(1 / max_fps, 1 / fps) - 1 / fps


def test_a_pause_between_two_classifications() -> None:
    assert due_times({"every_s": 2.0}, [GREY] * 300) == pytest.approx([0, 2, 4, 6, 8], abs=0.04)


def test_after_a_gap_the_rhythm_starts_afresh() -> None:
    cadence = Cadence(InferenceSettings(max_fps=10))
    times = [0.0, 0.05, 100.0, 100.05, 100.1, 100.15]
    assert [is_due(cadence, GREY, time_s) for time_s in times] == [True, False, True, False, True, False]


def test_a_still_picture_is_looked_at_now_and_then_in_spite_of_noise() -> None:
    times = due_times({"adaptive": True, "still_s": 0.5}, [noisy() for _ in range(151)])
    still = [time for time in times if time > AWAKE_S]
    assert len(times) - len(still) == 31, "at full rate to begin with"
    assert len(still) == 2 * (5 - AWAKE_S)
    assert longest_pause_s(InferenceSettings(adaptive=True, still_s=0.5)) == 0.5


def test_a_change_is_seen_at_once_and_followed_at_full_rate() -> None:
    hand = with_hand(GREY)
    times = due_times({"adaptive": True}, [GREY] * 100 + [hand] * 100)
    change_s = 100 / 30
    assert change_s in times
    followed = [time for time in times if change_s <= time <= change_s + AWAKE_S]
    assert len(followed) == 31
    assert len([time for time in times if time > change_s + AWAKE_S]) <= 5


def test_a_slow_movement_adds_up() -> None:
    """A few px a frame change no cell much; against the last classified picture they do."""
    pictures = [with_hand(GREY, left=20 + index // 2) for index in range(300)]
    assert len(due_times({"adaptive": True}, pictures)) > 200


def test_both_limits_hold() -> None:
    moving = [with_hand(GREY, left=index // 2) for index in range(280)]
    times = due_times({"adaptive": True, "max_fps": 5}, moving)
    assert np.diff(times).min() > 0.19


@given(
    st.lists(st.floats(0.001, 3.0, allow_nan=False), min_size=1, max_size=60), st.sampled_from([0.0, 0.04, 0.5, 2.0])
)
def test_what_is_due_is_known_from_the_times_alone(steps: list[float], pause_s: float) -> None:
    times_s = np.cumsum(steps)
    cadence = Cadence(InferenceSettings(every_s=pause_s or None))
    image = np.zeros((32, 32, 3), np.uint8)
    due = [at for at, now_s in enumerate(times_s) if not cadence.too_early(now_s) and cadence.due(image, now_s)]
    assert list(due_at(times_s, pause_s)) == due
