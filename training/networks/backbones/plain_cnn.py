"""Two plain networks for small grey images such as 48x48 faces: convolutions and max-pools, nothing else."""

from typing import Any

import keras

from training.networks.backbones.blocks import convolution, width

DROPOUT = 0.25  # after each pooling of the deeper one


def baseline_cnn(size: int | None, channels: int, alpha: float = 1.0, weights: str | None = None) -> Any:
    """Builds (N, S, S, channels) -> (N, S/8, S/8, 128) at alpha 1: three convolutions, each with a max-pool.

    Args:
        size: S in px; None: any.
        channels: of the input.
        alpha: width multiplier.
        weights: ignored, as none are published; see `Backbone.build`.
    """
    x = frames = keras.Input((size, size, channels))
    for block, filters in enumerate((32, 64, 128), start=1):
        x = convolution(x, width(filters, alpha), name=f"block{block}")
        x = keras.layers.MaxPooling2D(name=f"pool{block}")(x)
    return keras.Model(frames, x, name="baseline_cnn")


def deeper_cnn(size: int | None, channels: int, alpha: float = 1.0, weights: str | None = None) -> Any:
    """Builds (N, S, S, channels) -> (N, S/16, S/16, 512) at alpha 1: four pairs of convolutions, as VGG does.

    Simonyan and Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015.

    Args:
        size: S in px; None: any.
        channels: of the input.
        alpha: width multiplier.
        weights: ignored, as none are published; see `Backbone.build`.
    """
    x = frames = keras.Input((size, size, channels))
    for block, filters in enumerate((64, 128, 256, 512), start=1):
        x = convolution(x, width(filters, alpha), name=f"block{block}_conv1")
        x = convolution(x, width(filters, alpha), name=f"block{block}_conv2")
        x = keras.layers.MaxPooling2D(name=f"pool{block}")(x)
        x = keras.layers.Dropout(DROPOUT, name=f"dropout{block}")(x)
    return keras.Model(frames, x, name="deeper_cnn")
