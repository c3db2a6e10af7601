from pathlib import Path

import keras
import numpy as np

from tests.training.networks.shaken import TOLERANCE, differ, images, shake
from training.networks.backbones import adapt_base, load_base
from training.networks.backbones.applications import APPLICATIONS
from training.networks.model import build_model, split_model
from training.recipe import Recipe


def test_images_reach_the_network_as_keras_would_scale_them(tmp_path: Path) -> None:
    recipe = Recipe(backbone="mobilenet", alpha=0.25, input_size=32)
    base = shake(load_base(recipe, "none"))
    base.save_weights(tmp_path / "base.weights.h5")
    features, _ = split_model(build_model(recipe, 4, str(tmp_path / "base.weights.h5")))
    frames = images(32)
    scaled = keras.applications.mobilenet.preprocess_input(frames.astype(np.float32))
    assert differ(features(frames))
    assert np.allclose(features(frames), base(scaled).numpy().mean(axis=(1, 2)), atol=TOLERANCE)


def test_built_in_scaling_is_replaced_by_the_same(tmp_path: Path) -> None:
    """EfficientNet: with ImageNet weights Keras divides by the deviation twice, half in a layer that others lack."""
    recipe = Recipe(backbone="efficientnet_b0", input_size=32)
    base = shake(load_base(recipe, "none"), spread=255)
    base.save_weights(tmp_path / "base.weights.h5")
    features, _ = split_model(build_model(recipe, 4, str(tmp_path / "base.weights.h5")))
    frames = images(32)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    normalised = ((frames / 255 - mean) / deviation).astype(np.float32)
    own = base(normalised * 255)  # its own layers divide by 255, and change nothing else before they have statistics
    expected = own.numpy().mean(axis=(1, 2))
    spread = np.ptp(expected, axis=0).max()
    assert spread > 1, "or comparing them proves nothing"
    # in units of what the images differ by: over eighty layers, rounding grows
    assert np.abs(features(frames) - expected).max() < 0.01 * spread


def test_caffe_networks_see_centred_bgr() -> None:
    """The first convolution is turned round instead of the image."""
    recipe = Recipe(backbone="resnet50", input_size=32)
    frames = keras.Input((32, 32, 3))
    tiny = keras.Model(frames, keras.layers.Conv2D(4, 3, name="conv1_conv")(frames))
    bgr = keras.applications.resnet50.preprocess_input(images(32).astype(np.float32))
    expected = tiny(bgr).numpy()
    adapted = adapt_base(tiny, recipe)
    assert np.allclose(adapted(bgr[..., ::-1]), expected, atol=1e-3)
    backbone = APPLICATIONS["resnet50"]
    assert np.allclose(np.asarray(backbone.offset)[::-1], -np.array([103.939, 116.779, 123.68])) and backbone.scale == 1
