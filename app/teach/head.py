"""A linear head on an embedding: multinomial logistic regression with an L2 penalty."""

from dataclasses import dataclass

import numpy as np

from app.arrays import Bools, Float32s, Float64s, Ints
from app.teach.lbfgs import Function, minimise


@dataclass(frozen=True, eq=False)
class Head:
    """Computes logits = features @ weights + bias.

    Attributes:
        weights: (D, K).
        bias: (K,).
    """

    weights: Float64s
    bias: Float64s

    def logits(self, features: Float64s) -> Float64s:
        """Returns (N, K) for features (N, D)."""
        return features @ self.weights + self.bias


@dataclass(frozen=True, eq=False)
class Samples:
    """The data that a head is fitted on: a row for each view of an image.

    Attributes:
        features: (R, D), as `embed.Embeddings.features` makes them.
        labels: (R,), 0..K-1.
        folds: (R,), the fold of cross-validation that holds the row out.
        weights: (R,), above zero.
        judged: (R,), whether the row counts when a head is judged: one for each image, its unchanged view.
    """

    features: Float64s
    labels: Ints
    folds: Ints
    weights: Float64s
    judged: Bools

    def where(self, chosen: Bools) -> "Samples":
        """Returns the chosen rows."""
        return Samples(
            self.features[chosen], self.labels[chosen], self.folds[chosen], self.weights[chosen], self.judged[chosen]
        )

    def extended(self, features: Float64s, labels: Ints, folds: Ints, weight: float) -> "Samples":
        """Adds M judged rows at the end, each of the same weight."""
        count = len(features)
        return Samples(
            np.concatenate([self.features, features]),
            np.concatenate([self.labels, labels]),
            np.concatenate([self.folds, folds]),
            np.concatenate([self.weights, np.full(count, weight)]),
            np.concatenate([self.judged, np.ones(count, bool)]),
        )


def balancing_weights(labels: Ints) -> Float64s:
    """Returns weights (N,) under which every class of labels (N,) counts alike, however many images it has."""
    weights: Float64s = len(labels) / np.bincount(labels)[labels] / len(np.unique(labels))
    return weights


def fit_head(samples: Samples, classes: int, penalty: float, start: Head | None = None) -> Head:
    """Fits a head.

    Args:
        samples: R rows of D features.
        classes: K.
        penalty: of the squared weights for features that are centred and of unit RMS; the bias has none.
        start: a head that is close, which saves time; None: zeros.

    Returns:
        The head for the features as they are, not centred and scaled.
    """
    centre = samples.features.mean(axis=0)
    features = samples.features - centre
    scale = float(np.sqrt((features**2).sum(axis=1).mean())) or 1.0
    loss = _loss((features / scale).astype(np.float32), samples, classes, penalty)
    first = np.zeros((features.shape[1] + 1) * classes)
    if start is not None:
        first = np.concatenate([(start.weights * scale).ravel(), start.bias + centre @ start.weights])
    weights, bias = _unpacked(minimise(loss, first), classes)
    weights = weights / scale
    return Head(weights, bias - centre @ weights)


def _loss(features: Float32s, samples: Samples, classes: int, penalty: float) -> Function:
    """The weighted mean cross-entropy plus the penalty, as a function of weights and bias in one row."""
    share = (samples.weights / samples.weights.sum()).astype(np.float32)[:, None]
    target = np.eye(classes, dtype=np.float32)[samples.labels]

    def loss(packed: Float64s) -> tuple[float, Float64s]:
        weights, bias = _unpacked(packed, classes)
        logits = features @ weights.astype(np.float32) + bias.astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        sums = powers.sum(axis=1, keepdims=True)
        value = float((share * (np.log(sums) - (logits * target).sum(axis=1, keepdims=True))).sum(dtype=np.float64))
        slope = (powers / sums - target) * share
        gradient = np.concatenate([(features.T @ slope).ravel() + penalty * packed[:-classes], slope.sum(axis=0)])
        return value + penalty / 2 * float((packed[:-classes] ** 2).sum()), gradient

    return loss


def _unpacked(packed: Float64s, classes: int) -> tuple[Float64s, Float64s]:
    return packed[:-classes].reshape(-1, classes), packed[-classes:]
