"""Networks without top: names, sizes, folding, and the export of every kind."""

import logging
import math
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
import tf2onnx

from app.errors import ConfigError
from app.model.contract import INPUT_NAME
from training.networks.backbones import BACKBONES, adapt_base, fold_batch_norm, load_base
from training.networks.model import base_layers, build_model, parameters, split_model
from training.recipe import Recipe

TOLERANCE = 1e-4
RNG = np.random.default_rng(0)


def pictures(size: int) -> np.ndarray:
    """Seven noisy pictures, each of another colour: the pooled features of noise alone hardly differ."""
    colours, noise = RNG.integers(0, 200, (7, 1, 1, 3)), RNG.integers(0, 56, (7, size, size, 3))
    return (colours + noise).astype(np.uint8)


def shake(base: Any, spread: float = 1) -> Any:
    """Gives every batch norm the statistics of its own input, and scales and offsets as training would.

    With those it begins with, the activations of a deep network fade, and every picture has the same answer.
    spread: standard deviation of what the base takes.
    """
    norms = [layer for layer in base.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in norms:
        layer.momentum = 0.0  # the moving statistics become those of the next batch
        for weight, mean in ((layer.gamma, 1), (layer.beta, 0)):
            if weight is not None:
                weight.assign(RNG.normal(mean, 0.2, weight.shape))
    colours = RNG.normal(size=(32, 1, 1, base.input.shape[-1]))
    noise = RNG.normal(size=(32, *base.input.shape[1:]))
    base((spread * (colours + noise)).astype(np.float32), training=True)
    return base


def shaken_file(recipe: Recipe, path: Path) -> str:
    keras.utils.set_random_seed(0)
    shake(load_base(recipe, "none")).save_weights(path)
    return str(path)


def differ(answers: Any) -> bool:
    """Whether the pictures have clearly different answers; if not, comparing two models proves nothing."""
    return bool(np.ptp(np.asarray(answers), axis=0).max() > 100 * TOLERANCE)


def batch_norms(model: Any) -> list[Any]:
    return [layer for layer in base_layers(model) if isinstance(layer, keras.layers.BatchNormalization)]


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(backbone="compact_cnn", input_size=32),
        Recipe(backbone="resnet18_small", alpha=0.125, input_size=32),
        Recipe(backbone="baseline_cnn", input_size=48, colour="grey", hidden_units=16),
        Recipe(backbone="deeper_cnn", alpha=0.125, input_size=33, batch_norm="removed"),
        Recipe(backbone="mobilenet_v2", alpha=0.35, input_size=40, colour="grey", batch_norm="removed"),
        Recipe(backbone="mobilenet_v3_small", alpha=0.75, input_size=33),
    ],
    ids=lambda recipe: f"{recipe.backbone}-{recipe.input_size}-{recipe.colour}-{recipe.batch_norm}",
)
def test_the_exported_graph_equals_the_model(recipe: Recipe, tmp_path: Path) -> None:
    frames = pictures(recipe.input_size)
    model = build_model(recipe, 4, shaken_file(recipe, tmp_path / "base.weights.h5"))
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)  # its warnings are of optimisations that it passes over
    signature = [tf.TensorSpec((None, *frames.shape[1:]), tf.uint8, name=INPUT_NAME)]
    graph, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=17)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = model.predict(frames, verbose=0)
    assert differ(expected)
    for count in (1, 7):
        (got,) = session.run(None, {INPUT_NAME: frames[:count]})
        assert np.abs(got - expected[:count]).max() < TOLERANCE


@pytest.mark.parametrize("norm", ["frozen", "removed"])
@pytest.mark.parametrize("name", ["compact_cnn", "resnet18_small", "baseline_cnn", "deeper_cnn", "mobilenet_v2"])
def test_with_a_train_size_the_network_takes_pictures_of_any_size(name: str, norm: Any) -> None:
    alpha = 0.35 if name == "mobilenet_v2" else 0.25
    recipe = Recipe(backbone=name, alpha=alpha, input_size=64, train_size=48, batch_norm=norm)
    model = build_model(recipe, 4)
    fixed = build_model(msgspec.structs.replace(recipe, train_size=0), 4)
    fixed.set_weights(model.get_weights())
    assert model(pictures(48)).shape == (7, 4)
    frames = pictures(64)
    np.testing.assert_allclose(model(frames), fixed(frames), atol=TOLERANCE)


