"""The usual day, to compare with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from app.day.summary import DaySummary, summarise
from app.diary.entry import Entry

BEFORE = timedelta(days=28)
FEWEST_DAYS = 3


@dataclass(frozen=True)
class Usual:
    """What a day is like.

    Attributes:
        seconds: the median of the days, by label.
        days: how many there were.
        until: the time of day up to which they count, where the compared day is not over; None: whole days.
    """

    seconds: dict[str, float]
    days: int
    until: time | None


def usual_day(entries: Iterable[Entry], until: time | None = None) -> Usual | None:
    """Finds the usual day of some days.

    Args:
        entries: of the days before.
        until: the time of day up to which they count; None: whole days.

    Returns:
        The median of each label, days without it counting as none; None for fewer than FEWEST_DAYS days.
    """
    days = [_cut(day, until) for day in summarise(entries).days]
    if len(days) < FEWEST_DAYS:
        return None
    labels = dict.fromkeys(label for day in days for label in day)
    return Usual({label: median(day.get(label, 0.0) for day in days) for label in labels}, len(days), until)


def daily_mean(seconds: dict[str, float], days: Sequence[object]) -> dict[str, float]:
    """Returns the seconds of an average day, by label."""
    return {label: each / max(1, len(days)) for label, each in seconds.items()}


def days_before(first: date) -> tuple[date, date]:
    """Returns the first and the last day that a usual one is made of."""
    return first - BEFORE, first - timedelta(days=1)


def _cut(day: DaySummary, until: time | None) -> dict[str, float]:
    if until is None:
        return day.seconds
    seconds: dict[str, float] = {}
    for entry in day.entries:
        end = datetime.combine(entry.day, until, entry.start.tzinfo)
        shown_s = (min(entry.end, end) - entry.start).total_seconds()
        if shown_s > 0:
            seconds[entry.label] = seconds.get(entry.label, 0.0) + shown_s
    return seconds
