"""A linear head from the means of the classes: linear discriminant analysis with a shrunk covariance.

    logit of class c = x' S^-1 m_c - m_c' S^-1 m_c / 2        S = (1 - SHRINKAGE) W + SHRINKAGE mean(diag W) I

m_c is the mean of a class, and W says in what images of one kind differ from each other (Fisher 1936; the shrinkage:
Friedman 1989). Twenty images of a class tell little of W. Images of many other kinds tell more: what changes from one
picture of fishing to the next is what changes from one picture of anything to the next.
"""

from dataclasses import dataclass, replace

import numpy as np

from app.arrays import Float64s, Ints
from app.teach.cross_validation import fit_temperature, main_directions
from app.teach.head import Head, Samples

SHRINKAGE = 0.3  # 0.1 to 0.5 give the same within a point


@dataclass(frozen=True, eq=False)
class Kinds:
    """Images of other kinds than those that are taught.

    Attributes:
        features: (M, D).
        groups: (M,), the images of one number are of one kind.
    """

    features: Float64s
    groups: Ints


@dataclass(frozen=True, eq=False)
class _Scatter:
    """The sum of what images differ in from the mean of their kind, (D, D), and how many images it is of."""

    total: Float64s
    count: int

    def __add__(self, other: "_Scatter") -> "_Scatter":
        return _Scatter(self.total + other.total, self.count + other.count)


@dataclass(frozen=True, eq=False)
class Discriminant:
    """A head, judged on images that it did not see.

    Attributes:
        head: fitted on all samples, its temperature within.
        temperature: the divisor of the logits.
        held_out_logits: (judged rows, K), of heads that did not see the row's fold, over the temperature.
    """

    head: Head
    temperature: float
    held_out_logits: Float64s


def fit_discriminant(samples: Samples, classes: int, kinds: Kinds | None) -> Discriminant:
    """Fits the head, and by cross-validation its temperature.

    Args:
        samples: R rows of D features.
        classes: K.
        kinds: of which more is learnt of what images of one kind differ in; None: the samples alone tell.
    """
    known = samples.features if kinds is None else np.concatenate([samples.features, kinds.features])
    basis = main_directions(known)
    samples = replace(samples, features=samples.features @ basis)
    size = basis.shape[1]
    others = _Scatter(np.zeros((size, size)), 0) if kinds is None else _scatter(kinds.features @ basis, kinds.groups)
    judged = samples.where(samples.judged)
    held_out = np.zeros((len(judged.labels), classes))
    for fold in np.unique(judged.folds):
        hidden = judged.folds == fold
        head = _fit(samples.where(samples.folds != fold), classes, others)
        held_out[hidden] = head.logits(judged.features[hidden])
    temperature = fit_temperature(held_out, judged.labels, judged.weights)
    head = _fit(samples, classes, others)
    head = Head(basis @ head.weights / temperature, head.bias / temperature)
    return Discriminant(head, temperature, held_out / temperature)


def _fit(samples: Samples, classes: int, others: _Scatter) -> Head:
    centre = samples.features.mean(axis=0)  # the mean of a class of which there is no image
    means = _means(samples.features - centre, samples.labels, classes)
    within = _scatter(samples.features, samples.labels) + others
    covariance = within.total / within.count
    spread = float(np.trace(covariance)) / len(covariance) or 1.0
    shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * spread * np.eye(len(covariance))
    weights = np.asarray(np.linalg.solve(shrunk, means.T), np.float64)
    return Head(weights, -(weights * means.T).sum(axis=0) / 2 - centre @ weights)


def _scatter(features: Float64s, kinds: Ints) -> _Scatter:
    numbers = np.unique(kinds, return_inverse=True)[1]
    apart = features - _means(features, numbers, int(numbers.max()) + 1)[numbers]
    return _Scatter(apart.T @ apart, len(apart))


def _means(features: Float64s, labels: Ints, classes: int) -> Float64s:
    """The mean of each class, (K, D); that of a class without an image is zero."""
    members = np.eye(classes)[labels]
    means: Float64s = members.T @ features / np.maximum(members.sum(axis=0), 1)[:, None]
    return means
