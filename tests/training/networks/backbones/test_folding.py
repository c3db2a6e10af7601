from pathlib import Path

import keras
import numpy as np
import pytest

from tests.training.networks.shaken import RNG, TOLERANCE, batch_norms, differ, images, shake, shaken_file
from training.networks.backbones.folding import fold_batch_norm
from training.networks.model import build_model, parameters, split_model
from training.recipe import Recipe


@pytest.mark.parametrize(("name", "alpha"), [("compact_cnn", 0.25), ("resnet18_small", 0.125), ("mobilenet_v2", 0.35)])
def test_removed_batch_norm_leaves_the_function_as_it_was(name: str, alpha: float, tmp_path: Path) -> None:
    kept, removed = (
        Recipe(backbone=name, alpha=alpha, input_size=32, batch_norm=norm) for norm in ("trained", "removed")
    )
    weights = shaken_file(kept, tmp_path / "base.weights.h5")
    with_norm, without = build_model(kept, 4, weights), build_model(removed, 4, weights)
    assert batch_norms(with_norm) and not batch_norms(without)
    frames = images(32)
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
