"""Differences, dates and times as people read them."""

from datetime import date, datetime

from app.text import rounded


def difference(seconds: float) -> str:
    """Writes how much more or less than usual something is; half a minute is nothing.

    Example:
        >>> difference(3780), difference(-150), difference(10)
        ('1 h 03 min more than usual', '2 min less than usual', 'as usual')
    """
    if not round(seconds / 60):
        return "as usual"
    return f"{rounded(abs(seconds))} {'more' if seconds > 0 else 'less'} than usual"


def day_name(day: date) -> str:
    """Writes a date with its day of the week.

    Example:
        >>> day_name(date(2026, 11, 27))
        'Friday 27 November 2026'
    """
    return f"{day:%A} {day.day} {day:%B %Y}"


def days_name(first: date, last: date) -> str:
    """Writes the first day and the last one.

    Example:
        >>> days_name(date(2026, 11, 27), date(2026, 11, 28))
        'Friday 27 November 2026 to Saturday 28 November 2026'
    """
    return day_name(first) if first == last else f"{day_name(first)} to {day_name(last)}"


def clock_time(moment: datetime) -> str:
    """Writes the time of day.

    Example:
        >>> clock_time(datetime(2026, 11, 27, 9, 5, 59))
        '09:05'
    """
    return f"{moment:%H:%M}"
