"""Blocks of the networks that are trained from scratch."""

from typing import Any

import keras


def width(filters: int, alpha: float) -> int:
    """Scales a number of filters by `alpha` to a multiple of 8, which suits vector units; at least 8."""
    return max(8, round(filters * alpha / 8) * 8)


def convolution(
    x: Any, filters: int, *, name: str, kernel: int = 3, stride: int = 1, dilation: int = 1, activate: bool = True
) -> Any:
    """Adds a convolution (initialised as by He et al. 2015), batch norm and, unless `activate` is off, ReLU.

    Args:
        x: a Keras tensor (N, H, W, C).
        filters: channels of the result.
        name: of the convolution; the other layers' names begin with it.
        kernel: side, px.
        stride: px.
        dilation: px from one tap of the kernel to the next.
        activate: end with ReLU.

    Returns:
        A Keras tensor (N, H / stride, W / stride, filters).
    """
    x = keras.layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        dilation_rate=dilation,
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    return normalised(x, name=name, activate=activate)


def normalised(x: Any, *, name: str, activate: bool = True) -> Any:
    """Adds batch norm and, unless `activate` is off, ReLU."""
    x = keras.layers.BatchNormalization(name=f"{name}_bn")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x) if activate else x
