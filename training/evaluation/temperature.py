"""Confidence that means something: a temperature, fitted on the validation part as app.model.thresholds are."""

import numpy as np
from scipy.optimize import minimize_scalar

from app.arrays import Float32s, Ints

TEMPERATURES = (0.25, 4.0)
# Of log temperature, before any image counts: networks are rarely off by more than twice this. A few images would
# otherwise decide whatever they say; two hundred outweigh it many times.
PRIOR_SPREAD = 0.5


def softmax(logits: Float32s, temperature: float = 1.0) -> Float32s:
    """float32 (N, K) logits -> (N, K) probabilities."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probs: Float32s = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probs


def fit_temperature(logits: Float32s, truth: Ints) -> float:
    """Fits the divisor of the logits that makes the truth likeliest (Guo et al. 2017).

    Its logarithm has a normal prior of mean 0 and standard deviation PRIOR_SPREAD.

    Args:
        logits: (N, K).
        truth: (N,), class numbers.

    Returns:
        The temperature, within TEMPERATURES.
    """

    def unlikely(log_temperature: float) -> float:
        prior = 0.5 * (log_temperature / PRIOR_SPREAD) ** 2
        return cross_entropy(logits, truth, float(np.exp(log_temperature))) + prior / len(truth)

    found = minimize_scalar(
        unlikely,
        bounds=np.log(TEMPERATURES),
        method="bounded",
    )
    return float(np.exp(found.x))


def cross_entropy(logits: Float32s, truth: Ints, temperature: float) -> float:
    """Computes the mean negative log-likelihood of `truth` (N,) under the tempered logits (N, K)."""
    probs = softmax(logits, temperature)
    return float(-np.log(np.maximum(probs[np.arange(len(truth)), truth], 1e-12)).mean())
