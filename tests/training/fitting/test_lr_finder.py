from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError
from training.augmentation.batches import Part
from training.fitting.job import Job
from training.fitting.lr_finder import (
    HIGHEST_RATE,
    LOWEST_RATE,
    STEPS,
    Suggestion,
    find_lr,
    shown_images,
    smooth,
    suggest,
)
from training.networks.model import build_model
from training.recipe import Recipe

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


def part(images: int) -> Part:
    rng = np.random.default_rng(0)
    targets = np.eye(2, dtype=np.float32)[np.arange(images) % 2]
    frames = rng.integers(0, 256, (images, 32, 32, 3), np.uint8)
    return Part(frames, np.arange(images), targets, np.ones(images, np.int64))


def test_the_test_is_shown_as_many_images_as_it_has_steps_for() -> None:
    recipe = Recipe(batch_size=2)
    shown, again = shown_images(part(500), recipe), shown_images(part(500), recipe)
    assert len(set(shown.rows.tolist())) == 200 and shown.rows.tolist() == again.rows.tolist()
    assert (shown.targets == part(500).targets[shown.rows]).all()
    assert len(shown_images(part(5), recipe).rows) == 5


def test_a_model_without_a_loss_is_refused(tmp_path: Path) -> None:
    recipe = Recipe(backbone="baseline_cnn", input_size=32, strategy="full", batch_size=4, augment=("none",))
    model = build_model(recipe, 2)
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    images = part(4)
    with pytest.raises(ConfigError, match="--weights"):
        find_lr(Job(model=model, recipe=recipe, train=images, val=images, counts=[2, 2], folder=tmp_path))
