"""Reject thresholds: below them an answer is "unsure". Fitted on images that the model did not learn from."""

import numpy as np

from app.arrays import Bools, Float32s, Float64s, Ints

THRESHOLDS = tuple(percent / 100 for percent in range(30, 81))
WANTED_ACCURACY = 0.9
PRIOR_ANSWERS = 30  # of all classes, added to the answers of each; 20 to 40 kept 90 % right on parts not fitted on
EVEN = 0.5  # below it an answer is likelier wrong than right, by the model's own account
PROOF = 30  # answers below EVEN that must have been seen before such a confidence is believed
SUPPOSED_ANSWERS = 20  # added to those of all classes, right as often as they are confident


def fit_threshold(probs: Float32s | Float64s, truth: Ints, wanted: float = WANTED_ACCURACY) -> float:
    """Finds the smallest threshold at which enough of the accepted answers are right, one for every class.

    Args:
        probs: (N, K), after the temperature.
        truth: (N,), the right class of each.
        wanted: the share of accepted answers that is to be right, 0..1.

    Returns:
        One of THRESHOLDS; the largest when none reaches `wanted`, so that a poor model says "unsure" often rather than
        something wrong. Below EVEN only where PROOF answers of such confidence were seen, and enough were right:
        thirty sure answers that are right prove nothing of a confidence of 0.33.
    """
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == truth
    return _proven(_smallest(*_with_supposed(*_accepted(confidence, right)), wanted), confidence, right, wanted)


def fit_thresholds(
    probs: Float32s | Float64s, truth: Ints, labels_count: int, wanted: float = WANTED_ACCURACY
) -> tuple[float, ...]:
    """Finds for each class the smallest threshold at which enough of its accepted answers are right.

    A validation part has few answers a class: a threshold fitted on ten of them alone follows chance. So the share of
    a class that is right at a threshold is estimated from its accepted answers and PRIOR_ANSWERS more that are right
    as often as those of all classes are at that threshold. A class with many answers goes by its own; one with few
    leans on the threshold of all, and one without any has exactly that, which `fit_threshold` finds.

    A tiny validation part in which every answer is right has no doubtful answers to learn from. So SUPPOSED_ANSWERS
    more count among those of all classes: spread evenly over every confidence from the least of THRESHOLDS to 1, and
    right as often as that confidence says. A hundred real answers outweigh them.

    Args:
        probs: (N, K), after the temperature.
        truth: (N,), the right class of each.
        labels_count: K.
        wanted: the share of accepted answers that is to be right, 0..1.

    Returns:
        K values of THRESHOLDS; none below EVEN without PROOF, as in `fit_threshold`.
    """
    answers, confidence = probs.argmax(axis=1), probs.max(axis=1)
    right = answers == truth
    everyone, everyone_right = _with_supposed(*_accepted(confidence, right))
    prior = PRIOR_ANSWERS * everyone_right / everyone
    thresholds = []
    for label in range(labels_count):
        of_label = answers == label
        count, hits = _accepted(confidence[of_label], right[of_label])
        thresholds.append(_smallest(count + PRIOR_ANSWERS, hits + prior, wanted))
    return tuple(_proven(threshold, confidence, right, wanted) for threshold in thresholds)


def _accepted(confidence: Float32s | Float64s, right: Bools) -> tuple[Ints, Ints]:
    """At each of THRESHOLDS: how many answers reach it, and how many of those are right."""
    reached = confidence[:, None] >= np.asarray(THRESHOLDS)
    return reached.sum(axis=0), (reached & right[:, None]).sum(axis=0)


def _with_supposed(count: Ints, hits: Ints) -> tuple[Float64s, Float64s]:
    """At each of THRESHOLDS: how many answers, and how many right ones, when SUPPOSED_ANSWERS are added."""
    thresholds = np.asarray(THRESHOLDS)
    supposed = SUPPOSED_ANSWERS * (1 - thresholds) / (1 - thresholds[0])
    return count + supposed, hits + supposed * (1 + thresholds) / 2


def _smallest(count: Float64s | Ints, hits: Float64s | Ints, wanted: float) -> float:
    good = np.flatnonzero(hits >= wanted * count - 1e-9)
    return THRESHOLDS[int(good[0])] if len(good) else THRESHOLDS[-1]


def _proven(threshold: float, confidence: Float32s | Float64s, right: Bools, wanted: float) -> float:
    """The threshold, or EVEN where the answers between the two are too few, or wrong too often, to go below it."""
    between = right[(confidence >= threshold) & (confidence < EVEN)]
    return threshold if len(between) >= PROOF and between.mean() >= wanted else max(threshold, EVEN)
