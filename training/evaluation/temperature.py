"""Confidence that means something: a temperature, fitted on the validation part as app.model.thresholds are."""

import numpy as np
from scipy.optimize import minimize_scalar

from training.evaluation.metrics import Floats, Ints

TEMPERATURES = (0.25, 4.0)
# Of log temperature, before a picture has spoken: networks are rarely off by more than twice this. A few pictures would
# otherwise be believed whatever they say; two hundred outweigh it many times.
PRIOR_SPREAD = 0.5


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """float32 (N, K) logits -> (N, K) probabilities."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probs: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return probs


def fit_temperature(logits: Floats, truth: Ints) -> float:
    """The divisor of the logits, within TEMPERATURES, that is likeliest given `truth` (N,) (Guo et al. 2017).

    Its logarithm is expected around 0, by PRIOR_SPREAD.
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


def cross_entropy(logits: Floats, truth: Ints, temperature: float) -> float:
    """The mean negative log-likelihood of `truth` (N,) under the tempered logits (N, K)."""
    probs = softmax(logits, temperature)
    return float(-np.log(np.maximum(probs[np.arange(len(truth)), truth], 1e-12)).mean())
