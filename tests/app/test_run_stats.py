import time

import pytest

from app.run_stats import WINDOW, Rate, RunStats, Stopwatch


@pytest.mark.parametrize("fps", [1, 29.97, 240])
@pytest.mark.parametrize("events", [2, 5, 30, 500])
def test_n_events_are_n_minus_one_intervals(fps: float, events: int) -> None:
    rate = Rate()
    for index in range(events):
        rate.tick(100 + index / fps)
    assert rate.per_second == pytest.approx(fps)


@pytest.mark.parametrize("times", [[], [3.0], [3.0, 3.0]])
def test_no_rate_without_two_moments(times: list[float]) -> None:
    rate = Rate()
    for time_s in times:
        rate.tick(time_s)
    assert rate.per_second == 0.0


def test_the_rate_forgets_what_is_long_past() -> None:
    rate = Rate(window=10)
    for time_s in [*range(50), *(50 + index / 100 for index in range(10))]:
        rate.tick(time_s)
    assert rate.per_second == pytest.approx(100)


def test_a_summary_holds_median_and_95th_percentile_in_milliseconds() -> None:
    stopwatch = Stopwatch()
    for duration_ms in range(1, 101):
        stopwatch.add("classify", duration_ms / 1e3)
    stopwatch.add("draw", 0.004)
    assert stopwatch.summary() == {
        "classify": {"median": 50.5, "p95": pytest.approx(95, abs=1)},
        "draw": {"median": 4.0, "p95": 4.0},
    }


def test_nothing_timed_is_nothing_to_tell() -> None:
    assert Stopwatch().summary() == {}


def test_memory_stays_bounded() -> None:
    stopwatch = Stopwatch()
    for index in range(3 * WINDOW):
        stopwatch.add("read", 1.0 if index < 2 * WINDOW else 0.002)
    assert stopwatch.summary()["read"] == {"median": 2.0, "p95": 2.0}


def test_time_takes_what_passes() -> None:
    stopwatch = Stopwatch()
    with stopwatch.time("short"):
        time.sleep(0.001)
    with stopwatch.time("long"):
        time.sleep(0.1)
    medians = {stage: figures["median"] for stage, figures in stopwatch.summary().items()}
    assert medians["long"] >= 100
    assert medians["short"] < medians["long"]


def test_no_frame_is_no_rate() -> None:
    stats = RunStats()
    assert (stats.fps, stats.frames_processed, stats.first_label_at_s) == (0.0, 0, None)


def test_one_frame_is_no_rate_and_two_are_one_interval() -> None:
    stats = RunStats()
    stats.labelled(time.perf_counter())
    assert (stats.fps, stats.frames_processed) == (0.0, 1)
    time.sleep(0.01)
    stats.labelled(time.perf_counter())
    assert 0 < stats.fps <= 100
    assert stats.first_label_at_s < stats.last_label_at_s
