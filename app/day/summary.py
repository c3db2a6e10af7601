"""What a diary says of some days, as figures. Sums are those of the entries, to the millisecond."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.diary.entry import Entry
from app.labels import NOBODY, UNSURE, is_activity, is_other

BRIDGED_S = 10.0  # s of something else, or nothing, that do not end a stretch: somebody turns a page
SHORTEST_GAP_S = 2.0  # s without an image that count as the camera being off


@dataclass(frozen=True)
class Stretch:
    """A while of one label, short lapses left out of the count.

    Attributes:
        label: what was seen.
        start: when it began.
        end: when it ended.
        seconds: of the label itself.
    """

    label: str
    start: datetime
    end: datetime
    seconds: float


@dataclass(frozen=True)
class Gap:
    """A while in which no camera was on.

    Attributes:
        start: when the last image came.
        end: when the next one came.
        seconds: between them.
    """

    start: datetime
    end: datetime
    seconds: float


@dataclass(frozen=True)
class DaySummary:
    """A day on which something was seen.

    Attributes:
        day: the date.
        entries: in the order in which they began.
        seconds: by label, the longest first.
        stretches: of activities, in the order in which they began.
        gaps: between the first image and the last.
        switches: how often one activity followed another one.
    """

    day: date
    entries: Sequence[Entry]
    seconds: dict[str, float]
    stretches: Sequence[Stretch]
    gaps: Sequence[Gap]
    switches: int

    @property
    def start(self) -> datetime:
        """When the first image came."""
        return self.entries[0].start

    @property
    def end(self) -> datetime:
        """When the last image came."""
        return max(self.entries, key=lambda entry: entry.end_ms).end


@dataclass(frozen=True)
class Summary:
    """Some days.

    Attributes:
        days: those on which something was seen.
        seconds: by label, the longest first; "unsure" and "nobody" too.
        sources: seconds by source.
    """

    days: Sequence[DaySummary]
    seconds: dict[str, float]
    sources: dict[str, float]

    @property
    def activities(self) -> dict[str, float]:
        """Seconds by activity, the longest first."""
        return {label: seconds for label, seconds in self.seconds.items() if is_activity(label)}

    @property
    def stretches(self) -> list[Stretch]:
        """Every stretch of an activity, the longest first."""
        found = [stretch for day in self.days for stretch in day.stretches]
        return sorted(found, key=lambda stretch: -stretch.seconds)

    @property
    def longest(self) -> dict[str, Stretch]:
        """The longest stretch of each activity."""
        return {stretch.label: stretch for stretch in reversed(self.stretches)}

    @property
    def gaps(self) -> list[Gap]:
        """Every gap, the longest first."""
        return sorted((gap for day in self.days for gap in day.gaps), key=lambda gap: -gap.seconds)

    @property
    def switches(self) -> int:
        """How often one activity followed another one on the same day."""
        return sum(day.switches for day in self.days)

    @property
    def seen_s(self) -> float:
        """Seconds in which an image was seen, of every source."""
        return _total(self.seconds.values())

    @property
    def active_s(self) -> float:
        """Seconds of all activities."""
        return _total(self.activities.values())

    @property
    def away_s(self) -> float:
        """Seconds in which nobody was there."""
        return self.seconds.get(NOBODY, 0.0)

    @property
    def unsure_s(self) -> float:
        """Seconds in which no activity was likely enough, or what was done is none."""
        return _total(seconds for label, seconds in self.seconds.items() if label == UNSURE or is_other(label))

    @property
    def off_s(self) -> float:
        """Seconds of all gaps."""
        return _total(gap.seconds for gap in self.gaps)


def summarise(entries: Iterable[Entry]) -> Summary:
    """Sums up entries.

    Args:
        entries: of any days and sources.
    """
    ordered = sorted(entries, key=lambda entry: entry.start_ms)
    by_day: dict[date, list[Entry]] = {}
    for entry in ordered:
        by_day.setdefault(entry.day, []).append(entry)
    days = [_day(day, by_day[day]) for day in sorted(by_day)]
    return Summary(days, _seconds(ordered), _sums((entry.source, entry) for entry in ordered))


def _day(day: date, entries: Sequence[Entry]) -> DaySummary:
    by_source: dict[str, list[Entry]] = {}
    for entry in entries:
        by_source.setdefault(entry.source, []).append(entry)
    stretches = [stretch for of_source in by_source.values() for stretch in _stretches(of_source)]
    switches = sum(_switches(of_source) for of_source in by_source.values())
    stretches.sort(key=lambda stretch: stretch.start)
    return DaySummary(day, entries, _seconds(entries), stretches, list(_gaps(entries)), switches)


def _stretches(entries: Sequence[Entry]) -> Iterator[Stretch]:
    """Joins entries of one activity between which there are at most BRIDGED_S."""
    for label in dict.fromkeys(entry.label for entry in entries):
        if not is_activity(label):
            continue
        joined: list[Entry] = []
        for entry in (entry for entry in entries if entry.label == label):
            if joined and not 0 <= entry.start_ms - joined[-1].end_ms <= 1000 * BRIDGED_S:
                yield _stretch(joined)
                joined = []
            joined.append(entry)
        yield _stretch(joined)


def _stretch(entries: Sequence[Entry]) -> Stretch:
    seconds = _total(entry.seconds for entry in entries)
    return Stretch(entries[0].label, entries[0].start, entries[-1].end, seconds)


def _switches(entries: Sequence[Entry]) -> int:
    labels = [entry.label for entry in entries if is_activity(entry.label)]
    return sum(one != other for one, other in itertools.pairwise(labels))


def _gaps(entries: Sequence[Entry]) -> Iterator[Gap]:
    last = entries[0]
    for entry in entries[1:]:
        seconds = (entry.start_ms - last.end_ms) / 1000
        if seconds >= SHORTEST_GAP_S:
            yield Gap(last.end, entry.start, seconds)
        last = max(last, entry, key=lambda one: one.end_ms)


def _seconds(entries: Iterable[Entry]) -> dict[str, float]:
    return _sums((entry.label, entry) for entry in entries)


def _sums(named: Iterable[tuple[str, Entry]]) -> dict[str, float]:
    """Sums whole milliseconds, so that nothing is rounded on the way."""
    sums: Counter[str] = Counter()
    for name, entry in named:
        sums[name] += entry.end_ms - entry.start_ms
    return {name: milliseconds / 1000 for name, milliseconds in sums.most_common()}


def _total(seconds: Iterable[float]) -> float:
    return round(sum(seconds), 3)
