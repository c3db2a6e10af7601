"""How far a score may be off by chance: 95 % intervals."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Interval = tuple[float, float]
RESAMPLES = 1000
_LOW, _HIGH = 2.5, 97.5
_Z = 1.959964  # of the normal distribution, for 95 %


def bootstrap(
    truth: npt.NDArray[np.int64],
    answers: npt.NDArray[np.int64],
    in_top3: npt.NDArray[np.bool_],
    accepted: npt.NDArray[np.bool_],
    classes: int,
    seed: int = 0,
) -> dict[str, Interval]:
    """Percentile intervals of accuracy, macro_f1, macro_recall, top3 and accepted_accuracy, as shares 0..1.

    All arrays are (N,), N >= 1. The bootstrap over pictures (Efron and Tibshirani, An Introduction to the Bootstrap,
    1993): the same scores on RESAMPLES draws of N pictures with replacement. Pictures that agree in all of the arrays
    count alike, so a draw is one multinomial over those cells rather than N picks. It takes the pictures for
    independent: with many of one person or scene, the truth may lie further off.

    Where no draw differs from another (everything right, or wrong), Wilson's interval stands in for one of no width.
    """
    cells, counts = np.unique(((truth * classes + answers) * 2 + in_top3) * 2 + accepted, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(truth), counts / len(truth), size=RESAMPLES)
    top3_cell, accepted_cell = cells // 2 % 2 == 1, cells % 2 == 1
    truth_cell, answer_cell = np.divmod(cells // 4, classes)
    right_cell = truth_cell == answer_cell

    one_hot = np.eye(classes)
    support, answered = drawn @ one_hot[truth_cell], drawn @ one_hot[answer_cell]
    hits = (drawn * right_cell) @ one_hot[truth_cell]
    present = support > 0
    figures = {
        "accuracy": drawn[:, right_cell].sum(axis=1) / len(truth),
        "macro_f1": (2 * hits / np.maximum(support + answered, 1) * present).sum(axis=1) / present.sum(axis=1),
        "macro_recall": (hits / np.maximum(support, 1)).sum(axis=1) / present.sum(axis=1),
        "top3": drawn[:, top3_cell].sum(axis=1) / len(truth),
    }
    taken = drawn[:, accepted_cell].sum(axis=1)
    if taken.any():
        figures["accepted_accuracy"] = drawn[:, accepted_cell & right_cell].sum(axis=1)[taken > 0] / taken[taken > 0]
    images = {name: len(truth) for name in figures} | {"accepted_accuracy": int(accepted.sum())}
    return {name: _percentiles(values, images[name]) for name, values in figures.items()}


def wilson(hits: int, images: int) -> Interval:
    """The score interval of a share (Wilson 1927), which keeps a width where all or none of few are hits.

    (0, 1) for no images.
    """
    if not images:
        return 0.0, 1.0
    share, spread = hits / images, _Z**2 / images
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _percentiles(values: npt.NDArray[Any], images: int) -> Interval:
    low, high = (float(value) for value in np.percentile(values, (_LOW, _HIGH)))
    return wilson(round(low * images), images) if low == high and low in (0, 1) else (low, high)
