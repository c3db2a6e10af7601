"""Reject thresholds: below them an answer is "unsure". Fitted on pictures that the model did not learn from."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32] | npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
THRESHOLDS = tuple(percent / 100 for percent in range(30, 81))
WANTED_ACCURACY = 0.9
PRIOR_ANSWERS = 30  # of all classes, added to the answers of each; 20 to 40 kept 90 % right on parts not fitted on
SUPPOSED_ANSWERS = 20  # added to those of all classes, right as often as they are confident


def fit_threshold(probs: Floats, truth: Ints, wanted: float = WANTED_ACCURACY) -> float:
    """The smallest threshold of THRESHOLDS at which `wanted` of the accepted answers are right, one for every class.

    When none reaches that it is the largest, so that a poor model says "unsure" often rather than something wrong.
    """
    confidence, right = probs.max(axis=1), probs.argmax(axis=1) == truth
    return _smallest(*_with_supposed(*_accepted(confidence, right)), wanted)


def fit_thresholds(probs: Floats, truth: Ints, labels_count: int, wanted: float = WANTED_ACCURACY) -> tuple[float, ...]:
    """For each answer the smallest threshold of THRESHOLDS at which `wanted` of its accepted answers are right.

    probs: (N, K), tempered. truth: (N,). labels_count: K. wanted: share, 0..1.

    A validation part has few answers a class: a threshold fitted on ten of them alone follows chance. So the share of
    a class that is right at a threshold is estimated from its accepted answers and PRIOR_ANSWERS more that are right
    as often as those of all classes are at that threshold. A class with many answers goes by its own; one with few
    leans on the threshold of all, and one without any has exactly that, which `fit_threshold` finds.

    A tiny validation part that is all right says nothing about doubtful answers: it has none. So SUPPOSED_ANSWERS more,
    spread evenly over every confidence from the least of THRESHOLDS to 1 and right as often as that confidence says,
    count among those of all classes; a hundred real answers outweigh them.
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
    return tuple(thresholds)


def _accepted(confidence: Floats, right: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """At each of THRESHOLDS: how many answers reach it, and how many of those are right."""
    reached = confidence[:, None] >= np.asarray(THRESHOLDS)
    return reached.sum(axis=0), (reached & right[:, None]).sum(axis=0)


def _with_supposed(count: Ints, hits: Ints) -> tuple[Numbers, Numbers]:
    """At each of THRESHOLDS: the answers and those that are right, with SUPPOSED_ANSWERS among them."""
    thresholds = np.asarray(THRESHOLDS)
    supposed = SUPPOSED_ANSWERS * (1 - thresholds) / (1 - thresholds[0])
    return count + supposed, hits + supposed * (1 + thresholds) / 2


def _smallest(count: Numbers | Ints, hits: Numbers | Ints, wanted: float) -> float:
    good = np.flatnonzero(hits >= wanted * count - 1e-9)
    return THRESHOLDS[int(good[0])] if len(good) else THRESHOLDS[-1]
