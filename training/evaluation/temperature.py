"""Confidence that means something: a temperature, fitted on the validation part as app.model.thresholds are."""

import numpy as np
from scipy.optimize import minimize_scalar

from app.arrays import Float32s, Ints
from app.model.probabilities import log_loss

TEMPERATURES = (0.25, 4.0)
# The standard deviation of log temperature before any image is seen: networks are rarely off by more than twice this.
# Without it a few images would be believed whatever they say; two hundred outweigh it many times.
PRIOR_SPREAD = 0.5


def fit_temperature(logits: Float32s, truth: Ints) -> float:
    """Finds the divisor of the logits under which the truth is likeliest (Guo et al. 2017), with a prior around 1.

    Teaching searches for its own (app.teach.cross_validation): on a grid and without a prior, because it has no
    scipy, and its models would change with either.

    Args:
        logits: (N, K).
        truth: (N,), 0..K-1.

    Returns:
        The temperature, within TEMPERATURES.
    """

    def unlikely(log_temperature: float) -> float:
        prior = 0.5 * (log_temperature / PRIOR_SPREAD) ** 2
        return log_loss(logits, truth, float(np.exp(log_temperature))) + prior / len(truth)

    found = minimize_scalar(unlikely, bounds=np.log(TEMPERATURES), method="bounded")
    return float(np.exp(found.x))
