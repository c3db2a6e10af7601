import numpy as np
import pytest

from training.evaluation.intervals import bootstrap, wilson


def drawn(images: int, accuracy: float, rng: np.random.Generator, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Truth, and answers that are right with the probability `accuracy`."""
    truth = rng.integers(0, classes, images)
    wrong = (truth + rng.integers(1, classes, images)) % classes
    return truth, np.where(rng.random(images) < accuracy, truth, wrong)


def intervals(truth: np.ndarray, answers: np.ndarray, above: np.ndarray | None = None, classes: int = 4) -> dict:
    everything = np.ones(len(truth), bool)
    return bootstrap(truth, answers, truth == answers, everything if above is None else above, classes)


def test_the_interval_of_a_share_is_that_of_the_binomial() -> None:
    truth = np.zeros(400, np.int64)
    answers = np.where(np.arange(400) < 300, 0, 1)
    low, high = intervals(truth, answers)["accuracy"]
    half = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert (low, high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.006)


def test_nineteen_intervals_in_twenty_hold_the_truth() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(150):
        low, high = intervals(*drawn(200, 0.7, rng))["macro_recall"]
        held += low <= 0.7 <= high
    assert 0.89 <= held / 150 <= 0.99


def test_the_multinomial_draw_is_the_plain_bootstrap() -> None:
    truth, answers = drawn(120, 0.6, np.random.default_rng(2))
    rng = np.random.default_rng(3)
    plain = []
    for _ in range(1000):
        rows = rng.integers(0, 120, 120)
        t, a = truth[rows], answers[rows]
        plain.append(np.mean([2 * ((t == k) & (a == k)).sum() / ((t == k).sum() + (a == k).sum()) for k in range(4)]))
    assert intervals(truth, answers)["macro_f1"] == pytest.approx(np.percentile(plain, (2.5, 97.5)), abs=0.012)


def test_the_same_images_give_the_same_interval() -> None:
    truth, answers = drawn(50, 0.5, np.random.default_rng(4))
    assert intervals(truth, answers) == intervals(truth, answers)


def test_all_right_still_leaves_doubt() -> None:
    truth = np.arange(9) % 3
    found = intervals(truth, truth)
    assert found["accuracy"] == found["macro_f1"] == wilson(9, 9) and found["accuracy"][0] == pytest.approx(
        0.70, abs=0.01
    )
    assert intervals(truth, (truth + 1) % 3)["accuracy"] == (0.0, pytest.approx(0.30, abs=0.01))


def test_answers_above_threshold_have_an_interval_where_there_are_any() -> None:
    truth, answers = drawn(100, 0.7, np.random.default_rng(5))
    low, high = intervals(truth, answers, truth == answers)["selective_accuracy"]
    assert high == 1 and low > 0.9
    assert "selective_accuracy" not in intervals(truth, answers, np.zeros(100, bool))


def test_wilson_known_from_the_literature() -> None:
    assert wilson(15, 20) == pytest.approx((0.5313, 0.8881), abs=1e-4)
    assert wilson(0, 0) == (0, 1)
    assert wilson(0, 10)[0] == 0 and wilson(10, 10)[1] == pytest.approx(1)
