import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.special import softmax as expected_softmax

from app.model.probabilities import log_loss, softmax

LOGITS = np.random.default_rng(0).normal(0, 3, (20, 5))
TRUTH = np.arange(20) % 5


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_is_that_of_scipy_and_keeps_the_dtype(temperature: float, dtype: type) -> None:
    probs = softmax(LOGITS.astype(dtype), temperature)
    assert probs.dtype == dtype
    np.testing.assert_allclose(probs, expected_softmax(LOGITS / temperature, axis=1), atol=1e-6)


def test_softmax_does_not_overflow() -> None:
    assert softmax(np.array([[1e4, -1e4]], np.float32)).tolist() == [[1, 0]]


def test_the_log_loss_is_the_mean_negative_log_likelihood() -> None:
    expected = -log_softmax(LOGITS / 2, axis=1)[np.arange(20), TRUTH].mean()
    assert log_loss(LOGITS, TRUTH, 2.0) == pytest.approx(expected)


def test_weights_count_as_repetitions() -> None:
    weights = np.arange(20.0)
    repeated = np.repeat(np.arange(20), weights.astype(int))
    assert log_loss(LOGITS, TRUTH, weights=weights) == pytest.approx(log_loss(LOGITS[repeated], TRUTH[repeated]))


def test_what_was_thought_impossible_costs_much_but_not_for_ever() -> None:
    assert log_loss(np.array([[1e4, -1e4]]), np.array([1])) == pytest.approx(-np.log(1e-12))
