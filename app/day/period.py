"""Which days a report is about."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.errors import ConfigError

WORDS = "today, yesterday, week, all, a date such as 2026-11-27, or FROM..TO"


@dataclass(frozen=True)
class Period:
    """Whole local days.

    Attributes:
        first: the first day; None: that of the diary.
        last: the last day; None: that of the diary.
    """

    first: date | None
    last: date | None


def read_period(text: str, today: date) -> Period:
    """Understands what a user asks for.

    Args:
        text: WORDS; a week is the seven days until today; FROM or TO may be left out.
        today: the local date.

    Raises:
        ConfigError: it is nothing of that, or ends before it begins.
    """
    if text == "all":
        return Period(None, None)
    if text == "week":
        return Period(today - timedelta(days=6), today)
    first, dots, last = text.partition("..")
    if not dots:
        day = _read_day(text, text, today)
        return Period(day, day)
    period = Period(*(_read_day(end, text, today) if end else None for end in (first, last)))
    if period.first and period.last and period.first > period.last:
        raise ConfigError(f"{text}: ends before it begins; give the earlier day first")
    return period


def _read_day(text: str, whole: str, today: date) -> date:
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{whole}: expected {WORDS}") from None
