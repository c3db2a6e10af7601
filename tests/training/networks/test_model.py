import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from msgspec.structs import replace

from app.errors import ConfigError
from app.model.contract import EMBEDDING_NAME, INPUT_NAME
from tests.conftest import SHARED
from tests.training.pictures import ALPHA, SIZE
from training.networks.model import base_layers, build_model, load_exactly, load_run, parameters, split_model, unfreeze
from training.recipe import Recipe
from training.run_folder import WEIGHTS, RunConfig, write_config

IMAGES = np.random.default_rng(0).integers(0, 256, (5, SIZE, SIZE, 3), dtype=np.uint8)
IMAGENET = SHARED / "weights" / "mobilenet_v2_imagenet_notop.weights.h5"
MOBILENET = Recipe(input_size=SIZE, alpha=ALPHA)
COMPACT = Recipe(backbone="compact_cnn", input_size=SIZE, alpha=0.25, batch_norm="trained")


def store_run(folder: Path, recipe: Recipe, classes: int = 3) -> Any:
    """A run folder with an untrained model, whose head and batch norm are not the initial ones; returns the model."""
    folder.mkdir()
    labels = [f"label {number}" for number in range(classes)]
    config = RunConfig(
        dataset="d", data=".", data_root=".", weights="none", trained_on="2024-01-01", labels=labels, versions={},
        recipe=recipe,
    )  # fmt: skip
    write_config(folder, config)
    model = build_model(recipe, classes)
    rng = np.random.default_rng(1)
    model.set_weights([value + rng.uniform(0, 0.1, value.shape) for value in model.get_weights()])
    model.save_weights(folder / WEIGHTS)
    return model


def names_of_trainable(model: Any) -> set[str]:
    return {variable.path.rsplit("/", 1)[-1] for variable in model.trainable_variables}


def is_changed_by_a_forward_pass(model: Any) -> bool:
    before = [value.copy() for value in model.get_weights()]
    model(IMAGES, training=True)
    return not all(np.array_equal(one, two) for one, two in zip(before, model.get_weights(), strict=True))


def logits(model: Any) -> np.ndarray:
    return np.asarray(model(IMAGES))


def test_uint8_frames_to_logits(base_weights: Path) -> None:
    model = build_model(MOBILENET, 4, str(base_weights))
    assert model.input.name == INPUT_NAME and model.input.dtype == "uint8" and model.input.shape == (None, 32, 32, 3)
    assert model.output.shape == (None, 4) and model.output.dtype == "float32"
    assert model.get_layer(EMBEDDING_NAME).output.shape == (None, 1280)
    assert parameters(model) == sum(weight.size for weight in model.get_weights())


def test_the_pretrained_base_keeps_its_batch_norm(base_weights: Path) -> None:
    frozen = build_model(MOBILENET, 4, str(base_weights))
    assert not names_of_trainable(frozen) & {"gamma", "beta"} and "kernel" in names_of_trainable(frozen)
    assert not is_changed_by_a_forward_pass(frozen)
    trained = build_model(replace(MOBILENET, batch_norm="trained"), 4, str(base_weights))
    assert "gamma" in names_of_trainable(trained) and is_changed_by_a_forward_pass(trained)


def test_without_pretraining_batch_norm_learns() -> None:
    scratch = build_model(MOBILENET, 4)
    assert "gamma" in names_of_trainable(scratch) and is_changed_by_a_forward_pass(scratch)
    resumed = build_model(MOBILENET, 4, pretrained=True)
    assert "gamma" not in names_of_trainable(resumed), "a base that is going to be loaded counts as pre-trained"


def test_removed_batch_norm_leaves_biases() -> None:
    removed = build_model(replace(COMPACT, batch_norm="removed"), 4)
    assert not names_of_trainable(removed) & {"gamma", "beta"} and not is_changed_by_a_forward_pass(removed)
    assert all(layer.use_bias for layer in base_layers(removed) if isinstance(layer, keras.layers.Conv2D))


