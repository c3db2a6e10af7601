"""Coverage: the share of answers that are above a threshold, and how many of those are right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.arrays import Bools, Float32s, Float64s, Ints

STEPS = 100  # of the threshold along the curve


@dataclass(frozen=True, eq=False)
class CoverageCurve:
    """What one threshold for all answers buys, swept from 0 to 1 (Geifman and El-Yaniv, NeurIPS 2017).

    Attributes:
        thresholds: float64 (STEPS + 1,).
        share: float64 (STEPS + 1,), the share of the answers that reach the threshold.
        accuracy: float64 (STEPS + 1,), the share of those that are right; nan where there are none.
    """

    thresholds: Float64s
    share: Float64s
    accuracy: Float64s

    def to_json(self, every: int = 5) -> dict[str, list[float | None]]:
        """Converts each `every`-th step to JSON's types, nan to None."""
        columns = {"threshold": self.thresholds, "share": self.share, "accuracy": self.accuracy}
        return {
            name: [None if np.isnan(value) else round(float(value), 4) for value in column[::every]]
            for name, column in columns.items()
        }


def above_threshold(probs: Float32s, thresholds: Sequence[float]) -> Bools:
    """Tells which answers reach the threshold of their class.

    Args:
        probs: (N, K).
        thresholds: K values 0..1; an answer is the likeliest class and counts by the threshold of that class.

    Returns:
        bool (N,).
    """
    reached: Bools = probs.max(axis=1) >= np.asarray(thresholds)[probs.argmax(axis=1)]
    return reached


def measure_coverage(probs: Float32s, truth: Ints) -> CoverageCurve:
    """Sweeps one threshold over all answers.

    Args:
        probs: (N, K), N >= 1.
        truth: (N,), class numbers.
    """
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == truth
    thresholds = np.arange(STEPS + 1) / STEPS
    order = np.argsort(confidence)
    below = np.searchsorted(confidence[order], thresholds)
    rights_from = np.append(right[order][::-1].cumsum()[::-1], 0)
    above = len(truth) - below
    accuracy = np.full(len(thresholds), np.nan)
    np.divide(rights_from[below], above, out=accuracy, where=above > 0)
    return CoverageCurve(thresholds, above / len(truth), accuracy)
