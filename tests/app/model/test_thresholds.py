import numpy as np

from app.arrays import Float64s
from app.model.thresholds import THRESHOLDS, fit_thresholds


def probs(confidence: float, answer: int, count: int) -> Float64s:
    return np.tile(np.where(np.arange(2) == answer, confidence, 1 - confidence), (count, 1))


def test_answers_that_are_right_need_little_confidence() -> None:
    both = np.concatenate([probs(0.95, 0, 200), probs(0.95, 1, 200)])
    assert max(fit_thresholds(both, np.repeat([0, 1], 200), 2)) < 0.6


def test_answers_that_are_wrong_when_doubtful_are_rejected() -> None:
    made = np.concatenate([probs(0.95, 0, 100), probs(0.6, 0, 100)])
    found = fit_thresholds(made, np.repeat([0, 1], 100), 2)
    assert 0.6 < found[0] <= THRESHOLDS[-1]