def test_only_the_last_layers_are_trainable(base_weights: Path) -> None:
    model = build_model(MOBILENET, 4, str(base_weights))
    base = base_layers(model)
    assert base[0].output.shape[1:] == (32, 32, 3) and base[-1].output.shape[1:] == (1, 1, 1280)
    everything = len(model.trainable_variables)
    unfreeze(model, MOBILENET, 0)
    assert [variable.path for variable in model.trainable_variables] == ["logits/kernel", "logits/bias"]
    unfreeze(model, MOBILENET, 10)
    assert [layer.trainable for layer in base[:-10]] == [False] * (len(base) - 10)
    convolutions = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    assert len(model.trainable_variables) == 2 + sum(isinstance(layer, convolutions) for layer in base[-10:])
    unfreeze(model, MOBILENET, len(base) + 5)
    assert len(model.trainable_variables) == everything
    unfreeze(model, MOBILENET, None)
    assert len(model.trainable_variables) == everything
    assert "gamma" not in names_of_trainable(model)


def test_batch_norm_of_frozen_layers_does_not_move(base_weights: Path) -> None:
    recipe = replace(MOBILENET, batch_norm="trained")
    model = build_model(recipe, 4, str(base_weights))
    unfreeze(model, recipe, 0)
    assert not is_changed_by_a_forward_pass(model)


@pytest.mark.parametrize("hidden_units", [0, 7])
def test_the_two_halves_make_the_whole(hidden_units: int) -> None:
    model = build_model(replace(COMPACT, hidden_units=hidden_units, dropout=0.5), 4)
    features, head = split_model(model)
    assert features.output.shape == (None, 48) and head.output.shape == (None, 4)
    assert model.get_layer(EMBEDDING_NAME).output.shape == (None, hidden_units or 48)
    assert np.allclose(head(features(IMAGES)), model(IMAGES), atol=1e-6)
    head.layers[-1].set_weights([np.zeros((hidden_units or 48, 4)), np.arange(4)])
    assert np.allclose(model(IMAGES), [0, 1, 2, 3]), "what the head learns is the model's"


def test_grey_is_made_inside_the_graph() -> None:
    model = build_model(replace(COMPACT, colour="grey"), 4)
    assert model.input.shape == (None, 32, 32, 3)
    red, green = (np.zeros((1, SIZE, SIZE, 3), np.uint8) for _ in range(2))
    red[..., 0], green[..., 1] = 106, 54  # 106 * 0.299 = 54 * 0.587, but for 0.004
    assert np.allclose(model(red), model(green), atol=3e-4)
    assert np.ptp(np.concatenate([model(red), model(3 * green)]), axis=0).max() > 1e-2
    pretrainable = build_model(replace(MOBILENET, colour="grey"), 4)
    assert base_layers(pretrainable)[0].output.shape == (None, 32, 32, 3)


