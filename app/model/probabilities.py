"""Probabilities of logits, and how well they predict the truth: for teaching, training and evaluation alike."""

from typing import TypeVar

import numpy as np

from app.arrays import Float32s, Float64s, Ints

Floats = TypeVar("Floats", Float32s, Float64s)
_LEAST = 1e-12  # probability: what is thought impossible costs 28, not infinity


def softmax(logits: Floats, temperature: float = 1.0) -> Floats:
    """Turns logits into probabilities, without overflow; computes in float64.

    Args:
        logits: (N, K).
        temperature: their divisor; above 1 the probabilities come closer to one another.

    Returns:
        (N, K), rows sum to one, of the dtype of `logits`.

    Example:
        >>> softmax(np.array([[0.0, np.log(3)]])).round(2).tolist()
        [[0.25, 0.75]]
    """
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    probs: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(logits.dtype)
    return probs


def log_loss(logits: Floats, truth: Ints, temperature: float = 1.0, weights: Float64s | None = None) -> float:
    """Computes the mean negative log-likelihood of the truth.

    Args:
        logits: (N, K).
        truth: (N,), the right classes, 0..K-1.
        temperature: the divisor of the logits.
        weights: (N,), of the mean; None: all alike.
    """
    likelihood = softmax(logits, temperature)[np.arange(len(truth)), truth]
    losses = -np.log(np.maximum(likelihood, _LEAST))
    return float(losses.mean() if weights is None else (weights * losses).sum() / weights.sum())


def log_sum_exp(logits: Float64s) -> Float64s:
    """Joins logits into the one of all of them together, without overflow.

    Args:
        logits: (N, K).

    Returns:
        (N,).
    """
    top = logits.max(axis=1)
    found: Float64s = top + np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return found


def sigmoid(logits: Float32s | Float64s) -> Float64s:
    """Turns logits into probabilities, each by itself.

    Args:
        logits: of any shape; beyond 80 nothing changes any more.

    Returns:
        float64 of the same shape, 0..1.
    """
    found: Float64s = 1 / (1 + np.exp(-np.asarray(logits, np.float64).clip(-80, 80)))
    return found
