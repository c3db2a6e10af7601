import numpy as np
import pytest

from training.evaluation.coverage import STEPS, above_threshold, measure_coverage


def test_each_answer_is_held_against_the_threshold_of_its_class() -> None:
    probs = np.array([[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]], np.float32)
    assert above_threshold(probs, (0.75, 0.8)).tolist() == [True, False, False], "what reaches it counts as above"
    assert above_threshold(probs, (0.5, 0.7)).tolist() == [True, True, True], "of equals the first is the answer"


def test_coverage_falls_and_is_what_counting_says() -> None:
    rng = np.random.default_rng(2)
    probs = rng.dirichlet(np.ones(4), 300).astype(np.float32)
    truth = rng.integers(0, 4, 300)
    found = measure_coverage(probs, truth)
    for step in (0, 30, 45, 60, 80):
        above = probs.max(axis=1) >= found.thresholds[step]
        assert found.share[step] == pytest.approx(above.mean())
        assert found.accuracy[step] == pytest.approx((probs.argmax(axis=1) == truth)[above].mean())
    assert (np.diff(found.share) <= 0).all() and found.share[0] == 1
    assert np.isnan(measure_coverage(np.array([[0.9, 0.1]], np.float32), np.array([0])).accuracy[-1])


def test_the_json_takes_every_fifth_step_and_has_no_nan() -> None:
    found = measure_coverage(np.array([[0.875, 0.125]], np.float32), np.array([1])).to_json()
    assert found["threshold"] == [step / 20 for step in range(21)] and STEPS == 100
    assert found["share"] == [1.0] * 18 + [0.0] * 3 and found["accuracy"] == [0.0] * 18 + [None] * 3
