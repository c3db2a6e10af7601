import time

import pytest

from app.entities import Activity
from app.overlay.history import History, Segment


def seen(*steps: tuple[float, str | None], keep_s: float = 60.0, probs: tuple[float, ...] = (1.0,)) -> History:
    """The history after frames of (time_s, label)."""
    history = History(keep_s)
    for time_s, label in steps:
        history.add(Activity(label, 0.9, 0.0, probs=probs), time_s)
    return history


def test_nothing_is_known_before_the_first_frame() -> None:
    history = History(60.0)
    assert history.activity is None
    assert not history.segments
    assert history.rate == "0 fps"


def test_a_segment_ends_where_the_next_begins() -> None:
    history = seen((0.0, "a"), (0.1, "a"), (0.2, "b"), (0.3, None))
    assert list(history.segments) == [Segment(0.0, 0.2, "a"), Segment(0.2, 0.3, "b"), Segment(0.3, 0.3, None)]
    assert history.now_s == 0.3
    assert history.activity is not None and history.activity.label is None


def test_a_restart_leaves_a_gap_even_with_the_same_label() -> None:
    history = seen((0.0, "a"), (1.0, "a"))
    history.add(Activity("a", 0.9, 5.0, restarted=True), 5.0)
    assert list(history.segments) == [Segment(0.0, 1.0, "a"), Segment(5.0, 5.0, "a")]


def test_a_file_shows_each_image_until_the_next() -> None:
    history = History(60.0)
    for time_s, label in ((0.0, "a"), (10.0, "a"), (20.0, "b")):
        history.add(Activity(label, 0.9, time_s, restarted=True), time_s, follows=True)
    assert list(history.segments) == [Segment(0.0, 20.0, "a"), Segment(20.0, 20.0, "b")]


def test_a_day_of_changes_takes_no_more_memory_than_a_minute() -> None:
    history = seen(*((index / 10, "ab"[index % 2]) for index in range(5000)), keep_s=10.0)
    assert len(history.segments) <= 102
    assert history.segments[0].end_s >= history.now_s - 10.0


@pytest.mark.parametrize(("every", "rate"), [(1, "20 fps"), (4, "20 fps, 5 classified")])
def test_the_rate_counts_what_was_classified_apart(monkeypatch: pytest.MonkeyPatch, every: int, rate: str) -> None:
    history = History(60.0)
    for index in range(41):
        monkeypatch.setattr(time, "perf_counter", lambda index=index: index / 20)
        history.add(Activity("a", 0.9, 0.0, probs=(1.0,) if index % every == 0 else ()), index / 20)
    assert history.rate == rate
