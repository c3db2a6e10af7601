"""How far a score may be off by chance: 95 % intervals."""

import math

import numpy as np

from app.arrays import Bools, Float64s, Ints

Interval = tuple[float, float]
RESAMPLES = 1000
_LOW, _HIGH = 2.5, 97.5
_Z = 1.959964  # of the normal distribution, for 95 %


def bootstrap(
    truth: Ints, answers: Ints, in_top3: Bools, above: Bools, classes: int, seed: int = 0
) -> dict[str, Interval]:
    """Computes percentile intervals by the bootstrap over images.

    The same scores on RESAMPLES draws of N images with replacement (Efron and Tibshirani, "An introduction to the
    bootstrap", 1993). Images that agree in all of the arrays count alike, so a draw is one multinomial over those cells
    rather than N picks. It takes the images for independent: with many of one person or scene, the truth may be
    further off. Where no draw differs from another (all right, or all wrong), Wilson's interval replaces one of no
    width.

    Args:
        truth: (N,), class numbers, N >= 1.
        answers: (N,), class numbers.
        in_top3: (N,), the truth is among the three likeliest.
        above: (N,), the answer is above its threshold.
        classes: how many there are.
        seed: of the draws.

    Returns:
        Shares 0..1 of accuracy, macro_f1, macro_recall, top3 and, where there are answers above threshold,
        selective_accuracy.
    """
    cells, counts = np.unique(((truth * classes + answers) * 2 + in_top3) * 2 + above, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(truth), counts / len(truth), size=RESAMPLES)
    top3_cell, above_cell = cells // 2 % 2 == 1, cells % 2 == 1
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
    taken = drawn[:, above_cell].sum(axis=1)
    if taken.any():
        figures["selective_accuracy"] = drawn[:, above_cell & right_cell].sum(axis=1)[taken > 0] / taken[taken > 0]
    images = {name: len(truth) for name in figures} | {"selective_accuracy": int(above.sum())}
    return {name: _percentiles(values, images[name]) for name, values in figures.items()}


def wilson(hits: int, images: int) -> Interval:
    """Computes the score interval of a share (Wilson 1927), which keeps a width where all images are hits, or none.

    Args:
        hits: how many of the images count.
        images: how many there are.

    Returns:
        The ends, 0..1; (0, 1) for no images.

    Example:
        >>> [round(end, 2) for end in wilson(10, 10)]
        [0.72, 1.0]
    """
    if not images:
        return 0.0, 1.0
    share, spread = hits / images, _Z**2 / images
    middle = (share + spread / 2) / (1 + spread)
    half = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _percentiles(values: Float64s, images: int) -> Interval:
    low, high = (float(value) for value in np.percentile(values, (_LOW, _HIGH)))
    return wilson(round(low * images), images) if low == high and low in (0, 1) else (low, high)
