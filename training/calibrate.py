"""Confidence that means something: a temperature and a reject threshold, both fitted on the validation part."""

import numpy as np
from scipy.optimize import minimize_scalar

from training.metrics import Floats, Ints

TEMPERATURES = (0.25, 4.0)
THRESHOLDS = tuple(percent / 100 for percent in range(30, 81))
WANTED_ACCURACY = 0.9


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """float32 (N, K) logits -> (N, K) probabilities."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probs: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probs


def fit_temperature(logits: Floats, truth: Ints) -> float:
    """The divisor of the logits, within TEMPERATURES, that makes `truth` (N,) likeliest."""
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        probs = softmax(logits, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(probs[rows, truth], 1e-12)).mean())

    found = minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded")
    return float(np.exp(found.x))


def fit_threshold(probs: Floats, truth: Ints) -> float:
    """The smallest threshold of THRESHOLDS at which 90 % of the accepted answers are right.

    One number for every class: validation parts are too small for one each. When none reaches 90 % it is the largest,
    so that a poor model says "unsure" often rather than something wrong.
    """
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == truth
    for threshold in THRESHOLDS:
        accepted = confidence >= threshold
        if accepted.any() and right[accepted].mean() >= WANTED_ACCURACY:
            return threshold
    return THRESHOLDS[-1]