@pytest.mark.parametrize(("name", "alpha"), [("compact_cnn", 0.25), ("resnet18_small", 0.125), ("mobilenet_v2", 0.35)])
def test_removed_batch_norm_leaves_the_function_as_it_was(name: str, alpha: float, tmp_path: Path) -> None:
    kept, removed = (
        Recipe(backbone=name, alpha=alpha, input_size=32, batch_norm=norm) for norm in ("trained", "removed")
    )
    weights = shaken_file(kept, tmp_path / "base.weights.h5")
    with_norm, without = build_model(kept, 4, weights), build_model(removed, 4, weights)
    assert batch_norms(with_norm) and not batch_norms(without)
    frames = pictures(32)
    features, folded = (np.asarray(split_model(model)[0](frames)) for model in (with_norm, without))
    assert differ(features)
    assert np.abs(features - folded).max() < TOLERANCE * np.abs(features).max(), "as exact as float32 is"
    assert parameters(without) < parameters(with_norm)


def test_folding_any_order_of_layers() -> None:
    """Batch norm first, after a shared convolution, a sum that is no layer, an activation; some without all weights."""
    layers = keras.layers
    frames = keras.Input((8, 8, 3))
    x = layers.BatchNormalization(name="first")(frames)
    shared = layers.Conv2D(6, 3, use_bias=False, name="shared")(x)
    x = layers.BatchNormalization(scale=False, name="beside")(shared)
    x = layers.BatchNormalization(name="after_sum")(layers.Add()([x, shared]) + 0.5)
    x = layers.Conv2D(6, 3, activation="relu", name="active")(x)
    x = layers.BatchNormalization(center=False, name="after_relu")(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, bias_initializer="random_normal", name="depth")(x)
    x = layers.BatchNormalization(name="after_depth")(x)
    x = layers.SeparableConv2D(5, 1, bias_initializer="random_normal", name="separable")(x)
    x = layers.BatchNormalization(name="after_separable")(x)
    base = shake(keras.Model(frames, x))
    folded = fold_batch_norm(base)
    inputs = RNG.normal(size=(3, 8, 8, 3)).astype(np.float32)
    assert np.allclose(base(inputs), folded(inputs), atol=1e-5)
    names = {layer.name: type(layer) for layer in folded.layers}
    assert layers.BatchNormalization not in names.values()
    assert "after_depth" not in names and names["after_relu"] is names["beside"] is layers.DepthwiseConv2D


def test_pictures_reach_the_network_as_keras_would_scale_them(tmp_path: Path) -> None:
    recipe = Recipe(backbone="mobilenet", alpha=0.25, input_size=32)
    base = shake(load_base(recipe, "none"))
    base.save_weights(tmp_path / "base.weights.h5")
    features, _ = split_model(build_model(recipe, 4, str(tmp_path / "base.weights.h5")))
    frames = pictures(32)
    scaled = keras.applications.mobilenet.preprocess_input(frames.astype(np.float32))
    assert differ(features(frames))
    assert np.allclose(features(frames), base(scaled).numpy().mean(axis=(1, 2)), atol=TOLERANCE)


def test_built_in_scaling_is_replaced_by_the_same(tmp_path: Path) -> None:
    """EfficientNet: with ImageNet weights Keras divides by the deviation twice, half in a layer that others lack."""
    recipe = Recipe(backbone="efficientnet_b0", input_size=32)
    base = shake(load_base(recipe, "none"), spread=255)
    base.save_weights(tmp_path / "base.weights.h5")
    features, _ = split_model(build_model(recipe, 4, str(tmp_path / "base.weights.h5")))
    frames = pictures(32)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    normalised = ((frames / 255 - mean) / deviation).astype(np.float32)
    own = base(normalised * 255)  # its own layers divide by 255, and change nothing else before they have statistics
    expected = own.numpy().mean(axis=(1, 2))
    spread = np.ptp(expected, axis=0).max()
    assert spread > 1, "or comparing them proves nothing"
    # in units of what the pictures differ by: over eighty layers, rounding grows
    assert np.abs(features(frames) - expected).max() < 0.01 * spread


