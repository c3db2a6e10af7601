"""Images and networks whose answers differ clearly, so that comparing two networks proves something."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.networks.backbones import load_base
from training.networks.model import base_layers
from training.recipe import Recipe

TOLERANCE = 1e-4
RNG = np.random.default_rng(0)


def images(size: int) -> np.ndarray:
    """Seven noisy images, each of another colour: the pooled features of noise alone hardly differ."""
    colours, noise = RNG.integers(0, 200, (7, 1, 1, 3)), RNG.integers(0, 56, (7, size, size, 3))
    return (colours + noise).astype(np.uint8)


def shake(base: Any, spread: float = 1) -> Any:
    """Gives every batch norm the statistics of its own input, and scales and offsets as training would.

    With those it begins with, the activations of a deep network fade, and every image has the same answer.
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
    """Whether the images have clearly different answers; if not, comparing two models proves nothing."""
    return bool(np.ptp(np.asarray(answers), axis=0).max() > 100 * TOLERANCE)


def batch_norms(model: Any) -> list[Any]:
    return [layer for layer in base_layers(model) if isinstance(layer, keras.layers.BatchNormalization)]
