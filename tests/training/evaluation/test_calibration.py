import numpy as np
import pytest

from app.model.probabilities import softmax
from training.evaluation.calibration import (
    BINS,
    measure_calibration,
    stored_temperature,
    without_temperature,
)


def pairs(confidences: list[float]) -> np.ndarray:
    return np.array([[value, 1 - value] for value in confidences], np.float32)


def test_the_error_known_from_paper() -> None:
    probs = pairs([0.95, 0.95, 0.95, 0.95, 0.55])
    found = measure_calibration(probs, np.array([0, 0, 0, 1, 0]))
    assert found.counts[14] == 4 and found.accuracy[14] == 0.75 and found.confidence[14] == pytest.approx(0.95)
    assert found.counts[8] == 1 and found.counts.sum() == 5
    assert found.error == pytest.approx((4 * 0.20 + 1 * 0.45) / 5)


def test_a_calibrated_model_has_almost_no_error_and_an_overconfident_one_has() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 5)).astype(np.float32)
    probs = softmax(logits)
    truth = (probs.cumsum(axis=1) < rng.random((len(probs), 1))).sum(axis=1).clip(max=4)
    assert measure_calibration(probs, truth).error < 0.015
    assert measure_calibration(softmax(logits, 0.3), truth).error > 0.1


def test_certainty_falls_into_the_last_bin() -> None:
    assert measure_calibration(np.array([[1, 0]], np.float32), np.array([0])).counts[BINS - 1] == 1


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_temperature_can_be_undone(temperature: float) -> None:
    logits = np.random.default_rng(1).normal(0, 3, (50, 6)).astype(np.float32)
    plain = without_temperature(softmax(logits, temperature), temperature)
    assert plain == pytest.approx(softmax(logits), abs=1e-5) and plain.dtype == np.float32


def test_certainty_has_nothing_to_undo() -> None:
    certain = np.array([[1, 0, 0]], np.float32)
    assert without_temperature(certain, 2.0) == pytest.approx(certain, abs=1e-6)


def test_a_temperature_is_a_positive_number() -> None:
    assert stored_temperature({"temperature": 0.733}) == 0.733 and stored_temperature({"temperature": 2}) == 2.0
    for nonsense in (
        {},
        {"temperature": 0},
        {"temperature": True},
        {"temperature": "hot"},
        {"temperature": float("inf")},
    ):
        assert stored_temperature(nonsense) is None


def test_what_few_images_show_by_chance() -> None:
    """Drawn again from a model whose confidence is exactly true, the error is on average what `chance` says."""
    rng = np.random.default_rng(0)
    probs = softmax(rng.normal(0, 2, (800, 5)).astype(np.float32))
    errors, chances = [], []
    for _ in range(40):
        truth = (probs.astype(float).cumsum(axis=1) < rng.random((800, 1))).sum(axis=1).clip(max=4)
        found = measure_calibration(probs, truth)
        errors.append(found.error)
        chances.append(found.chance)
    assert np.mean(errors) == pytest.approx(np.mean(chances), rel=0.1)
    assert 0.01 < np.mean(errors) < 0.05
