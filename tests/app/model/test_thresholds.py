import numpy as np
import pytest

from app.model.thresholds import THRESHOLDS, fit_threshold, fit_thresholds


def probs(confidence: float, answer: int, count: int) -> np.ndarray:
    return np.tile(np.where(np.arange(2) == answer, confidence, 1 - confidence), (count, 1))


def test_answers_that_are_right_need_little_confidence() -> None:
    both = np.concatenate([probs(0.95, 0, 200), probs(0.95, 1, 200)])
    assert max(fit_thresholds(both, np.repeat([0, 1], 200), 2)) < 0.6


def test_answers_that_are_wrong_when_doubtful_are_rejected() -> None:
    made = np.concatenate([probs(0.95, 0, 100), probs(0.6, 0, 100)])
    found = fit_thresholds(made, np.repeat([0, 1], 100), 2)
    assert 0.6 < found[0] <= THRESHOLDS[-1]


def confident(values: list[float]) -> np.ndarray:
    return np.array([[value, 1 - value] for value in values], np.float32)


def test_the_threshold_is_the_smallest_that_leaves_nine_in_ten_right() -> None:
    values = [0.995 - 0.01 * step for step in range(30)]  # 0.995 .. 0.705
    wrong = {10, 20, 21, 22, 23}
    truth = np.array([1 if step in wrong else 0 for step in range(30)])
    # above 0.79 lie 21 answers, two of them wrong (90.5 % right); above 0.78 one more, wrong as well
    assert fit_threshold(confident(values), truth) == 0.79


def test_the_threshold_keeps_within_its_bounds() -> None:
    assert fit_threshold(confident([0.9, 0.8, 0.6] * 40), np.zeros(120, int)) == 0.5, "nothing is known of less"
    assert fit_threshold(confident([0.9, 0.8]), np.array([1, 1])) == THRESHOLDS[-1] == 0.8, "none right, however sure"


def test_a_few_right_answers_do_not_vouch_for_doubtful_ones() -> None:
    """Six validation images, all right and sure: a threshold of 0.3 would never let the model say "unsure"."""
    probs, truth = confident([0.95] * 6), np.zeros(6, int)
    assert fit_threshold(probs, truth) > 0.65
    assert min(fit_thresholds(probs, truth, 2)) > 0.6
    assert fit_threshold(confident([0.95] * 200), np.zeros(200, int)) == 0.5


def test_a_threshold_below_a_half_takes_answers_that_prove_it() -> None:
    """Thirty sure answers that are right once gave three classes a threshold of 0.33, which is chance."""
    sure, doubtful = [(0, 1, 0.95)] * 200, [(0, 1, 0.4)]
    assert fit_threshold(*answering(sure + doubtful * 29, 3)) == 0.5
    assert fit_threshold(*answering(sure + doubtful * 30, 3)) == 0.3


def test_equal_confidences_are_kept_or_rejected_together() -> None:
    even = np.full((3, 3), 0.331, np.float32)
    even[:, 0] = 0.338
    assert fit_threshold(even, np.array([0, 1, 2])) == 0.8, "a third right is not nine in ten"


def answering(counts: list[tuple[int, int, float]], labels: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and truth: for each (answer, right, confidence) that many right and wrong answers.

    A wrong answer's truth is the next class.
    """
    probs, truth = [], []
    for answer, is_right, confidence in counts:
        row = np.full(labels, (1 - confidence) / (labels - 1))
        row[answer] = confidence
        probs.append(row)
        truth.append(answer if is_right else (answer + 1) % labels)
    return np.array(probs, np.float32), np.array(truth)


def test_a_class_with_many_answers_gets_its_own_threshold() -> None:
    good = [(0, 1, 0.4)] * 200
    poor = [(1, 0, 0.655)] * 60 + [(1, 1, 0.75)] * 200
    thresholds = fit_thresholds(*answering(good + poor, 3), 3)
    assert thresholds[0] == 0.3, "always right, so always answered"
    assert 0.655 < thresholds[1] <= 0.75, "wrong up to 0.655"


def test_a_class_with_few_answers_leans_on_all() -> None:
    many = [(0, 0, 0.5)] * 60 + [(0, 1, 0.7)] * 200
    few = [(1, 1, 0.35)] * 2
    probs, truth = answering(many + few, 3)
    everyone = fit_threshold(probs, truth)
    thresholds = fit_thresholds(probs, truth, 3)
    assert thresholds[1] == everyone > 0.5, "two right answers are too few for a threshold of 0.3"
    assert thresholds[2] == everyone, "nobody answers the third class"


def test_a_poor_class_says_unsure_often() -> None:
    good = [(0, 1, 0.6)] * 300
    hopeless = [(1, number % 2, 0.95) for number in range(200)]
    thresholds = fit_thresholds(*answering(good + hopeless, 3), 3)
    assert thresholds[1] == THRESHOLDS[-1] and thresholds[0] == 0.5


def test_thresholds_of_nonsense_are_the_largest() -> None:
    probs, truth = answering([(number % 3, 0, 0.9) for number in range(90)], 3)
    assert fit_thresholds(probs, truth, 3) == (0.8, 0.8, 0.8)


def test_class_thresholds_keep_their_word_on_other_answers() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 1.6, (6000, 8)).astype(np.float32)
    powers = np.exp(logits.astype(float))
    exact = powers / powers.sum(axis=1, keepdims=True)
    truth = (exact.cumsum(axis=1) < rng.random((6000, 1))).sum(axis=1).clip(max=7)
    probs = exact.astype(np.float32)
    thresholds = np.array(fit_thresholds(probs[:3000], truth[:3000], 8))
    assert thresholds.min() >= THRESHOLDS[0] and thresholds.max() <= THRESHOLDS[-1]
    answers = probs[3000:].argmax(axis=1)
    above = probs[3000:].max(axis=1) >= thresholds[answers]
    assert (answers == truth[3000:])[above].mean() == pytest.approx(0.9, abs=0.04)
