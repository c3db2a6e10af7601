"""A multinomial logistic regression with an L2 penalty, and the cross-validation that chooses how strong that is."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Function = Callable[[Floats], tuple[float, Floats]]

PENALTIES = (1e-2, 1e-3, 1e-4, 1e-5)  # the strongest first: each fit starts from the one before
FOLDS = 5
_MEMORY = 10  # steps that L-BFGS remembers
_STEPS = 60
_RANK = 256  # of the features while fitting
_ENOUGH = 1e-5  # relative gain of a step after which it stops


@dataclass(frozen=True, eq=False)
class Head:
    """logits = features @ weights + bias. weights: (D, K). bias: (K,)."""

    weights: Floats
    bias: Floats

    def logits(self, features: Floats) -> Floats:
        """features: (N, D) as `spread` makes them. (N, K)."""
        return features @ self.weights + self.bias


@dataclass(frozen=True, eq=False)
class Rows:
    """What a head is fitted on, a row a view of a picture.

    features: (R, D), of `spread`. labels: (R,), 0..K-1. fold: (R,), of `folds`. weights: (R,), above zero.
    judged: (R,), True for one view of each picture, the one that it is judged by.
    """

    features: Floats
    labels: Ints
    fold: Ints
    weights: Floats
    judged: npt.NDArray[np.bool_]

    def some(self, chosen: npt.NDArray[np.bool_]) -> "Rows":
        return Rows(
            self.features[chosen],
            self.labels[chosen],
            self.fold[chosen],
            self.weights[chosen],
            self.judged[chosen],
        )


@dataclass(frozen=True, eq=False)
class Chosen:
    """head: fitted on everything. penalty: one of PENALTIES. unseen: for each judged row the logits of a head that saw
    nothing of its session. temperature: the divisor that makes those likeliest."""

    head: Head
    penalty: float
    unseen: Floats
    temperature: float


def spread(embedding: npt.NDArray[np.float32]) -> Floats:
    """(..., D) embeddings -> features: the square root of what is above zero, which evens out few large values."""
    root: Floats = np.sqrt(np.maximum(embedding, 0)).astype(np.float64)
    return root


def folds(labels: Ints, sessions: Sequence[Hashable], count: int = FOLDS) -> Ints:
    """The fold of every picture: all of one session in one, every class over as many folds as it has sessions.

    A class of one session cannot be judged like that: its pictures, in their order, are cut in `count` pieces.
    """
    result = np.zeros(len(labels), np.int64)
    sizes = np.zeros(count, np.int64)
    for label in np.unique(labels):
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for position in np.flatnonzero(labels == label).tolist():
            groups[sessions[position]].append(position)
        pieces = list(groups.values())
        if len(pieces) == 1:
            pieces = [piece.tolist() for piece in np.array_split(np.asarray(pieces[0]), count) if len(piece)]
        own = np.zeros(count, np.int64)
        for piece in sorted(pieces, key=len, reverse=True):
            fold = min(range(count), key=lambda number: (own[number], sizes[number]))
            result[piece] = fold
            own[fold] += len(piece)
            sizes[fold] += len(piece)
    return result


def choose(rows: Rows, classes: int) -> Chosen:
    """The penalty is the one whose heads, each with the temperature that suits it, make the pictures of the folds that
    they did not see likeliest."""
    basis = _basis(rows.features)
    rows = replace(rows, features=rows.features @ basis)
    judged = rows.some(rows.judged)
    unseen = np.zeros((len(PENALTIES), len(judged.labels), classes))
    for number in np.unique(rows.fold):
        seen, start = rows.some(rows.fold != number), None
        hidden = judged.fold == number
        for position, penalty in enumerate(PENALTIES):
            start = fit(seen, classes, penalty, start)
            unseen[position, hidden] = start.logits(judged.features[hidden])
    found = [temperature(one, judged.labels, judged.weights) for one in unseen]
    scores = [log_loss(one / by, judged.labels, judged.weights) for one, by in zip(unseen, found, strict=True)]
    best = int(np.argmin(scores))
    head = None
    for penalty in PENALTIES[: best + 1]:
        head = fit(rows, classes, penalty, head)
    assert head is not None
    return Chosen(Head(basis @ head.weights, head.bias), PENALTIES[best], unseen[best], found[best])


def _basis(features: Floats) -> Floats:
    """(D, at most _RANK), orthonormal: the directions in which most happens, for the others cost more time than they
    tell. Halko et al. 2011, with one power iteration."""
    if min(features.shape) <= _RANK:
        return np.eye(features.shape[1])
    mean = features.mean(axis=0)
    rows = (features - mean).astype(np.float32)
    probe = np.random.default_rng(0).standard_normal((features.shape[1], _RANK)).astype(np.float32)
    for _ in range(2):
        probe = np.linalg.qr(rows.T @ (rows @ probe))[0]
    return np.asarray(probe, np.float64)


def fit(rows: Rows, classes: int, penalty: float, start: Head | None = None) -> Head:
    """Penalised are the weights of features that are centred and of mean square 1, not the bias."""
    size = rows.features.shape[1]
    centre = rows.features.mean(axis=0)
    features = rows.features - centre
    scale = float(np.sqrt((features**2).sum(axis=1).mean())) or 1.0
    features = (features / scale).astype(np.float32)
    share = (rows.weights / rows.weights.sum()).astype(np.float32)[:, None]
    truth = np.eye(classes, dtype=np.float32)[rows.labels]

    def loss(flat: Floats) -> tuple[float, Floats]:
        matrix, bias = flat[:-classes].reshape(size, classes), flat[-classes:]
        logits = features @ matrix.astype(np.float32) + bias.astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        powers = np.exp(logits)
        sums = powers.sum(axis=1, keepdims=True)
        value = float((share * (np.log(sums) - (logits * truth).sum(axis=1, keepdims=True))).sum(dtype=np.float64))
        slope = (powers / sums - truth) * share
        gradient = np.concatenate([(features.T @ slope).ravel() + penalty * flat[:-classes], slope.sum(axis=0)])
        return value + penalty / 2 * float((flat[:-classes] ** 2).sum()), gradient

    first = np.zeros((size + 1) * classes)
    if start is not None:
        first = np.concatenate([(start.weights * scale).ravel(), start.bias + centre @ start.weights])
    found = minimise(loss, first)
    matrix = found[:-classes].reshape(size, classes) / scale
    return Head(matrix, found[-classes:] - centre @ matrix)


def minimise(function: Function, start: Floats) -> Floats:
    """L-BFGS with halved steps. function: a point to its value and gradient; convex."""
    point, (value, gradient) = start, function(start)
    steps: list[tuple[Floats, Floats, float]] = []
    for _ in range(_STEPS):
        direction = -_scaled(gradient, steps)
        slope = float(direction @ gradient)
        length = 1.0 if steps else min(1.0, 1.0 / max(1e-12, float(np.abs(gradient).sum())))
        for _ in range(20):
            there = point + length * direction
            its_value, its_gradient = function(there)
            if its_value <= value + 1e-4 * length * slope:
                break
            length /= 2
        else:
            return point
        step, change = there - point, its_gradient - gradient
        if (curvature := float(step @ change)) > 1e-12:
            steps = [*steps[-_MEMORY + 1 :], (step, change, curvature)]
        gained, point, value, gradient = value - its_value, there, its_value, its_gradient
        if gained < _ENOUGH * max(1e-3, abs(value)):
            break
    return point


def _scaled(gradient: Floats, steps: Sequence[tuple[Floats, Floats, float]]) -> Floats:
    """The gradient times what the last steps tell of the inverse Hessian."""
    result = gradient.copy()
    shares = []
    for step, change, curvature in reversed(steps):
        shares.append(float(step @ result) / curvature)
        result -= shares[-1] * change
    if steps:
        _, change, curvature = steps[-1]
        result *= curvature / float(change @ change)
    for (step, change, curvature), share in zip(steps, reversed(shares), strict=True):
        result += step * (share - float(change @ result) / curvature)
    return result


def softmax(logits: Floats) -> Floats:
    powers: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs: Floats = powers / powers.sum(axis=1, keepdims=True)
    return probs


def log_loss(logits: Floats, labels: Ints, weights: Floats) -> float:
    """The weighted mean of what each label's probability says against it."""
    likely = softmax(logits)[np.arange(len(labels)), labels]
    return float(-(weights * np.log(np.maximum(likely, 1e-12))).sum() / weights.sum())


def temperature(logits: Floats, labels: Ints, weights: Floats) -> float:
    """The divisor of the logits, 0.25 to 16, under which the labels are likeliest."""
    tried = np.geomspace(0.25, 16, 49)
    return float(tried[np.argmin([log_loss(logits / divisor, labels, weights) for divisor in tried])])
