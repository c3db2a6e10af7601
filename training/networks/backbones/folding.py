"""Batch norm folded into the convolutions before it: the same function in fewer layers."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

_FOLDABLE = (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)


def fold_batch_norm(base: Any) -> Any:
    """Makes a functional model without batch norm that computes what `base` does in inference mode.

    A convolution followed by batch norm alone becomes a convolution with a bias. A batch norm behind anything else
    becomes a 1x1 depthwise convolution, which is a scale and an offset a channel. The layers' names stay.
    """
    norm_of = _foldable(base)
    norms = {layer.name for layer in base.layers if _is_norm(layer)}
    folded = {norm.name for norm in norm_of.values()}

    def copy(layer: Any) -> Any:  # or an operation that is no layer, such as the plain + of MobileNetV3
        if _is_norm(layer):
            return keras.layers.DepthwiseConv2D(1, name=layer.name)
        bias = {"use_bias": True} if layer.name in norm_of else {}
        return layer.__class__.from_config(layer.get_config() | bias)

    def call(layer: Any, *arguments: Any, **keywords: Any) -> Any:
        if layer.name in folded:
            return arguments[0]
        if layer.name in norms:
            return layer(arguments[0])  # without the mask that batch norm takes
        return layer(*arguments, **keywords)

    model = keras.models.clone_model(base, clone_function=copy, call_function=call)
    for layer in filter(lambda layer: layer.weights, model.layers):
        layer.set_weights(_weights(base.get_layer(layer.name), norm_of.get(layer.name)))
    return model


def _is_norm(layer: Any) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def _foldable(base: Any) -> dict[str, Any]:
    """Name of a convolution -> the batch norm that alone takes its output."""
    inputs = {layer["name"]: list(_producers(layer["inbound_nodes"])) for layer in base.get_config()["layers"]}
    uses = Counter(name for names in inputs.values() for name in names)
    layers = {layer.name: layer for layer in base.layers}
    norm_of = {}
    for layer in filter(_is_norm, base.layers):
        (producer,) = inputs[layer.name]
        before = layers.get(producer)  # None for an operation that is no layer
        is_linear = getattr(before, "activation", None) is keras.activations.linear
        if isinstance(before, _FOLDABLE) and is_linear and uses[producer] == 1:
            norm_of[producer] = layer
    return norm_of


def _producers(nodes: Any) -> Iterator[str]:
    """The names of the layers that a layer takes its inputs from, by its config."""
    if isinstance(nodes, dict):
        if "keras_history" in nodes:
            yield nodes["keras_history"][0]
            return
        nodes = list(nodes.values())
    if isinstance(nodes, list | tuple):
        for node in nodes:
            yield from _producers(node)


def _affine(norm: Any) -> tuple[Any, Any]:
    """The scale and the offset of a batch norm in inference mode, float32 (C,) each."""
    mean, variance = (np.asarray(value, np.float64) for value in (norm.moving_mean, norm.moving_variance))
    scale = 1 / np.sqrt(variance + norm.epsilon)
    if norm.scale:
        scale = scale * np.asarray(norm.gamma)
    offset = -mean * scale
    if norm.center:
        offset = offset + np.asarray(norm.beta)
    return scale.astype(np.float32), offset.astype(np.float32)


def _weights(layer: Any, norm: Any | None) -> list[Any]:
    """The weights of the copy of `layer`, with the scale and offset of `norm`, which follows it, folded in."""
    if _is_norm(layer):
        scale, offset = _affine(layer)
        return [scale.reshape(1, 1, -1, 1), offset]
    weights: list[Any] = layer.get_weights()
    if norm is None:
        return weights
    scale, offset = _affine(norm)
    if layer.use_bias:
        offset = offset + weights.pop() * scale
    *first, kernel = weights
    is_depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)  # (h, w, C, multiplier): each output has its scale
    return [*first, kernel * (scale.reshape(kernel.shape[2:]) if is_depthwise else scale), offset]
