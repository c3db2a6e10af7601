"""Event-based F1 with collars, and segment-based F1.

Source: Mesaros et al., "Metrics for Polyphonic Sound Event Detection", Applied Sciences 2016, as sed_eval counts it:
a shown event matches a true one of its label when its start lies within the collar, and its end within the collar or
within half of the true event's length; as many are matched as can be. "other", "nobody" and "unsure" are no events.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.arrays import Bools
from app.score.align import SECOND, Aligned, Spans, ticks
from app.score.measures.segments import Matched, foreground

SHARE = 0.5  # of the true event's length, by which the end of a shown one may be wrong, where that is more
SEGMENT_S = 1  # s; the length of the segments of the segment-based F1, as in sed_eval


@dataclass(frozen=True)
class Events:
    """The events of clips.

    Attributes:
        at: collar in seconds -> how many events match.
        by_segment: labels of the segments of one second each: those that are right, shown and true.
    """

    at: Mapping[float, Matched] = field(default_factory=dict)
    by_segment: Matched = field(default_factory=Matched)

    def __add__(self, other: "Events") -> "Events":
        collars = dict.fromkeys([*self.at, *other.at])
        at = {collar: self.at.get(collar, Matched()) + other.at.get(collar, Matched()) for collar in collars}
        return Events(at, self.by_segment + other.by_segment)


def count_events(clip: Aligned, collars: Sequence[float]) -> Events:
    """Counts a clip.

    Args:
        clip: the clip.
        collars: seconds.
    """
    shown, true = foreground(clip, clip.shown), foreground(clip, clip.truth)
    at = {collar: _match(shown, true, ticks(collar)) for collar in collars}
    return Events(at, _by_segment(shown, true, len(clip.names)))


def _match(shown: Spans, true: Spans, collar: int) -> Matched:
    right = sum(_matches(shown.of(label), true.of(label), collar) for label in np.unique(true.labels))
    return Matched(right, len(shown.labels), len(true.labels))


def _matches(shown: Spans, true: Spans, collar: int) -> int:
    """Counts the pairs of a largest matching.

    The first shown event that fits and is free will do: events of one label lie behind one another, and so do the
    windows into which their starts and ends must fall. Where a long event's end may be further off, its start is too
    far from that of the next one for both to want the same shown event.
    """
    first = np.searchsorted(shown.starts, true.starts - collar, "left")
    last = np.searchsorted(shown.starts, true.starts + collar, "right")
    allowed = np.maximum(collar, SHARE * (true.ends - true.starts))
    free = np.ones(len(shown.labels), bool)
    for low, high, end, most in zip(first, last, true.ends, allowed, strict=True):
        fits = free[low:high] & (np.abs(end - shown.ends[low:high]) <= most)
        free[low + np.flatnonzero(fits)[:1]] = False
    return int((~free).sum())


def _by_segment(shown: Spans, true: Spans, names: int) -> Matched:
    length = SEGMENT_S * SECOND
    count = max((-(-int(spans.ends.max()) // length) for spans in (shown, true) if len(spans.ends)), default=0)
    one, other = (_roll(spans, names, count, length) for spans in (shown, true))
    return Matched(int((one & other).sum()), int(one.sum()), int(other.sum()))


def _roll(spans: Spans, names: int, count: int, length: int) -> Bools:
    """Returns (names, count): whether a label occurs in a segment, however shortly."""
    roll = np.zeros((names, count), bool)
    for label, start, end in zip(*(part.tolist() for part in spans), strict=True):
        roll[label, start // length : -(-end // length)] = True
    return roll
