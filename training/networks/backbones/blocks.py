"""The pieces of the networks that are trained from nothing."""

from typing import Any

import keras


def width(filters: int, alpha: float) -> int:
    """`filters` at width `alpha`, in whole eights, as vector units like them; at least eight."""
    return max(8, round(filters * alpha / 8) * 8)


def convolution(
    x: Any, filters: int, *, name: str, kernel: int = 3, stride: int = 1, dilation: int = 1, activate: bool = True
) -> Any:
    """Convolution, batch norm and, unless `activate` is off, ReLU; He et al. (2015) initialised."""
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
    """Batch norm and, unless `activate` is off, ReLU."""
    x = keras.layers.BatchNormalization(name=f"{name}_bn")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x) if activate else x
