"""A small network for small images: dilated and depthwise-separable convolutions, strides instead of pooling."""

from typing import Any

import keras

from training.networks.backbones.blocks import convolution, normalised, width

DROPOUT = 0.05


def compact_cnn(size: int | None, channels: int, alpha: float = 1.0, weights: str | None = None) -> Any:
    """Builds (N, S, S, channels) -> (N, S/4, S/4, 192); 141 thousand parameters with ten classes at alpha 1.

    After recipe R4's plan; the residual separable blocks are MobileNet's and ResNet's (Howard et al. 2017, He et al.
    2016), the dilation that widens what they see without pooling is Yu and Koltun's (2016).

    Args:
        size: S in px; None: any.
        channels: of the input.
        alpha: width multiplier.
        weights: ignored, as none are published; see `Backbone.build`.
    """
    small, middle, large, last = (width(filters, alpha) for filters in (32, 64, 96, 192))
    frames = keras.Input((size, size, channels))
    x = convolution(frames, small, name="stem")
    x = _separable(x, name="block1")
    x = _downsampled(x, middle, name="pool1")
    x = _separable(x, name="block2")
    x = _separable(x, dilation=2, name="block3")
    x = _downsampled(x, large, name="pool2")
    x = _separable(x, name="block4")
    x = _separable(x, dilation=2, name="block5")
    x = _separable(x, name="block6")
    x = convolution(x, last, kernel=1, name="top")
    return keras.Model(frames, x, name="compact_cnn")


def _downsampled(x: Any, filters: int, name: str) -> Any:
    """Adds a strided convolution, which halves height and width, and dropout."""
    x = convolution(x, filters, stride=2, name=name)
    return keras.layers.Dropout(DROPOUT, name=f"{name}_dropout")(x)


def _separable(x: Any, name: str, dilation: int = 1) -> Any:
    """Adds a residual depthwise-separable convolution."""
    layers = keras.layers
    y = layers.DepthwiseConv2D(
        3,
        padding="same",
        dilation_rate=dilation,
        use_bias=False,
        depthwise_initializer="he_normal",
        name=f"{name}_depth",
    )(x)
    y = normalised(y, name=f"{name}_depth")
    y = convolution(y, x.shape[-1], kernel=1, activate=False, name=f"{name}_point")
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([x, y]))
