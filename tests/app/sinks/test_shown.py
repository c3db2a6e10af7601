from collections.abc import Sequence

import pytest

from app.sinks.shown import Shown


def until_s(times: Sequence[float], lasts_s: float | None = None) -> float:
    shown = Shown()
    for time_s in times:
        shown.add(time_s, lasts_s)
    return shown.until_s


@pytest.mark.parametrize(
    ("times", "expected_s"),
    [([3.0], 3.0), ([3.0, 3.5], 4.0), ([0.0, 0.1, 0.2], 0.3), ([0.0, 0.1, 60.0], 60.1), ([0.0, 60.0, 60.1], 60.2)],
)
def test_a_live_frame_is_shown_for_the_shorter_step(times: list[float], expected_s: float) -> None:
    assert until_s(times) == pytest.approx(expected_s)


def test_a_file_says_how_long_it_shows_a_frame() -> None:
    assert until_s([0.0, 0.1, 0.2], lasts_s=5.0) == 5.2


def test_what_comes_late_comes_after_a_gap() -> None:
    shown = Shown()
    for time_s in (0.0, 5.0, 10.0):
        shown.add(time_s, None)
    assert [shown.reaches(time_s) for time_s in (15.0, 17.0, 18.0)] == [True, True, False]
