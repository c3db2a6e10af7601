"""Ward's kinds of mistake: insertions, deletions, fragmentations, merges, over- and underfill.

Source: Ward, Lukowicz and Gellersen, "Performance Metrics for Activity Recognition", ACM TIST 2011. Each activity is
judged by itself: at a moment it is going on or not, and shown or not. A stretch shown for nothing (false positive) is
an insertion when it touches no right stretch, a merge between two of them, else overfill; a missed one (false negative)
is a deletion, a fragmentation or underfill in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.arrays import Bools, Ints
from app.score.align import SECOND, Aligned, Spans

KINDS = ("insertion", "merge", "overfill", "deletion", "fragmentation", "underfill")


@dataclass(frozen=True)
class Ward:
    """The mistakes of clips.

    Attributes:
        lengths: kind -> microseconds, of all activities together.
        insertions: shown events that touch no true one.
        deletions: true events of which nothing was shown.
        fragmented: true events that were shown in pieces.
        merging: shown events that join several true ones.
    """

    lengths: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    insertions: int = 0
    deletions: int = 0
    fragmented: int = 0
    merging: int = 0

    def __add__(self, other: "Ward") -> "Ward":
        return Ward(
            {kind: self.lengths[kind] + other.lengths[kind] for kind in KINDS},
            self.insertions + other.insertions,
            self.deletions + other.deletions,
            self.fragmented + other.fragmented,
            self.merging + other.merging,
        )

    def seconds(self) -> dict[str, float]:
        """Returns kind -> seconds."""
        return {kind: self.lengths[kind] / SECOND for kind in KINDS}


def count_ward(clip: Aligned) -> Ward:
    """Counts a clip."""
    present = np.union1d(clip.truth.labels, clip.shown.labels)
    activities = present[clip.is_activity[present]]
    return sum((_of_one(clip.truth.of(label), clip.shown.of(label)) for label in activities), Ward())


def _of_one(truth: Spans, shown: Spans) -> Ward:
    points = np.unique(np.concatenate([truth.starts, truth.ends, shown.starts, shown.ends]))
    starts, lengths = points[:-1], np.diff(points)
    is_true, is_shown = _covers(truth, starts), _covers(shown, starts)
    right = np.r_[False, is_true & is_shown, False]
    neighbours = right[:-2].astype(np.int64) + right[2:]  # how many of both are right
    wrong, missed = is_shown & ~is_true, is_true & ~is_shown
    kinds = {
        kind: int(lengths[where & (neighbours == count)].sum())
        for where, names in (
            (wrong, ("insertion", "overfill", "merge")),
            (missed, ("deletion", "underfill", "fragmentation")),
        )
        for count, kind in enumerate(names)
    }
    in_true, in_shown = (_right_stretches(spans, starts, is_true & is_shown) for spans in (truth, shown))
    return Ward(
        kinds,
        insertions=int((in_shown == 0).sum()),
        deletions=int((in_true == 0).sum()),
        fragmented=int((in_true > 1).sum()),
        merging=int((in_shown > 1).sum()),
    )


def _covers(spans: Spans, times: Ints) -> Bools:
    number = np.searchsorted(spans.starts, times, "right") - 1
    if not len(spans.starts):
        return np.zeros(len(times), bool)
    return (number >= 0) & (times < spans.ends[number])


def _right_stretches(spans: Spans, starts: Ints, right: Bools) -> Ints:
    """Counts the right stretches within each span."""
    first, last = np.searchsorted(starts, spans.starts), np.searchsorted(starts, spans.ends)
    before = np.concatenate([[0], np.cumsum(right)])
    within: Ints = before[last] - before[first]
    return within
