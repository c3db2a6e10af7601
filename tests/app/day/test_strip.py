import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.day.strip import Run, hours, strip
from app.day.summary import summarise
from app.diary.entry import Entry


def entry(label: str, start_s: float, end_s: float, offset_s: int = 0) -> Entry:
    return Entry("cam", label, round(1000 * start_s), round(1000 * end_s), offset_s, "X", 0.9)


def test_each_minute_has_the_label_that_was_seen_most() -> None:
    entries = [entry("a", 0, 95), entry("b", 95, 100), entry("a", 100, 125), entry("b", 125, 240), entry("b", 300, 310)]
    assert strip(entries) == [Run("a", 0, 2), Run("b", 2, 2), Run("b", 5, 1)]


def test_minutes_are_those_of_the_local_time() -> None:
    assert strip([entry("a", 0, 60, offset_s=5400)]) == [Run("a", 90, 1)]


def test_hours_hold_the_minutes_of_each_label() -> None:
    (day,) = summarise([entry("a", 3000, 4200), entry("b", 4200, 4230)]).days
    found = hours(day)
    assert (len(found), found[0]["a"], found[1]["a"], found[1]["b"]) == (24, 10.0, 10.0, 0.5)


@given(st.integers(0, 86_399_999), st.integers(0, 86_400_000))
def test_a_day_has_no_more_than_its_minutes(start_ms: int, length_ms: int) -> None:
    entries = [Entry("cam", "a", start_ms, start_ms + length_ms, 0, "X", 0.5)]
    assert all(run.start_min >= 0 and run.start_min + run.minutes <= 1440 for run in strip(entries))
    (day,) = summarise(entries).days
    expected = min(length_ms, 86_400_000 - start_ms) / 60_000
    assert sum(hour.get("a", 0.0) for hour in hours(day)) == pytest.approx(expected, abs=1e-3)
