import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax

from app.teach.head import Head, Samples, fit_head


def samples(count: int = 90, classes: int = 3, size: int = 6, distance: float = 2.0) -> Samples:
    rng = np.random.default_rng(0)
    labels = np.arange(count) % classes
    features = rng.normal(0, 1, (count, size)) + distance * np.eye(classes, size)[labels]
    return Samples(features, labels, labels, np.ones(count), np.ones(count, bool))


def loss(head: Head, data: Samples, penalty: float) -> float:
    """What `fit_head` minimises, written down a second time."""
    scale = np.sqrt(((data.features - data.features.mean(axis=0)) ** 2).sum(axis=1).mean())
    each = -log_softmax(head.logits(data.features), axis=1)[np.arange(len(data.labels)), data.labels]
    return float((data.weights * each).sum() / data.weights.sum() + penalty / 2 * ((head.weights * scale) ** 2).sum())


def test_logits_are_linear() -> None:
    head = Head(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 20.0]))
    assert head.logits(np.array([[1.0, 1.0]])).tolist() == [[14, 26]]


@pytest.mark.parametrize("penalty", [1e-2, 1e-4])
def test_the_fit_is_as_good_as_scipys(penalty: float) -> None:
    data = samples()

    def flat_loss(flat: np.ndarray) -> float:
        return loss(Head(flat[:18].reshape(6, 3), flat[18:]), data, penalty)

    expected = minimize(flat_loss, np.zeros(21), method="L-BFGS-B")
    assert loss(fit_head(data, 3, penalty), data, penalty) == pytest.approx(expected.fun, rel=1e-2)


def test_the_penalty_makes_weights_small() -> None:
    data = samples()
    strong, weak = (np.abs(fit_head(data, 3, penalty).weights).sum() for penalty in (1e-1, 1e-3))
    assert strong < weak / 2


def test_the_scale_and_the_centre_of_the_features_do_not_matter() -> None:
    data = samples()
    moved = Samples(data.features * 100 + 7, data.labels, data.folds, data.weights, data.judged)
    one, other = fit_head(data, 3, 1e-3), fit_head(moved, 3, 1e-3)
    np.testing.assert_allclose(one.logits(data.features), other.logits(moved.features), atol=0.05)


def test_weights_count_as_repetitions() -> None:
    data = samples()
    weights = 1.0 + (data.labels == 0)
    twice = np.concatenate([np.arange(90), np.flatnonzero(data.labels == 0)])
    weighted = fit_head(Samples(data.features, data.labels, data.folds, weights, data.judged), 3, 1e-3)
    bias = fit_head(data, 3, 1e-3).bias
    assert (weighted.bias - weighted.bias.mean())[0] > (bias - bias.mean())[0]
    assert loss(weighted, data.where(twice), 1e-3) < loss(fit_head(data, 3, 1e-3), data.where(twice), 1e-3)


def test_a_start_near_the_end_ends_there() -> None:
    data = samples()
    found = fit_head(data, 3, 1e-3)
    again = fit_head(data, 3, 1e-3, found)
    np.testing.assert_allclose(again.logits(data.features), found.logits(data.features), atol=0.1)


def test_features_that_do_not_differ_tell_nothing() -> None:
    data = samples()
    same = Samples(np.ones((90, 6)), data.labels, data.folds, data.weights, data.judged)
    np.testing.assert_allclose(fit_head(same, 3, 1e-3).logits(same.features), 0, atol=1e-3)
