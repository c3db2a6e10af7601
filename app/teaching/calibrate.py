"""Reject thresholds of taught classes, from pictures that the head did not see."""

import numpy as np
import numpy.typing as npt

from app.teaching.head import Floats, Ints

THRESHOLDS = tuple(percent / 100 for percent in range(30, 81))
WANTED_ACCURACY = 0.9
PRIOR_ANSWERS = 30  # of all classes, added to those of each: a few pictures alone would follow chance
SUPPOSED_ANSWERS = 20  # right as often as they are confident: pictures that are all right say nothing of doubtful ones


def thresholds(probs: Floats, truth: Ints) -> tuple[float, ...]:
    """For each of the K answers of probs (N, K) the smallest of THRESHOLDS at which nine of ten accepted are right."""
    answers, confidence = probs.argmax(axis=1), probs.max(axis=1)
    right = answers == truth
    levels = np.asarray(THRESHOLDS)
    supposed = SUPPOSED_ANSWERS * (1 - levels) / (1 - levels[0])
    count, hits = _accepted(confidence, right)
    prior = (hits + supposed * (1 + levels) / 2) / (count + supposed)
    found = []
    for label in range(probs.shape[1]):
        count, hits = _accepted(confidence[answers == label], right[answers == label])
        good = np.flatnonzero(hits + PRIOR_ANSWERS * prior >= WANTED_ACCURACY * (count + PRIOR_ANSWERS) - 1e-9)
        found.append(THRESHOLDS[int(good[0])] if len(good) else THRESHOLDS[-1])
    return tuple(found)


def _accepted(confidence: Floats, right: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    reached = confidence[:, None] >= np.asarray(THRESHOLDS)
    return reached.sum(axis=0).astype(float), (reached & right[:, None]).sum(axis=0).astype(float)
