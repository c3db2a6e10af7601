"""An exported ONNX graph, cut in two at the pooling that makes its features."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

from app.errors import ConfigError
from app.model.contract import CUES_NAME, PROBS_NAME
from app.teach.onnx_graph import drop_unused

_BEFORE_PROBS = {"Identity", "QuantizeLinear", "DequantizeLinear", "Mul"}  # a rejection multiplies the softmax


@dataclass(frozen=True, kw_only=True)
class Halves:
    """Two serialised models that make the whole, and the names of the values between them.

    Attributes:
        features: frames -> `probs`, `activation` and `pooled`.
        head: `pooled` -> `logits`.
        activation: the map before the pooling, of rank 4.
        pooled: what the pooling makes of it.
        logits: (N, K), before the softmax.
        channels_last: the map is (N, H, W, C), else (N, C, H, W).
    """

    features: bytes
    head: bytes
    activation: str
    pooled: str
    logits: str
    channels_last: bool


def cut_at_pooling(path: Path) -> Halves:
    """Cuts an exported model, fp32 or quantised (QDQ), whatever is between its pooling and its logits.

    In the head, activations are not rounded: a quantised one is a staircase, without a slope.

    Raises:
        ConfigError: the graph does not pool over the image before its softmax.
    """
    model = _without_cues(onnx.load(path))
    makers = {name: node for node in model.graph.node for name in node.output}
    softmax = _softmax(makers)
    pooling = None if softmax is None else _last_pooling(model.graph, makers, softmax.input[0])
    if softmax is None or pooling is None or _sees_more(model, makers, pooling.output[0], softmax.input[0]):
        raise ConfigError(
            f"{path}: cannot be explained; expected global average pooling, then a head, then a softmax (Grad-CAM)"
        )
    logits, activation, pooled = softmax.input[0], pooling.input[0], pooling.output[0]
    features = _with_outputs(model, [PROBS_NAME, activation, pooled])
    drop_unused(features)  # such as an embedding that joins a whole batch with the cues of one
    return Halves(
        features=features.SerializeToString(),
        head=_head(model, makers, pooled, logits).SerializeToString(),
        activation=activation,
        pooled=pooled,
        logits=logits,
        channels_last=_axes(model.graph, pooling) == {1, 2},
    )


def _sees_more(model: ModelProto, makers: dict[str, NodeProto], pooled: str, logits: str) -> bool:
    """Whether the logits depend on the frames by another way than the pooling, as of a taught model's two networks."""
    inputs = {value.name for value in model.graph.input}
    return any(inputs & set(node.input) for node in _ancestors(model.graph, makers, logits, stop=[pooled]))


def _without_cues(model: ModelProto) -> ModelProto:
    """Fixes the cues at zero, which means that nobody looked: only what the network sees of the image is explained."""
    graph = model.graph
    for value in [value for value in graph.input if value.name == CUES_NAME]:
        count = value.type.tensor_type.shape.dim[-1].dim_value
        graph.input.remove(value)
        graph.initializer.append(numpy_helper.from_array(np.zeros((1, count), np.float32), CUES_NAME))
    return model


def _softmax(makers: dict[str, NodeProto]) -> NodeProto | None:
    node = makers.get(PROBS_NAME)
    while node is not None and node.op_type in _BEFORE_PROBS:
        node = makers.get(node.input[0])
    return node if node is not None and node.op_type == "Softmax" else None


def _last_pooling(graph: GraphProto, makers: dict[str, NodeProto], logits: str) -> NodeProto | None:
    """The last pooling before the logits: squeeze-and-excitation blocks pool as well, but earlier."""
    found = None
    for node in _ancestors(graph, makers, logits):
        if node.op_type == "GlobalAveragePool" or (
            node.op_type == "ReduceMean" and _axes(graph, node) in ({1, 2}, {2, 3})
        ):
            found = node
    return found


def _axes(graph: GraphProto, pooling: NodeProto) -> set[int]:
    """The axes of the map that are averaged: an attribute until opset 17, an input after it."""
    if pooling.op_type == "GlobalAveragePool":
        return {2, 3}
    for attribute in pooling.attribute:
        if attribute.name == "axes":
            return {axis % 4 for axis in attribute.ints}
    for tensor in graph.initializer:
        if len(pooling.input) > 1 and tensor.name == pooling.input[1]:
            return {int(axis) % 4 for axis in numpy_helper.to_array(tensor)}
    return set()


def _ancestors(
    graph: GraphProto, makers: dict[str, NodeProto], target: str, stop: Sequence[str] = ()
) -> Iterator[NodeProto]:
    """The nodes that `target` depends on, in the graph's order, without those that only make a value in `stop`."""
    needed, waiting = set(stop), [target]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += makers[name].input if name in makers else ()
    reached = needed - set(stop)
    return (node for node in graph.node if reached & set(node.output))


def _with_outputs(model: ModelProto, names: Sequence[str]) -> ModelProto:
    copy = ModelProto()
    copy.CopyFrom(model)
    kept = {value.name: value for value in model.graph.output}
    del copy.graph.output[:]
    copy.graph.output.extend(kept.get(name) or _unshaped(name) for name in names)
    return copy


def _head(model: ModelProto, makers: dict[str, NodeProto], pooled: str, logits: str) -> ModelProto:
    nodes = [_unrounded(node, makers) for node in _ancestors(model.graph, makers, logits, stop=[pooled])]
    used = {name for node in nodes for name in node.input}
    weights = [tensor for tensor in model.graph.initializer if tensor.name in used]
    graph = helper.make_graph(nodes, "head", [_unshaped(pooled)], [_unshaped(logits)], weights)
    return helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)


def _unrounded(node: NodeProto, makers: dict[str, NodeProto]) -> NodeProto:
    """The node itself; for one that dequantises an activation, one that passes on what was quantised."""
    maker = makers.get(node.input[0]) if node.op_type == "DequantizeLinear" else None
    if maker is None or maker.op_type != "QuantizeLinear":
        return node
    return helper.make_node("Identity", maker.input[:1], node.output)


def _unshaped(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
