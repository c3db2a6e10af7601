"""ResNet18 for small images: a 3x3 stem of stride 1 and no max-pool, so that 32 px still leave a 4x4 map."""

from typing import Any

import keras

from training.networks.backbones.blocks import convolution, width

STAGES = (64, 128, 256, 512)
BLOCKS = 2  # a stage


def resnet18_small(size: int | None, channels: int, alpha: float = 1.0, weights: str | None = None) -> Any:
    """Builds (N, S, S, channels) -> (N, S/8, S/8, 512) at alpha 1: 11.2 million parameters, basic blocks.

    He et al., "Deep residual learning for image recognition", CVPR 2016.

    Args:
        size: S in px; None: any.
        channels: of the input.
        alpha: width multiplier.
        weights: ignored, as none are published; see `Backbone.build`.
    """
    frames = keras.Input((size, size, channels))
    x = convolution(frames, width(STAGES[0], alpha), name="stem")
    for stage, filters in enumerate(STAGES, start=1):
        for block in range(1, BLOCKS + 1):
            stride = 2 if stage > 1 and block == 1 else 1
            x = _basic_block(x, width(filters, alpha), stride, name=f"stage{stage}_block{block}")
    return keras.Model(frames, x, name="resnet18_small")


def _basic_block(x: Any, filters: int, stride: int, name: str) -> Any:
    shortcut = x
    if stride != 1 or x.shape[-1] != filters:
        shortcut = convolution(x, filters, kernel=1, stride=stride, activate=False, name=f"{name}_shortcut")
    x = convolution(x, filters, stride=stride, name=f"{name}_conv1")
    x = convolution(x, filters, activate=False, name=f"{name}_conv2")
    return keras.layers.ReLU(name=f"{name}_out")(keras.layers.Add(name=f"{name}_add")([shortcut, x]))
