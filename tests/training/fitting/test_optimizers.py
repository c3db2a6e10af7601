import warnings
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import pytest

from training.fitting.optimizers import averaged, make_optimizer
from training.recipe import Recipe

NAMES = ("adamw", "adam", "sgd")
RATE = 0.01


def recipe(name: str, **settings: Any) -> Recipe:
    return msgspec.convert({"optimizer": {"name": name, "learning_rate": RATE, **settings}}, Recipe)


def make_model(seed: int = 0) -> Any:
    """A nested base of three layers with weights, batch norm at its top, and a head."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(5, name="bottom")(inputs)
    hidden = keras.layers.ReLU()(hidden)
    hidden = keras.layers.Dense(5, name="beta_middle")(hidden)
    base = keras.Model(inputs, keras.layers.BatchNormalization(name="top")(hidden), name="base")
    frames = keras.Input((4,))
    return keras.Model(frames, keras.layers.Dense(3, name="logits")(base(frames)))


def compiled(name: str, seed: int = 0, **settings: Any) -> Any:
    """Not traced, which would take most of the time of these tests; two below are."""
    model = make_model(seed)
    optimizer = make_optimizer(recipe(name, **settings), model)
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True), run_eagerly=True)
    return model


def train(model: Any, first: int, last: int) -> None:
    """Steps `first` to `last` of one fixed training, each with its own rate."""
    for step in range(first, last):
        rng = np.random.default_rng(step)
        model.optimizer.learning_rate = RATE / (1 + step)
        frames = rng.normal(size=(8, 4)).astype(np.float32)
        model.train_on_batch(frames, np.eye(3, dtype=np.float32)[rng.integers(3, size=8)])


def changes(model: Any, gradient: float) -> dict[str, np.ndarray]:
    """What one step with this gradient everywhere adds to each variable, by path."""
    variables = model.trainable_variables
    before = [variable.numpy() for variable in variables]
    model.optimizer.apply([keras.ops.full(variable.shape, gradient) for variable in variables])
    return {variable.path: variable.numpy() - old for variable, old in zip(variables, before, strict=True)}


def weights(model: Any) -> np.ndarray:
    return np.concatenate([variable.numpy().ravel() for variable in model.variables])


@pytest.mark.parametrize("name", NAMES)
def test_the_rate_falls_geometrically_to_the_bottom_of_the_base(name: str) -> None:
    moved = changes(compiled(name, weight_decay=0.0, layer_decay=0.25), gradient=1.0)
    shares = {"logits": 1.0, "top": 1.0, "beta_middle": 0.5, "bottom": 0.25}
    assert len(moved) == 8
    for path, change in moved.items():
        assert change == pytest.approx(-RATE * shares[path.split("/")[0]], rel=1e-3), path


@pytest.mark.parametrize("name", NAMES)
def test_without_layer_decay_a_step_is_that_of_keras(name: str) -> None:
    plain = {
        "adamw": lambda: keras.optimizers.AdamW(RATE, weight_decay=0.1),
        "adam": lambda: keras.optimizers.Adam(RATE),
        "sgd": lambda: keras.optimizers.SGD(RATE, momentum=0.8, weight_decay=0.1),
    }
    ours, theirs = compiled(name, weight_decay=0.1, momentum=0.8), make_model()
    optimizer = plain[name]()
    optimizer.exclude_from_weight_decay([v for v in theirs.trainable_variables if v.name != "kernel"])
    theirs.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True), run_eagerly=True)
    start = weights(ours)
    train(ours, 0, 4)
    train(theirs, 0, 4)
    assert np.abs(weights(ours) - start).max() > RATE / 10
    assert weights(ours) == pytest.approx(weights(theirs), abs=1e-6)


@pytest.mark.parametrize("name", ["adamw", "sgd"])
def test_only_kernels_decay_and_at_the_rate_of_their_layer(name: str) -> None:
    model = compiled(name, weight_decay=0.5, layer_decay=0.25)
    for variable in model.trainable_variables:
        variable.assign(np.full(variable.shape, 2.0, np.float32))
    for path, change in changes(model, gradient=0.0).items():
        layer, kind = path.split("/")
        share = {"logits": 1.0, "beta_middle": 0.5, "bottom": 0.25}[layer] if kind == "kernel" else 0.0
        assert change == pytest.approx(-2.0 * 0.5 * RATE * share, rel=1e-4), path


def test_adam_has_no_weight_decay() -> None:
    assert not any(change.any() for change in changes(compiled("adam", weight_decay=0.5), gradient=0.0).values())


@pytest.mark.parametrize(("name", "ema"), [("adamw", 0.9), ("adam", 0.9), ("sgd", 0.9), ("sgd", 0.0)])
def test_a_saved_training_goes_on_as_if_it_had_never_stopped(tmp_path: Path, name: str, ema: float) -> None:
    settings = {"layer_decay": 0.5, "ema": ema}
    straight = compiled(name, **settings)
    train(straight, 0, 3)
    straight.save_weights(tmp_path / "state.weights.h5")
    train(straight, 3, 6)
    resumed = compiled(name, seed=1, **settings)
    assert (weights(resumed) != weights(straight)).any()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resumed.load_weights(tmp_path / "state.weights.h5")
    assert float(resumed.optimizer.learning_rate) == pytest.approx(RATE / 3)
    train(resumed, 3, 6)
    assert weights(resumed).tolist() == weights(straight).tolist()
    with averaged(resumed.optimizer), averaged(straight.optimizer):
        assert weights(resumed).tolist() == weights(straight).tolist()


def test_averages_follow_the_weights_and_leave_them_alone() -> None:
    model, raw = compiled("sgd", ema=0.5), compiled("sgd")
    kernel = model.get_layer("logits").kernel
    expected = kernel.numpy()
    for step in range(4):
        train(model, step, step + 1)
        train(raw, step, step + 1)
        expected = kernel.numpy() if step == 0 else 0.5 * expected + 0.5 * kernel.numpy()
    assert weights(model).tolist() == weights(raw).tolist()
    with averaged(model.optimizer):
        assert kernel.numpy() == pytest.approx(expected, abs=1e-6)
        assert (kernel.numpy() != raw.get_layer("logits").kernel.numpy()).any()
    assert weights(model).tolist() == weights(raw).tolist()


def test_the_raw_weights_come_back_when_the_validation_fails() -> None:
    model = compiled("sgd", ema=0.5)
    train(model, 0, 3)
    raw = weights(model)
    with pytest.raises(KeyboardInterrupt), averaged(model.optimizer):
        assert (weights(model) != raw).any()
        raise KeyboardInterrupt
    assert weights(model).tolist() == raw.tolist()


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_before_the_first_step_and_without_averages_nothing_changes(ema: float) -> None:
    model = compiled("sgd", ema=ema)
    before = weights(model)
    with averaged(model.optimizer):
        assert weights(model).tolist() == before.tolist()


def test_a_copy_takes_the_averages() -> None:
    model = compiled("adamw", ema=0.5)
    train(model, 0, 3)
    copy = make_model(seed=1)
    copy.set_weights(model.get_weights())
    model.optimizer.finalize_variable_values(copy.trainable_variables)
    with averaged(model.optimizer):
        assert weights(copy).tolist() == weights(model).tolist()
    assert (weights(copy) != weights(model)).any()


def test_fit_does_not_end_with_the_averages() -> None:
    model, raw = compiled("sgd", ema=0.9), compiled("sgd")
    rng = np.random.default_rng(0)
    frames, targets = rng.normal(size=(32, 4)), np.eye(3)[rng.integers(3, size=32)]
    for either in (model, raw):
        either.run_eagerly = False
        either.fit(frames, targets, batch_size=8, shuffle=False, verbose=0)
    assert weights(model).tolist() == weights(raw).tolist()


def test_the_rate_of_each_batch_needs_no_retrace() -> None:
    traces = []

    def loss(y_true: Any, y_pred: Any) -> Any:
        traces.append(1)
        return keras.losses.categorical_crossentropy(y_true, y_pred, from_logits=True)

    model = make_model()
    model.compile(make_optimizer(recipe("adamw", layer_decay=0.5), model), loss, jit_compile=False)
    train(model, 0, 1)
    once = len(traces)
    train(model, 1, 6)
    assert once and len(traces) == once


def test_layers_may_be_frozen_and_unfrozen_afterwards() -> None:
    model = make_model()
    optimizer = make_optimizer(recipe("adamw", layer_decay=0.25, ema=0.5), model)
    model.get_layer("base").trainable = False
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False)
    bottom = model.get_layer("base").get_layer("bottom").kernel
    start = bottom.numpy()
    train(model, 0, 2)
    assert (bottom.numpy() == start).all()
    model.get_layer("base").trainable = True
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False)
    train(model, 2, 3)
    assert (bottom.numpy() != start).any()
    with averaged(optimizer):
        assert (bottom.numpy() != start).any()
