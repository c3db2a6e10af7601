import time

import pytest

from app.sources.base import SMALLEST_STEP_S, LiveClock
from tests import toy


def test_the_clock_counts_from_the_start_of_the_session() -> None:
    clock = LiveClock(time.monotonic() - 5.0)
    assert 5.0 <= clock.now_s() < 6.0


def test_the_clock_increases_also_where_the_systems_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 7.0)
    clock = LiveClock(2.0)
    assert [clock.now_s() for _ in range(3)] == pytest.approx([5.0, 5.0 + SMALLEST_STEP_S, 5.0 + 2 * SMALLEST_STEP_S])


def test_a_source_is_closed_on_the_way_out_also_by_an_error() -> None:
    source = toy.Pictures([])
    with source as entered:
        assert entered is source
    with pytest.raises(ZeroDivisionError), source:
        raise ZeroDivisionError
    assert source.closed == 2


def test_by_default_a_source_is_neither_live_nor_a_camera() -> None:
    assert (toy.Pictures([]).is_live, toy.Pictures([]).is_camera) == (False, False)