def test_weights_that_do_not_fit_are_refused(tmp_path: Path, base_weights: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.h5: no such weights file; --weights takes imagenet, none, a path"):
        build_model(MOBILENET, 4, str(tmp_path / "gone.h5"))
    with pytest.raises(ConfigError, match=r"not the weights of mobilenet_v2 at alpha 0\.5 without top"):
        build_model(replace(MOBILENET, alpha=0.5), 4, str(base_weights))
    with pytest.raises(ConfigError, match=r"not the weights of compact_cnn at alpha 0\.25 without top"):
        build_model(COMPACT, 4, str(base_weights))
    for name in ("junk.weights.h5", "weights.txt"):
        (tmp_path / name).write_bytes(b"junk")
        with pytest.raises(ConfigError, match=rf"{name}: not the weights"):
            build_model(MOBILENET, 4, str(tmp_path / name))


@pytest.mark.parametrize(("batch_norm", "hidden_units"), [("frozen", 0), ("removed", 7)])
def test_a_run_loads_into_the_model_of_its_recipe(batch_norm: str, hidden_units: int, tmp_path: Path) -> None:
    recipe = replace(COMPACT, batch_norm=batch_norm, hidden_units=hidden_units)
    model = store_run(tmp_path / "run", recipe)
    assert np.allclose(logits(load_run(tmp_path / "run")[1]), logits(model), atol=1e-6)
    other = build_model(recipe, 4)
    with pytest.raises(ConfigError, match=r"best\.weights\.h5: not the weights of what was expected; do this"):
        load_exactly(other, tmp_path / "run" / WEIGHTS, "what was expected", "do this")
    with pytest.raises(ConfigError, match=r"gone\.weights\.h5: no such weights file; do that"):
        load_exactly(other, tmp_path / "gone.weights.h5", "what was expected", "do that")


def test_training_starts_from_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    model = store_run(folder, COMPACT)
    same = build_model(COMPACT, 3, str(folder / WEIGHTS))
    assert np.allclose(logits(same), logits(model), atol=1e-6), "head included"
    more_classes = build_model(COMPACT, 4, str(folder))
    features = split_model(model)[0](IMAGES)
    assert np.allclose(split_model(more_classes)[0](IMAGES), features, atol=1e-6)
    assert np.ptp(features) > 0.1
    removed = build_model(replace(COMPACT, batch_norm="removed"), 3, str(folder))
    assert np.allclose(logits(removed), logits(model), atol=1e-4)
    larger = build_model(replace(COMPACT, input_size=2 * SIZE, batch_norm="frozen"), 3, str(folder))
    assert all(np.array_equal(*pair) for pair in zip(larger.get_weights(), model.get_weights(), strict=True))
    assert "gamma" not in names_of_trainable(larger)
    wider = build_model(replace(COMPACT, hidden_units=7), 3, str(folder))
    assert np.allclose(split_model(wider)[0](IMAGES), features, atol=1e-6)


def test_runs_of_other_networks_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    store_run(folder, replace(COMPACT, batch_norm="removed"))
    for change, message in (
        ({"backbone": "baseline_cnn"}, "that run's backbone is compact_cnn, this recipe's baseline_cnn"),
        ({"alpha": 0.5}, "that run's alpha is 0.25, this recipe's 0.5"),
        ({"colour": "grey"}, "that run's colour is rgb, this recipe's grey"),
        ({"batch_norm": "trained"}, "that run has no batch norm to start from; set batch_norm to removed"),
    ):
        with pytest.raises(ConfigError) as caught:
            build_model(replace(COMPACT, **change), 3, str(folder))
        assert str(caught.value).startswith(f"{folder}: {message}")
    (folder / WEIGHTS).write_bytes(b"junk")
    with pytest.raises(ConfigError, match=r"best\.weights\.h5: not the weights of this run's network; train again"):
        build_model(replace(COMPACT, batch_norm="removed"), 3, str(folder))
    (folder / WEIGHTS).unlink()
    with pytest.raises(ConfigError, match=r"best\.weights\.h5: no such weights file; train again"):
        build_model(replace(COMPACT, batch_norm="removed"), 3, str(folder))
    shutil.rmtree(folder)
    folder.mkdir()
    with pytest.raises(ConfigError, match="no training run here"):
        build_model(COMPACT, 3, str(folder))


@pytest.mark.skipif(not IMAGENET.is_file(), reason=f"{IMAGENET.name} is not there")
def test_imagenet_weights_keep_their_function_without_batch_norm() -> None:
    recipe = Recipe(input_size=96)
    frames = np.random.default_rng(0).integers(0, 256, (2, 96, 96, 3), dtype=np.uint8)
    kept, removed = (
        split_model(build_model(replace(recipe, batch_norm=norm), 4, str(IMAGENET)))[0](frames)
        for norm in ("frozen", "removed")
    )
    assert np.ptp(kept) > 0.5 and np.allclose(kept, removed, atol=1e-4)
