"""A day as a strip of minutes, and as minutes in each hour: what a page can draw whatever the diary holds."""

import itertools
import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.day.summary import DaySummary
from app.diary.entry import Entry

DAY_MIN = 24 * 60


@dataclass(frozen=True)
class Run:
    """Minutes of one label.

    Attributes:
        label: what was seen most in each of them.
        start_min: the first one, from midnight of the local time.
        minutes: how many there are.
    """

    label: str
    start_min: int
    minutes: int


def strip(entries: Sequence[Entry]) -> list[Run]:
    """Finds what was seen most in each minute of a local day, and joins minutes of the same.

    Args:
        entries: of one day and one source. Of an hour that comes twice, both are counted together.
    """
    minutes: dict[int, dict[str, float]] = {}
    for entry in entries:
        for minute, seconds in _minutes(entry):
            counts = minutes.setdefault(minute, {})
            counts[entry.label] = counts.get(entry.label, 0.0) + seconds
    most = [(minute, max(counts.items(), key=operator.itemgetter(1))[0]) for minute, counts in sorted(minutes.items())]
    runs = []
    for (label, _), group in itertools.groupby(enumerate(most), key=lambda one: (one[1][1], one[1][0] - one[0])):
        run = list(group)
        runs.append(Run(label, run[0][1][0], len(run)))
    return runs


def hours(day: DaySummary) -> list[dict[str, float]]:
    """Returns the minutes of each label in each hour of a local day, 24 of them."""
    found: list[dict[str, float]] = [{} for _ in range(24)]
    for entry in day.entries:
        for minute, seconds in _minutes(entry):
            hour = found[minute // 60]
            hour[entry.label] = hour.get(entry.label, 0.0) + seconds / 60
    return found


def _minutes(entry: Entry) -> Iterator[tuple[int, float]]:
    """Yields the minutes of the day that an entry touches, and its seconds in each."""
    start = entry.start
    at_s = start.hour * 3600 + start.minute * 60 + start.second + start.microsecond / 1e6
    end_s = min(at_s + entry.seconds, DAY_MIN * 60)
    while end_s - at_s > 1e-6:
        minute = int(at_s // 60)
        until_s = min(end_s, 60.0 * (minute + 1))
        yield minute, until_s - at_s
        at_s = until_s
