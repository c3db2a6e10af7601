import numpy as np
import pytest
from scipy.optimize import minimize

from app.arrays import Float64s
from app.teach.lbfgs import Function, minimise


def bowl(scale: Float64s, centre: float = 1.0) -> Function:
    return lambda point: (float(scale @ (point - centre) ** 2), 2 * scale * (point - centre))


def logistic_regression(seed: int, penalty: float) -> Function:
    """A loss as a head's: many directions, of which few matter."""
    rng = np.random.default_rng(seed)
    features = rng.normal(0, np.geomspace(1, 0.03, 20), (200, 20))
    signs = np.sign(features @ rng.normal(0, 3, 20) + rng.normal(0, 0.5, 200))

    def loss(point: Float64s) -> tuple[float, Float64s]:
        margins = signs * (features @ point)
        slopes = -signs / (1 + np.exp(margins))
        value = np.logaddexp(0, -margins).mean() + penalty / 2 * point @ point
        return float(value), features.T @ slopes / 200 + penalty * point

    return loss


def test_the_minimum_of_a_bowl() -> None:
    np.testing.assert_allclose(minimise(bowl(np.array([1.0, 10.0, 100.0])), np.zeros(3)), 1, atol=0.01)


@pytest.mark.parametrize("penalty", [1e-1, 1e-2, 1e-3])
@pytest.mark.parametrize("seed", range(3))
def test_it_comes_as_low_as_scipy(seed: int, penalty: float) -> None:
    function = logistic_regression(seed, penalty)
    expected = minimize(function, np.zeros(20), jac=True, method="L-BFGS-B")
    assert expected.success
    value, _ = function(minimise(function, np.zeros(20)))
    assert value == pytest.approx(expected.fun, rel=1e-3)


def test_a_start_at_the_minimum_stays() -> None:
    assert minimise(bowl(np.ones(3)), np.ones(3)).tolist() == [1, 1, 1]


def test_the_start_is_left_as_it_is() -> None:
    start = np.zeros(3)
    minimise(bowl(np.ones(3)), start)
    assert start.tolist() == [0, 0, 0]


def test_a_value_that_never_falls_ends_the_search() -> None:
    """Rounding can make the gradient promise more than there is."""
    calls = []

    def flat(point: Float64s) -> tuple[float, Float64s]:
        calls.append(point)
        return 0.0, np.ones(2)

    assert minimise(flat, np.zeros(2)).tolist() == [0, 0]
    assert len(calls) < 30


def test_a_steep_start_does_not_overshoot() -> None:
    np.testing.assert_allclose(minimise(bowl(np.array([1e6]), 3.0), np.zeros(1)), 3, atol=0.01)
