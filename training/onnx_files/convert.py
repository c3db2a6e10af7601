"""From a trained Keras model to the ONNX graph that the contract asks for."""

import logging
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from app.model.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from app.teach.head import Head
from training.networks.model import LOGITS_NAME, without_xla

OPSET = 17


def publishable(model: Any, size: int, temperature: float, mirror: bool = False, rejection: Head | None = None) -> Any:
    """Adds what the app needs to a trained model: the temperature, the softmax, and the embedding as an output.

    Args:
        model: of training.networks.model, frames -> logits.
        size: S, px.
        temperature: divides the logits.
        mirror: the embedding is the mean of those of each image and of its mirror image, which a network that learnt
            from mirrored images still tells apart: more often right, in twice the time.
        rejection: of training.run_folder; takes from the probabilities what belongs to none of the classes.

    Returns:
        A keras.Model: frames (N, S, S, 3) -> [probs (N, K), embedding (N, D)], the latter what the last layer sees.
    """
    features = keras.Model(model.input, model.get_layer(EMBEDDING_NAME).output)
    embedding = _mirrored(features, size) if mirror else features
    frames = keras.Input((size, size, 3), dtype="uint8", name=INPUT_NAME)
    seen = embedding(frames)
    tempered = keras.layers.Rescaling(1 / temperature, name="temperature")(model.get_layer(LOGITS_NAME)(seen))
    probs = keras.layers.Softmax(name=PROBS_NAME)(tempered)
    if rejection is not None:
        probs = keras.layers.Multiply(name="known_probs")([probs, _known(seen, rejection)])
    return without_xla(keras.Model(frames, [probs, seen], name="published"))


def convert(model: Any, contract: ModelContract) -> onnx.ModelProto:
    """Converts what `publishable` made.

    Returns:
        The ONNX model, with the contract's names, a free batch dimension and the metadata.
    """
    graph = to_onnx(model, contract.input.size, (PROBS_NAME, EMBEDDING_NAME))
    for value in (*graph.graph.input, *graph.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    onnx.helper.set_model_props(graph, contract.to_metadata())
    onnx.checker.check_model(graph)
    return graph


def to_onnx(model: Any, size: int | None, outputs: Sequence[str]) -> onnx.ModelProto:
    """Converts a Keras model that takes uint8 RGB frames.

    Args:
        model: without XLA.
        size: S of its input (N, S, S, 3); None: any.
        outputs: their names, in the model's order.
    """
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    signature = [tf.TensorSpec((None, size, size, 3), tf.uint8, name=INPUT_NAME)]
    graph, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)
    for position, name in enumerate(outputs):
        _rename(graph.graph, graph.graph.output[position].name, name)
    return graph


def _known(embedding: Any, rejection: Head) -> Any:
    """Keras values (N, 1): what is left for the classes; the formula is in app.teach.rejection."""
    features = keras.ops.sqrt(keras.ops.relu(embedding))
    layer = keras.layers.Dense(len(rejection.bias), activation="softmax", name="known_or_none")
    of_classes_and_none = layer(features)
    layer.set_weights([rejection.weights, rejection.bias])
    return 1 - of_classes_and_none[:, -1:]


def _mirrored(features: Any, size: int) -> Any:
    """As one batch of 2 N images, so that the network stands in the graph once."""
    frames = keras.Input((size, size, 3), dtype="uint8")
    mirror_image = keras.ops.take(frames, np.arange(size)[::-1].copy(), axis=2)
    both = features(keras.ops.concatenate([frames, mirror_image], axis=0))
    pairs = keras.ops.reshape(both, (2, -1, both.shape[-1]))
    return keras.Model(frames, keras.ops.mean(pairs, axis=0))


def _rename(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Gives a value another name, wherever it is made or used."""
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
    for value in (*graph.output, *graph.value_info):
        if value.name == old:
            value.name = new
