"""What was shown beside what was going on, as arrays of whole microseconds: the measures count on these."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.arrays import Bools, Ints
from app.labels import NOBODY, OTHER, UNSURE
from app.score.timeline import Segment, Timeline
from app.text import comparable

SECOND = 1_000_000  # microseconds: whole numbers, so that no measure hangs on rounding
_BACKGROUND = {UNSURE, NOBODY, OTHER}
_NONE = -1  # where a timeline has a gap


class Spans(NamedTuple):
    """Stretches of one label each, in order; a label never follows itself without a gap.

    Attributes:
        labels: (N,), positions in `Aligned.names`.
        starts: (N,), microseconds.
        ends: (N,), microseconds.
    """

    labels: Ints
    starts: Ints
    ends: Ints

    def of(self, label: int) -> "Spans":
        """Returns those of one label."""
        chosen = self.labels == label
        return Spans(self.labels[chosen], self.starts[chosen], self.ends[chosen])


class Pieces(NamedTuple):
    """The scored time, cut where the label of one of both timelines changes, and only there.

    Attributes:
        truth: (N,), positions in `Aligned.names`.
        shown: (N,), the same.
        starts: (N,), microseconds.
        lengths: (N,), microseconds.
    """

    truth: Ints
    shown: Ints
    starts: Ints
    lengths: Ints


@dataclass(frozen=True)
class Aligned:
    """A clip as the measures count it.

    Only the time counts for which the truth is known: gaps, and stretches that it calls "unsure", are cut out of both.
    What was shown nowhere is "unsure".

    Attributes:
        names: the labels; the last one is "unsure".
        truth: what was going on.
        shown: what was shown meanwhile.
        pieces: both, side by side.
    """

    names: tuple[str, ...]
    truth: Spans
    shown: Spans
    pieces: Pieces

    @property
    def unsure(self) -> int:
        """The position of "unsure" in `names`."""
        return len(self.names) - 1

    @property
    def is_activity(self) -> Bools:
        """(K,): which of the names are activities; "other", "nobody" and "unsure" are not, they are the background."""
        return np.array([comparable(name) not in _BACKGROUND for name in self.names])

    @property
    def scored(self) -> int:
        """The scored time, microseconds."""
        return int(self.pieces.lengths.sum())


def align(predicted: Timeline, truth: Timeline, end_s: float | None = None) -> Aligned:
    """Puts two timelines side by side.

    Args:
        predicted: what was shown.
        truth: what was going on.
        end_s: the length of the clip, s; None: the end of `predicted`.
    """
    end = ticks(predicted.end_s if end_s is None else end_s)
    names = _names(truth, predicted)
    numbers = {comparable(name): number for number, name in enumerate(names)}
    of_truth, of_shown = (_spans(timeline, numbers, end) for timeline in (truth, predicted))
    known = of_truth.labels != numbers[UNSURE]
    of_truth = Spans(*(part[known] for part in of_truth))
    points = np.unique(np.concatenate([of_truth.starts, of_truth.ends, of_shown.starts, of_shown.ends]))
    starts, ends = points[:-1], points[1:]
    going_on, shown = _labels_at(of_truth, starts), _labels_at(of_shown, starts)
    shown = np.where(shown == _NONE, numbers[UNSURE], shown)
    scored = going_on != _NONE
    going_on, shown, starts, ends = going_on[scored], shown[scored], starts[scored], ends[scored]
    first, last = _runs(starts, ends, going_on, shown)
    pieces = Pieces(going_on[first], shown[first], starts[first], ends[last] - starts[first])
    return Aligned(names, _joined(going_on, starts, ends), _joined(shown, starts, ends), pieces)


def ticks(time_s: float) -> int:
    """Converts seconds to the nearest whole microsecond."""
    return round(time_s * SECOND)


def _names(truth: Timeline, predicted: Timeline) -> tuple[str, ...]:
    names = {comparable(label): label for label in (*predicted.labels, *truth.labels)}  # spelled as the truth does
    names.pop(UNSURE, None)
    return (*(names[form] for form in sorted(names)), UNSURE)


def _spans(timeline: Timeline, numbers: dict[str, int], end: int) -> Spans:
    def clipped(segment: Segment) -> tuple[int, int, int]:
        stop = end if segment.end_s * SECOND >= end else ticks(segment.end_s)
        return numbers[comparable(segment.label)], ticks(segment.start_s), stop

    rows = [row for row in map(clipped, timeline.segments) if row[1] < row[2]]
    labels, starts, ends = np.array(rows, np.int64).reshape(-1, 3).T
    return Spans(labels, starts, ends)


def _labels_at(spans: Spans, times: Ints) -> Ints:
    if not len(spans.starts):
        return np.full(len(times), _NONE, np.int64)
    number = np.searchsorted(spans.starts, times, "right") - 1
    inside = (number >= 0) & (times < spans.ends[number])
    return np.where(inside, spans.labels[number], _NONE)


def _joined(labels: Ints, starts: Ints, ends: Ints) -> Spans:
    """Joins neighbours of the same label."""
    first, last = _runs(starts, ends, labels)
    return Spans(labels[first], starts[first], ends[last])


def _runs(starts: Ints, ends: Ints, *labels: Ints) -> tuple[Bools, Bools]:
    """Marks the first and the last of neighbours that touch and have the same labels."""
    changes = starts[1:] != ends[:-1]
    for one in labels:
        changes = changes | (one[1:] != one[:-1])
    edge = np.ones(min(len(starts), 1), bool)
    return np.concatenate([edge, changes]), np.concatenate([changes, edge])
