"""All that a report says: the days, and the usual day to compare them with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from app.day.period import Period
from app.day.summary import Summary, summarise
from app.day.usual import Usual, daily_mean, days_before, usual_day
from app.diary.entry import Entry
from app.diary.store import read_entries
from app.errors import SourceError
from app.text import listed, printable


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        first: the first day that was asked for.
        last: the last one.
        entries: of these days.
        summary: of these days.
        week: of the seven days until the last one.
        usual: the usual day; None where the diary has too few.
    """

    first: date
    last: date
    entries: list[Entry]
    summary: Summary
    week: Summary
    usual: Usual | None

    @property
    def changes(self) -> dict[str, float]:
        """How many seconds an average day of these has more than the usual one, by label; {} without a usual one."""
        if self.usual is None or not self.summary.days:
            return {}
        mine = daily_mean(self.summary.seconds, self.summary.days)
        labels = dict.fromkeys((*mine, *self.usual.seconds))
        return {label: mine.get(label, 0.0) - self.usual.seconds.get(label, 0.0) for label in labels}


def make_report(folder: Path, period: Period, now: datetime, source: str | None = None) -> Report:
    """Reads a diary and reports on some days.

    Args:
        folder: where the diary lies.
        period: the days.
        now: the local time; a day that is not over is compared with the same hours of others.
        source: the only source that counts; None: all.

    Raises:
        SourceError: there is no diary, or no such source in it.
    """
    keep: Callable[[Entry], bool] | None = None if source is None else lambda entry: entry.source == source
    entries = read_entries(folder, period.first, period.last, keep)
    if source is not None and not entries:
        _check_source(folder, source)
    summary = summarise(entries)
    today = now.date()
    first = period.first or (summary.days[0].day if summary.days else today)
    last = period.last or (summary.days[-1].day if summary.days else today)
    until = now.time() if first == last == today else None
    week = summarise(read_entries(folder, last - timedelta(days=6), last, keep))
    usual = usual_day(read_entries(folder, *days_before(first), keep), until)
    return Report(first, last, entries, summary, week, usual)


def _check_source(folder: Path, source: str) -> None:
    known = sorted({entry.source for entry in read_entries(folder)})
    if source not in known:
        named = listed([printable(name) for name in known]) or "none yet"
        raise SourceError(f"--source {printable(source)}: no such source in the diary; it has {named}")
