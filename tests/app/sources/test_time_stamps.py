"""Time stamps as files have them, and as they should not."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sources.time_stamps import increasing_times, shown_times

STEP_S = 0.1


def times(stamps: Sequence[float | None], lasts_s: float = STEP_S) -> list[float]:
    shown = list(shown_times((index, stamp_s, lasts_s) for index, stamp_s in enumerate(stamps)))
    assert [index for index, _, _ in shown] == list(range(len(stamps)))
    return [time_s for _, time_s, _ in shown]


CASES = {
    "none": ([], []),
    "one": ([7.0], [0.0]),
    "steady": ([0.0, 0.1, 0.2], [0.0, 0.1, 0.2]),
    "late start": ([100.0, 100.1], [0.0, 0.1]),
    "before zero": ([-0.2, -0.1, 0.0], [0.0, 0.1, 0.2]),
    "a pause": ([0.0, 0.1, 60.0, 60.1], [0.0, 0.1, 60.0, 60.1]),
    "pictures minutes apart": ([0.0, 300.0, 600.0], [0.0, 300.0, 600.0]),
    "joined": ([0.0, 0.1, 0.2, 0.0, 0.1], [0.0, 0.1, 0.2, 0.3, 0.4]),
    "joined, late start": ([5.0, 5.1, 5.2, 5.0, 5.1], [0.0, 0.1, 0.2, 0.3, 0.4]),
    "joined to a longer one": ([0.0, 0.1, 0.0, 0.1, 0.2, 0.3], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
    "joined pictures minutes apart": ([0.0, 300.0, 0.0, 300.0], [0.0, 300.0, 300.1, 600.1]),
    "joined, another start": ([0.0, 10.0, 5.0, 15.0], [0.0, 10.0, 10.1, 20.1]),
    "three": ([0.0, 5.0, 0.0, 5.0, 0.0], [0.0, 5.0, 5.1, 10.1, 10.2]),
    "back to the middle": ([10.0, 20.0, 13.0, 13.1], [0.0, 10.0, 10.1, 10.2]),
    "no stamps": ([None] * 4, [0.0, 0.1, 0.2, 0.3]),
    "one stamp missing": ([0.0, 0.1, None, 0.3], [0.0, 0.1, 0.2, 0.3]),
    "one missing after a pause": ([0.0, 50.0, None, 50.2], [0.0, 50.0, 50.1, 50.2]),
    "the first missing": ([None, None, 90.2, 90.3], [0.0, 0.1, 0.2, 0.3]),
    "the first of each file only": ([0.5, None, None, 0.5, None], [0.0, 0.1, 0.2, 0.3, 0.4]),
    "all the same": ([3.0] * 4, [0.0, 0.1, 0.2, 0.3]),
    "one twice": ([0.0, 0.1, 0.1, 0.2], [0.0, 0.1, 0.101, 0.2]),
    "two swapped": ([0.0, 0.2, 0.1, 0.3], [0.0, 0.05, 0.1, 0.3]),
    "one far ahead": ([0.0, 0.1, 9e4, 0.3, 0.4], [0.0, 0.1, 0.2, 0.3, 0.4]),
    "one far behind": ([0.0, 50.0, 0.0, 50.2, 50.3], [0.0, 50.0, 50.1, 50.2, 50.3]),
    "broken": ([0.0, 0.1, 9e9, 9e9 + 0.1], [0.0, 0.1, 0.2, 0.3]),
}


@pytest.mark.parametrize("case", CASES)
def test_each_image_has_its_time(case: str) -> None:
    stamps, expected = CASES[case]
    assert times(stamps) == pytest.approx(expected, abs=1e-5)


stamp = st.none() | st.floats(-1e6, 1e6)


@given(st.lists(stamp, max_size=50), st.floats(0.001, 20.0))
def test_time_increases_whatever_the_stamps_say(stamps: list[float | None], lasts_s: float) -> None:
    found = times(stamps, lasts_s)
    assert found[:1] in ([], [0.0])
    assert all(after > before for before, after in pairwise(found))


steps = st.lists(st.floats(0.2, 600.0), min_size=2, max_size=10)


@given(st.lists(steps, min_size=1, max_size=5), st.floats(-100.0, 100.0))
def test_joined_files_play_one_after_the_other(files: list[list[float]], start_s: float) -> None:
    """Each with pauses of its own; all begin at the same stamp, as files of one camera do."""
    lengths = [list(accumulate(file, initial=0.0)) for file in files]
    found = times([start_s + time_s for length in lengths for time_s in length], lasts_s=0.05)
    starts = accumulate((length[-1] + 0.05 for length in lengths), initial=0.0)
    expected = [start + time_s for start, length in zip(starts, lengths, strict=False) for time_s in length]
    assert found == pytest.approx(expected, abs=1e-6)


@given(st.lists(st.floats(0.0005, 200_000.0), max_size=40), st.floats(-1e5, 1e5))
def test_stamps_in_order_are_times_at_once(steps: list[float], first: float) -> None:
    stamps = np.cumsum([first, *steps])
    times = increasing_times(stamps)
    expected = [time_s for _, time_s, _ in shown_times((None, float(stamp), 0.04) for stamp in stamps)]
    assert times is None or times.tolist() == expected
    if all(0.002 < step < 100_000 for step in steps):
        assert times is not None
