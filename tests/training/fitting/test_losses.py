from typing import Any

import keras
import msgspec
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from app.errors import ConfigError
from training.fitting.losses import class_weights, effective_weights, make_loss
from training.recipe import Recipe

COUNTS = [900, 90, 10]
LOGITS = np.array([[2.0, -1.0, 0.5], [0.0, 0.3, -2.0], [1.0, 1.0, 1.0]], np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)[[0, 2, 1]]
SOFT = np.array([[0.7, 0.3, 0.0], [0.2, 0.2, 0.6], [0.0, 0.5, 0.5]], np.float32)


def recipe(class_weights: str = "none", **loss: Any) -> Recipe:
    return msgspec.convert({"loss": {"label_smoothing": 0.0, **loss}, "class_weights": class_weights}, Recipe)


def smoothed(targets: np.ndarray, amount: float) -> np.ndarray:
    return targets * (1 - amount) + amount / targets.shape[1]


@pytest.mark.parametrize("targets", [ONE_HOT, SOFT])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_on_hard_and_soft_targets(targets: np.ndarray, smoothing: float) -> None:
    loss = make_loss(recipe(label_smoothing=smoothing), COUNTS)
    expected = -(smoothed(targets, smoothing) * log_softmax(LOGITS, axis=1)).sum(axis=1).mean()
    assert float(loss(targets, LOGITS)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("targets", [ONE_HOT, SOFT])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_focal_loss_balances_and_turns_from_what_is_easy(targets: np.ndarray, smoothing: float) -> None:
    loss = make_loss(recipe(name="focal", gamma=2.0, beta=0.99, label_smoothing=smoothing), COUNTS)
    terms = -smoothed(targets, smoothing) * log_softmax(LOGITS, axis=1) * (1 - softmax(LOGITS, axis=1)) ** 2
    expected = (terms * effective_weights(0.99, COUNTS)).sum(axis=1).mean()
    assert float(loss(targets, LOGITS)) == pytest.approx(expected, rel=1e-5)


def test_focal_loss_without_its_two_knobs_is_the_cross_entropy() -> None:
    plain = float(make_loss(recipe(), COUNTS)(SOFT, LOGITS))
    assert float(make_loss(recipe(name="focal", gamma=0, beta=0), COUNTS)(SOFT, LOGITS)) == pytest.approx(plain)
    balanced_elsewhere = make_loss(recipe("balanced", name="focal", gamma=0, beta=0.99), COUNTS)
    assert float(balanced_elsewhere(SOFT, LOGITS)) == pytest.approx(plain)


@pytest.mark.parametrize("targets", [ONE_HOT, SOFT])
def test_class_balanced_weighs_each_sample_by_its_classes(targets: np.ndarray) -> None:
    loss = make_loss(recipe(name="class_balanced", beta=0.99, label_smoothing=0.1), COUNTS)
    each = -(smoothed(targets, 0.1) * log_softmax(LOGITS, axis=1)).sum(axis=1)
    expected = (each * (targets @ effective_weights(0.99, COUNTS))).mean()
    assert float(loss(targets, LOGITS)) == pytest.approx(expected, rel=1e-5)


def test_the_least_class_balanced_loss_lies_at_the_soft_target_itself() -> None:
    loss = make_loss(recipe(name="class_balanced", beta=0.99), COUNTS)
    target = np.array([[0.6, 0.3, 0.1]], np.float32)
    least = float(loss(target, np.log(target)))
    for change in np.eye(3, dtype=np.float32):
        assert float(loss(target, np.log(target) + change / 2)) > least
        assert float(loss(target, np.log(target) - change / 2)) > least


def test_effective_numbers_by_hand() -> None:
    weights = effective_weights(0.9, [1, 2, 1000])
    assert weights[0] / weights[1] == pytest.approx(1.9)  # effective numbers 1, 1.9 and 10
    assert weights[0] / weights[2] == pytest.approx(10)


@pytest.mark.parametrize("beta", [0.0, 0.9, 0.999, 0.999999])
def test_the_weights_have_a_mean_of_one_over_the_pictures(beta: float) -> None:
    weights = effective_weights(beta, COUNTS)
    assert np.average(weights, weights=COUNTS) == pytest.approx(1)
    assert (weights == 1).all() if beta == 0 else (np.diff(weights) > 0).all()


def test_a_class_without_a_picture_has_a_finite_weight() -> None:
    assert np.isfinite(effective_weights(0.999, [5, 0])).all()
    assert class_weights(recipe("balanced"), [4, 0]) == {0: 0.5, 1: 2.0}


def test_class_weights_are_inverse_to_the_counts() -> None:
    assert class_weights(recipe("balanced"), [30, 10]) == pytest.approx({0: 40 / 60, 1: 2.0})
    assert class_weights(recipe("none"), [30, 10]) is None


def test_balancing_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="set class_weights to none"):
        make_loss(recipe("balanced", name="class_balanced"), COUNTS)


@pytest.mark.parametrize("name", ["cross_entropy", "focal", "class_balanced"])
def test_each_loss_trains_a_model(name: str) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
    model.compile(keras.optimizers.SGD(1.0), make_loss(recipe(name=name, label_smoothing=0.1), COUNTS))
    history = model.fit(np.tile(ONE_HOT, (20, 1)), np.tile(ONE_HOT, (20, 1)), epochs=4, verbose=0).history["loss"]
    assert history[-1] < history[0]
