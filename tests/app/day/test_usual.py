from datetime import date, time

from app.day.usual import days_before, usual_day
from app.diary.entry import Entry

DAY_MS = 86_400_000


def entries(*hours: float, label: str = "a") -> list[Entry]:
    """One a day, from 9 o'clock for so many hours."""
    starts = [day * DAY_MS + 9 * 3_600_000 for day in range(len(hours))]
    pairs = zip(starts, hours, strict=True)
    return [Entry("cam", label, start, start + round(each * 3_600_000), 0, "X", 0.9) for start, each in pairs]


def test_the_usual_day_is_the_median_and_a_day_without_counts_as_none() -> None:
    found = usual_day([*entries(1, 2, 3, 10, 2.5), *entries(1, 1, label="b")])
    assert found is not None
    assert (found.seconds, found.days) == ({"a": 2.5 * 3600, "b": 0.0}, 5)


def test_two_days_are_no_habit() -> None:
    assert usual_day(entries(1, 2)) is None


def test_a_day_that_is_not_over_is_compared_with_the_same_hours() -> None:
    found = usual_day(entries(1, 2, 3), time(10, 30))
    assert found is not None
    assert found.seconds == {"a": 1.5 * 3600}


def test_the_days_before_are_four_weeks() -> None:
    assert days_before(date(2026, 3, 1)) == (date(2026, 2, 1), date(2026, 2, 28))
