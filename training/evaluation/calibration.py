"""What a probability promises and what it keeps: reliability, calibration error, coverage against accuracy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BINS = 15  # of equal width, as in Guo et al. 2017
STEPS = 100  # of the threshold along the coverage curve

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reliability:
    """Answers in BINS bins of equal width by their confidence (the highest probability).

    counts: int64 (BINS,). confidence, accuracy: float64 (BINS,), the bin's means, 0 where it is empty.
    """

    counts: Ints
    confidence: Doubles
    accuracy: Doubles

    @property
    def error(self) -> float:
        """The expected calibration error, 0..1: how far confidence and accuracy lie apart, averaged over the answers.

        Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015; in the form, with 15
        bins, of Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
        """
        return float((self.counts * np.abs(self.accuracy - self.confidence)).sum() / self.counts.sum())

    @property
    def chance(self) -> float:
        """The error that so few pictures show by chance, on average, when every confidence is exactly true.

        The share of right answers in a bin scatters about its confidence like a normal variable, whose mean absolute
        deviation is sqrt(2 / pi) times its standard one. On a thousand pictures that is some three points.
        """
        spread = np.sqrt(2 / np.pi * self.counts * self.confidence * (1 - self.confidence))
        return float(spread.sum() / self.counts.sum())


@dataclass(frozen=True, eq=False)
class Coverage:
    """One threshold for all answers, swept from 0 to 1: what a reject option buys (Geifman and El-Yaniv, 2017).

    thresholds, share, accuracy: float64 (STEPS + 1,): share of the answers that reach the threshold, and how many of
    those are right; nan where there are none.
    """

    thresholds: Doubles
    share: Doubles
    accuracy: Doubles

    def to_json(self, every: int = 5) -> dict[str, list[float | None]]:
        columns = {"threshold": self.thresholds, "share": self.share, "accuracy": self.accuracy}
        return {
            name: [None if np.isnan(value) else round(float(value), 4) for value in column[::every]]
            for name, column in columns.items()
        }


def measure_reliability(probs: Floats, truth: Ints) -> Reliability:
    """probs: (N, K), N >= 1. truth: (N,) class indices."""
    confidence, right = probs.max(axis=1).astype(np.float64), probs.argmax(axis=1) == truth
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)  # a bin holds its upper edge
    counts = np.bincount(bins, minlength=BINS)
    under = np.maximum(counts, 1)
    return Reliability(
        counts,
        np.bincount(bins, weights=confidence, minlength=BINS) / under,
        np.bincount(bins, weights=right, minlength=BINS) / under,
    )


def measure_coverage(probs: Floats, truth: Ints) -> Coverage:
    """probs: (N, K), N >= 1. truth: (N,) class indices."""
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == truth
    thresholds = np.arange(STEPS + 1) / STEPS
    order = np.argsort(confidence)
    below = np.searchsorted(confidence[order], thresholds)
    rights_from = np.append(right[order][::-1].cumsum()[::-1], 0)
    accepted = len(truth) - below
    accuracy = np.full(len(thresholds), np.nan)
    np.divide(rights_from[below], accepted, out=accuracy, where=accepted > 0)
    return Coverage(thresholds, accepted / len(truth), accuracy)


def without_temperature(probs: Floats, temperature: float) -> Floats:
    """The softmax of the logits as they were, from that of the logits over `temperature`: float32 (N, K) both.

    softmax(z) is softmax(z / T) to the power of T, made to sum to one again.
    """
    logs = temperature * np.log(np.maximum(probs.astype(np.float64), np.finfo(np.float32).tiny))
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    plain: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return plain


def stored_temperature(info: Any) -> float | None:
    """What export wrote into `ModelContract.info`; None where a file has none or nonsense."""
    value = info.get("temperature")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < float("inf") else None
