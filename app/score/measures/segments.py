"""The edit score and F1@k of action segmentation.

Source: Lea et al., "Temporal Convolutional Networks for Action Segmentation and Detection", CVPR 2017, as MS-TCN's
`eval.py` computes them, with "other", "nobody" and "unsure" as its background classes. There the last segment lacks a
frame; here no segment does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from app.arrays import Ints
from app.score.align import Aligned, Spans

OVERLAPS = (10, 25, 50)  # per cent of the union that a segment shares with a true one


@dataclass(frozen=True)
class Matched:
    """Segments that were found, shown for nothing, and missed.

    Attributes:
        right: of those shown, how many match a true one.
        shown: how many were shown.
        true: how many there are.
    """

    right: int = 0
    shown: int = 0
    true: int = 0

    def __add__(self, other: "Matched") -> "Matched":
        return Matched(self.right + other.right, self.shown + other.shown, self.true + other.true)

    @property
    def f1(self) -> float | None:
        """The F1; None where there is nothing to find and nothing shown."""
        return 2 * self.right / (self.shown + self.true) if self.shown + self.true else None


@dataclass(frozen=True)
class Segments:
    """The segments of clips.

    Attributes:
        edits: the edit score of each clip that has a segment.
        at: overlap in per cent -> how many segments match.
    """

    edits: tuple[float, ...] = ()
    at: Mapping[int, Matched] = field(default_factory=lambda: dict.fromkeys(OVERLAPS, Matched()))

    def __add__(self, other: "Segments") -> "Segments":
        return Segments(self.edits + other.edits, {k: self.at[k] + other.at[k] for k in OVERLAPS})

    @property
    def edit(self) -> float | None:
        """The mean edit score of the clips, 0..1; None without any."""
        return sum(self.edits) / len(self.edits) if self.edits else None


def count_segments(clip: Aligned) -> Segments:
    """Counts a clip."""
    shown, true = foreground(clip, clip.shown), foreground(clip, clip.truth)
    longest = max(len(shown.labels), len(true.labels))
    edits = (1 - _edit_distance(shown.labels, true.labels) / longest,) if longest else ()
    return Segments(edits, {k: _match(shown, true, k) for k in OVERLAPS})


def foreground(clip: Aligned, spans: Spans) -> Spans:
    """Returns the spans that are activities."""
    chosen = clip.is_activity[spans.labels]
    return Spans(spans.labels[chosen], spans.starts[chosen], spans.ends[chosen])


def _edit_distance(one: Ints, other: Ints) -> int:
    """Levenshtein's distance, a row at a time."""
    steps = np.arange(len(other) + 1)
    row = steps
    for number, label in enumerate(one.tolist(), 1):
        replaced_or_deleted = np.minimum(row[:-1] + (other != label), row[1:] + 1)
        best = np.concatenate([[number], replaced_or_deleted])
        row = np.minimum.accumulate(best - steps) + steps  # insertions: one step each, from anywhere to the left
    return int(row[-1])


def _match(shown: Spans, true: Spans, per_cent: int) -> Matched:
    """Each shown segment, in order, takes the true one that it overlaps most, unless that is taken."""
    taken = np.zeros(len(true.labels), bool)
    if len(true.labels):
        for label, start, end in zip(*(part.tolist() for part in shown), strict=True):
            shared = np.minimum(end, true.ends) - np.maximum(start, true.starts)
            union = np.maximum(end, true.ends) - np.minimum(start, true.starts)
            overlap = np.where(true.labels == label, shared / union, 0.0)
            best = int(overlap.argmax())
            taken[best] |= overlap[best] >= per_cent / 100
    return Matched(int(taken.sum()), len(shown.labels), len(true.labels))
