import numpy as np
import pytest

from training.fitting.lr_finder import HIGHEST_RATE, LOWEST_RATE, STEPS, Suggestion, smooth, suggest

RATES = np.geomspace(LOWEST_RATE, HIGHEST_RATE, STEPS)


def curve(noise: float, descent: float = 1e-4, divergence: float = 1e-2) -> np.ndarray:
    """A loss that falls from 2 to 1 around one rate and climbs around another."""
    position = np.log10(RATES)
    fall = 1 / (1 + np.exp(-5 * (position - np.log10(descent))))
    climb = np.exp(np.minimum(3 * (position - np.log10(divergence)), 3))
    return 2 - fall + climb + np.random.default_rng(0).normal(0, noise, STEPS)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_steepest_descent_and_the_least_loss_are_found(noise: float) -> None:
    suggestion = suggest(RATES, curve(noise))
    assert suggestion is not None
    assert np.log10(suggestion.steepest) == pytest.approx(-4, abs=0.4)
    least = RATES[curve(0.0).argmin()]
    assert np.log10(suggestion.tenth_of_best) == pytest.approx(np.log10(least) - 1, abs=0.4)


def test_the_suggestion_is_the_steepest_in_two_digits() -> None:
    assert Suggestion(steepest=1.2345e-4, tenth_of_best=5e-5).rate == 1.2e-4


def test_a_descent_after_the_divergence_does_not_count() -> None:
    losses = curve(0.0)
    losses[-10:] = np.linspace(losses[-10], 1.5, 10)
    suggestion = suggest(RATES, losses)
    assert suggestion is not None and suggestion.steepest < 1e-3


@pytest.mark.parametrize("losses", [np.full(STEPS, 2.0), np.linspace(2, 9, STEPS), np.array([2.0]), np.array([])])
def test_nothing_is_suggested_where_nothing_falls(losses: np.ndarray) -> None:
    assert suggest(RATES[: len(losses)], losses) is None


def test_smoothing_keeps_a_line_in_its_place() -> None:
    line = np.arange(50.0)
    assert smooth(line)[15:-15] == pytest.approx(line[15:-15])
    noisy = np.random.default_rng(0).normal(size=500)
    assert smooth(noisy).std() < noisy.std() / 2
