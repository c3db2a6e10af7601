"""Cross-validation: chooses the penalty and the temperature of a head, and judges it on images that it did not see."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.arrays import Float64s, Ints
from app.model.probabilities import log_loss
from app.teach.head import Head, Samples, fit_head

PENALTIES = (1e-2, 1e-3, 1e-4, 1e-5)  # the strongest first: each fit starts from the one before
FOLDS = 5
_TEMPERATURES = np.geomspace(0.25, 16, 49)
_RANK = 256  # of the features while heads are fitted; more cost more time than they tell


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """A head with the best penalty and temperature.

    Attributes:
        head: fitted on all samples, its temperature within.
        penalty: one of PENALTIES.
        temperature: the divisor of the logits.
        held_out_logits: (judged rows, K), of heads that did not see the row's fold, over the temperature.
    """

    head: Head
    penalty: float
    temperature: float
    held_out_logits: Float64s


def assign_folds(labels: Ints, sessions: Sequence[Hashable]) -> Ints:
    """Spreads images over FOLDS folds: all of a session in one, each class over as many folds as it has sessions.

    A class of a single session cannot be judged like that: its images, in their order, are cut into FOLDS pieces.

    Args:
        labels: (N,).
        sessions: N keys; images of one class with the same key stay together.

    Returns:
        (N,), 0..FOLDS-1.
    """
    folds = np.zeros(len(labels), np.int64)
    sizes = np.zeros(FOLDS, np.int64)
    for label in np.unique(labels):
        of_class = np.zeros(FOLDS, np.int64)
        for piece in sorted(_pieces(np.flatnonzero(labels == label), sessions), key=len, reverse=True):
            fold = min(range(FOLDS), key=lambda number: (of_class[number], sizes[number]))
            folds[piece] = fold
            of_class[fold] += len(piece)
            sizes[fold] += len(piece)
    return folds


def cross_validate(samples: Samples, classes: int) -> CrossValidated:
    """Fits heads with each of PENALTIES, and chooses the one under which the held-out images are likeliest.

    Args:
        samples: R rows of D features.
        classes: K.
    """
    basis = main_directions(samples.features)
    samples = replace(samples, features=samples.features @ basis)
    judged = samples.where(samples.judged)
    held_out = held_out_logits(samples, classes)
    temperatures = [fit_temperature(logits, judged.labels, judged.weights) for logits in held_out]
    losses = [
        log_loss(logits, judged.labels, temperature, judged.weights)
        for logits, temperature in zip(held_out, temperatures, strict=True)
    ]
    best = int(np.argmin(losses))
    penalty, temperature = PENALTIES[best], temperatures[best]
    *_, head = _fit_path(samples, classes, PENALTIES[: best + 1])
    head = Head(basis @ head.weights / temperature, head.bias / temperature)
    return CrossValidated(head, penalty, temperature, held_out[best] / temperature)


def fit_temperature(logits: Float64s, labels: Ints, weights: Float64s) -> float:
    """Finds the divisor of the logits, 0.25 to 16 on a grid, under which the labels are likeliest (Guo et al. 2017).

    Args:
        logits: (N, K).
        labels: (N,), 0..K-1.
        weights: (N,), above zero.
    """
    return float(min(_TEMPERATURES, key=lambda temperature: log_loss(logits, labels, temperature, weights)))


def _pieces(positions: Ints, sessions: Sequence[Hashable]) -> list[list[int]]:
    """The positions of each session of a class; of a single session, FOLDS pieces of it."""
    by_session: dict[Hashable, list[int]] = defaultdict(list)
    for position in positions.tolist():
        by_session[sessions[position]].append(position)
    if len(by_session) > 1:
        return list(by_session.values())
    return [piece.tolist() for piece in np.array_split(positions, FOLDS) if len(piece)]


def held_out_logits(samples: Samples, classes: int, penalties: Sequence[float] = PENALTIES) -> Float64s:
    """Computes each judged row's logits by heads that did not see its fold.

    Rows of a fold without a judged one are seen by every head.

    Args:
        samples: R rows of D features.
        classes: K.
        penalties: P, the strongest first.

    Returns:
        (P, judged rows, K).
    """
    judged = samples.where(samples.judged)
    logits = np.zeros((len(penalties), len(judged.labels), classes))
    for fold in np.unique(judged.folds):
        hidden = judged.folds == fold
        heads = _fit_path(samples.where(samples.folds != fold), classes, penalties)
        for number, head in enumerate(heads):
            logits[number, hidden] = head.logits(judged.features[hidden])
    return logits


def _fit_path(samples: Samples, classes: int, penalties: Sequence[float]) -> Iterator[Head]:
    """A head for each penalty, each fitted from the one before."""
    head = None
    for penalty in penalties:
        head = fit_head(samples, classes, penalty, head)
        yield head


def main_directions(features: Float64s) -> Float64s:
    """Finds the directions in which features differ most.

    Randomised subspace iteration: Halko et al. 2011, section 4.5.

    Args:
        features: (R, D).

    Returns:
        (D, at most _RANK), orthonormal.
    """
    if min(features.shape) <= _RANK:
        return np.eye(features.shape[1])
    rows = (features - features.mean(axis=0)).astype(np.float32)
    probe = np.random.default_rng(0).standard_normal((features.shape[1], _RANK)).astype(np.float32)
    for _ in range(2):
        probe = np.linalg.qr(rows.T @ (rows @ probe))[0]
    return np.asarray(probe, np.float64)
