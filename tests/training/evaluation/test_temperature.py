import numpy as np
import pytest

from app.model.probabilities import softmax
from training.evaluation.temperature import fit_temperature


def sample(logits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Classes drawn from the softmax of `logits`: what a calibrated model would see."""
    probs = softmax(logits).astype(float)
    return (probs.cumsum(axis=1) < rng.random((len(probs), 1))).sum(axis=1).clip(max=probs.shape[1] - 1)


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.5])
def test_the_temperature_undoes_a_known_overconfidence(factor: float) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 5)).astype(np.float32)
    assert fit_temperature(logits * np.float32(factor), sample(logits, rng)) == pytest.approx(factor, rel=0.05)


def test_the_temperature_keeps_within_its_bounds() -> None:
    certain = np.eye(3, dtype=np.float32).repeat(2000, axis=0) * 2
    truth = np.arange(3).repeat(2000)
    assert fit_temperature(certain, truth) == pytest.approx(0.25, rel=0.01)
    assert fit_temperature(certain, (truth + 1) % 3) == pytest.approx(4, rel=0.01)


def test_a_few_images_move_the_temperature_less_than_many() -> None:
    """Eighteen validation images once made the calibration error of a small run twice as large."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (18, 3)).astype(np.float32)
    found = [fit_temperature(logits, sample(logits, rng)) for _ in range(200)]
    assert min(found) > 0.4 and max(found) < 2.5  # without what is expected of it, 0.25 and 3.2
    unlucky = logits.argmin(axis=1)
    assert fit_temperature(logits, unlucky) < fit_temperature(logits.repeat(50, axis=0), unlucky.repeat(50))