def test_caffe_networks_see_centred_bgr() -> None:
    """The first convolution is turned round instead of the picture."""
    recipe = Recipe(backbone="resnet50", input_size=32)
    frames = keras.Input((32, 32, 3))
    tiny = keras.Model(frames, keras.layers.Conv2D(4, 3, name="conv1_conv")(frames))
    bgr = keras.applications.resnet50.preprocess_input(pictures(32).astype(np.float32))
    expected = tiny(bgr).numpy()
    adapted = adapt_base(tiny, recipe)
    assert np.allclose(adapted(bgr[..., ::-1]), expected, atol=1e-3)
    backbone = BACKBONES["resnet50"]
    assert np.allclose(np.asarray(backbone.offset)[::-1], -np.array([103.939, 116.779, 123.68])) and backbone.scale == 1


def test_the_compact_network_is_compact() -> None:
    model = build_model(Recipe(backbone="compact_cnn", input_size=32), 10)
    assert parameters(model) <= 144_426
    assert not any(isinstance(layer, keras.layers.MaxPooling2D) for layer in base_layers(model))
    assert any(max(getattr(layer, "dilation_rate", (1,))) > 1 for layer in base_layers(model))


def test_the_small_resnet_keeps_its_first_maps_whole() -> None:
    base = load_base(Recipe(backbone="resnet18_small", input_size=96, alpha=0.125), "none")
    assert base.get_layer("stem").output.shape[1:3] == (96, 96) and base.output.shape[1:3] == (12, 12)
    kernels = [layer for layer in base.layers if isinstance(layer, keras.layers.Conv2D)]
    assert len(kernels) == 17 + 3, "seventeen convolutions, the last dense layer and three shortcuts"


@pytest.mark.parametrize("name", ["baseline_cnn", "deeper_cnn"])
def test_grey_networks_have_one_channel(name: str) -> None:
    base = load_base(Recipe(backbone=name, input_size=48, alpha=0.25, colour="grey"), "none")
    assert base.input.shape == (None, 48, 48, 1)
    shrunk = 8 if name == "baseline_cnn" else 16
    assert base.output.shape[1] == math.ceil(48 / shrunk)


def test_recipes_that_no_network_fits() -> None:
    for recipe, message in (
        (Recipe(backbone="mobilenetv2"), "unknown backbone mobilenetv2; did you mean mobilenet_v2?"),
        (Recipe(backbone="MobileNet_V2"), "unknown backbone MobileNet_V2; did you mean mobilenet_v2?"),
        (Recipe(backbone="zzz"), "unknown backbone zzz; known: mobilenet, "),
        (Recipe(backbone="inception_v3", input_size=64), "inception_v3 needs an input_size of 75 px or more, got 64"),
        (
            Recipe(backbone="inception_v3", input_size=96, train_size=64),
            "inception_v3 needs a train_size of 75 px or more, got 64",
        ),
        (Recipe(backbone="xception", input_size=70), "xception needs an input_size of 71 px or more, got 70"),
        (Recipe(backbone="vgg16", alpha=0.5), "vgg16 comes at one width alone; alpha must be 1, got 0.5"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_base(recipe, "none")
        assert str(caught.value).startswith(message)
    with pytest.raises(ConfigError, match="compact_cnn has no ImageNet weights; use --weights none"):
        load_base(Recipe(backbone="compact_cnn"), "imagenet")
    with pytest.raises(ConfigError, match=r"exists for alpha 0\.75, 1\.0, not 0\.5; use one"):
        load_base(Recipe(backbone="mobilenet_v3_small", alpha=0.5), "imagenet")
