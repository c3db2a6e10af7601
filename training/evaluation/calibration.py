"""Calibration: whether answers are right as often as their confidence says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.arrays import Float32s, Float64s, Ints

BINS = 15  # of equal width, as in Guo et al. 2017


@dataclass(frozen=True, eq=False)
class Calibration:
    """Answers in BINS bins of equal width by their confidence (the highest probability).

    Attributes:
        counts: int64 (BINS,), answers.
        confidence: float64 (BINS,), the mean of the bin, 0 where it is empty.
        accuracy: float64 (BINS,), the share of right answers, 0 where it is empty.
    """

    counts: Ints
    confidence: Float64s
    accuracy: Float64s

    @property
    def error(self) -> float:
        """The expected calibration error, 0..1: the distance of confidence and accuracy, averaged over the answers.

        Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015; in the form, with
        15 bins, of Guo et al., "On calibration of modern neural networks", ICML 2017.
        """
        return float((self.counts * np.abs(self.accuracy - self.confidence)).sum() / self.counts.sum())

    @property
    def chance(self) -> float:
        """The error that so few images show by chance, on average, when every confidence is exactly true.

        The share of right answers in a bin scatters about its confidence like a normal variable, whose mean absolute
        deviation is sqrt(2 / pi) times its standard one. On a thousand images that is some three points.
        """
        spread = np.sqrt(2 / np.pi * self.counts * self.confidence * (1 - self.confidence))
        return float(spread.sum() / self.counts.sum())


def measure_calibration(probs: Float32s, truth: Ints) -> Calibration:
    """Bins answers by their confidence.

    Args:
        probs: (N, K), N >= 1.
        truth: (N,), class numbers.
    """
    confidence, right = probs.max(axis=1).astype(np.float64), probs.argmax(axis=1) == truth
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)  # a bin holds its upper edge
    counts = np.bincount(bins, minlength=BINS)
    under = np.maximum(counts, 1)
    return Calibration(
        counts,
        np.bincount(bins, weights=confidence, minlength=BINS) / under,
        np.bincount(bins, weights=right, minlength=BINS) / under,
    )


def without_temperature(probs: Float32s, temperature: float) -> Float32s:
    """Takes the temperature out of probabilities: softmax(z) is softmax(z / T) to the power of T, made to sum to one.

    Args:
        probs: (N, K), the softmax of the logits over the temperature.
        temperature: T.

    Returns:
        float32 (N, K), the softmax of the logits as they were.
    """
    logs = temperature * np.log(np.maximum(probs.astype(np.float64), np.finfo(np.float32).tiny))
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    plain: Float32s = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return plain


def stored_temperature(info: Mapping[str, Any]) -> float | None:
    """Reads the temperature that export wrote into `ModelContract.info`; None where a file has none, or nonsense."""
    value = info.get("temperature")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        return None
    return float(value)
