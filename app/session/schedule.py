"""When the camera may be on: "weekdays 9-17", "mon-thu 8:30-12, 13-17:30; sat 10-12"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.errors import ConfigError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS = {"weekdays": range(5), "weekends": range(5, 7), "daily": range(7)}
_EXPECTED = 'expected days and hours, such as "weekdays 9-17" or "mon-thu 8:30-12, 13-17:30; sat 10-12"'
_HOURS = re.compile(r"(\d{1,2})(?::(\d\d))?-(\d{1,2})(?::(\d\d))?")


@dataclass(frozen=True)
class Schedule:
    """Hours of the week.

    Attributes:
        hours: day of the week, 0 for Monday, and the minutes of the day from the first to the one after the last.
    """

    hours: tuple[tuple[int, int, int], ...]

    def allows(self, now: datetime) -> bool:
        """Tells whether the camera may be on at a local time."""
        minute = now.hour * 60 + now.minute
        return any(day == now.weekday() and start <= minute < end for day, start, end in self.hours)


def read_schedule(text: str) -> Schedule:
    """Understands a schedule.

    Args:
        text: parts between semicolons: days, then hours between commas. An end at or before the start is on the next
            day.

    Raises:
        ConfigError: it is none.
    """
    return Schedule(tuple(each for part in text.split(";") for each in _part(part, text)))


def _part(part: str, whole: str) -> Iterator[tuple[int, int, int]]:
    days, _, hours = part.strip().lower().partition(" ")
    for span in hours.split(","):
        match = _HOURS.fullmatch(span.strip())
        if match is None:
            raise ConfigError(f"pause.schedule: {whole!r}: {_EXPECTED}")
        start, end = _minute(match[1], match[2], whole), _minute(match[3], match[4], whole)
        for day in _days(days, whole):
            if end > start:
                yield day, start, end
            else:
                yield day, start, 24 * 60
                yield (day + 1) % 7, 0, end


def _days(text: str, whole: str) -> list[int]:
    if text in _GROUPS:
        return list(_GROUPS[text])
    first, dash, last = text.partition("-")
    if first not in _DAYS or (dash and last not in _DAYS):
        raise ConfigError(f"pause.schedule: {whole!r}: {_EXPECTED}")
    start = _DAYS.index(first)
    count = (_DAYS.index(last) - start) % 7 + 1 if dash else 1
    return [(start + number) % 7 for number in range(count)]


def _minute(hour: str, minute: str | None, whole: str) -> int:
    found = 60 * int(hour) + int(minute or 0)
    if found > 24 * 60 or int(minute or 0) > 59:
        raise ConfigError(f"pause.schedule: {whole!r}: {_EXPECTED}")
    return found
