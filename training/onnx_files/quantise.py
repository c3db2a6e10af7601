"""An fp32 ONNX graph as int8: static quantisation in QDQ form, measured against the fp32 graph before it is published.

Weights are int8 by output channel, activations uint8 by tensor. All 8 bits are used: on x86 processors without VNNI the
sums of such products overflow unless a session sets `session.x64quantprecision`, but 7 bits cost MobileNetV2 5 points.
Calibrated by the smallest and largest values: what percentiles or entropy gain on it is within chance.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import GraphProto, ModelProto, helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from app.arrays import Float32s, Images
from app.errors import ModelError
from app.model.contract import INPUT_NAME, PROBS_NAME
from app.text import counted
from training.data.dataset import Sample
from training.onnx_files.int8_comparison import Comparison, compare

MAX_LOSS = 0.005  # of validation accuracy
FLOAT_LAYERS = (0, 8, 16, 24)  # convolutions left in fp32, tried in this order
_RANKING_IMAGES = 32
_ACTIVATIONS = {"Clip", "Relu"}
_POOLINGS = {"GlobalAveragePool", "ReduceMean"}
_PREPARED = {"onnx.quant.pre_process": "onnxruntime.quant"}  # or quantize_static advises to do what `_fold` has done


def quantise(
    fp32: Path, images: Images, validation: Sequence[Sample], scratch: Path, max_loss: float = MAX_LOSS
) -> tuple[ModelProto, Comparison]:
    """Makes the smallest int8 form of a verified model that keeps its validation accuracy.

    Args:
        fp32: the model.
        images: to calibrate on, RGB uint8 (n, S, S, 3) as `prepare` makes them, of all classes.
        validation: labelled images, to compare on.
        scratch: an existing folder for what is tried.
        max_loss: of accuracy, 0..1.

    Returns:
        The graph, with the metadata of `fp32`, and the comparison of both.

    Raises:
        ModelError: every form loses more than `max_loss`.
    """
    quantiser = Quantiser(fp32, images, scratch)
    for floats in FLOAT_LAYERS:
        if floats and floats >= len(quantiser.layers):
            break
        target = scratch / f"int8-{floats}.onnx"
        quantiser.write(target, floats)
        comparison = compare(fp32, target, validation, floats)
        if comparison.loss <= max_loss:
            return onnx.load(target), comparison
    before, after = comparison.accuracy
    raise ModelError(
        f"not exported: int8 has {after:.1%} of {counted(comparison.images, 'validation image')} right, fp32 "
        f"{before:.1%}; at most {100 * max_loss:g} points may be lost; export without --int8"
    )


class Quantiser:
    """One graph, calibrated once, quantised as often as needed.

    Attributes:
        layers: for each convolution the names of its nodes, see `_layers`.
    """

    def __init__(self, fp32: Path, images: Images, scratch: Path) -> None:
        """Prepares the graph; calibration takes place with the first `write`.

        Args:
            fp32: the model.
            images: to calibrate on, RGB uint8 (n, S, S, 3).
            scratch: an existing folder for what is tried.
        """
        self._folded, self._images = scratch / "folded.onnx", images
        self._ranges, self._trial = scratch / "ranges.json", scratch / "trial.onnx"
        self._metadata = {prop.key: prop.value for prop in onnx.load(fp32).metadata_props}
        graph = _fold(fp32, self._folded)
        self._edges = _edges(graph)
        self.layers = _layers(graph)
        self._ranking: list[list[str]] = []

    def write(self, target: Path, floats: int) -> None:
        """Quantises all of the graph except its edges and the layers whose rounding costs most.

        Args:
            target: the file to write.
            floats: how many layers stay in fp32.
        """
        if floats and not self._ranking:
            self._ranking = self._ranked()
        kept = itertools.chain(self._edges, *self._ranking[:floats])
        self._quantise(target, nodes_to_exclude=list(kept))
        model = onnx.load(target)
        helper.set_model_props(model, self._metadata)
        onnx.save(model, target)

    def _ranked(self) -> list[list[str]]:
        """The layers by how much quantising each alone changes the probabilities, the worst first."""
        images = self._images[:: max(1, len(self._images) // _RANKING_IMAGES)]
        exact = _probs(self._folded, images)
        noise = []
        for layer in self.layers:
            self._quantise(self._trial, nodes_to_quantize=layer)
            noise.append(float(np.abs(_probs(self._trial, images) - exact).mean()))
        return [self.layers[position] for position in np.argsort(noise)[::-1]]

    def _quantise(self, target: Path, **nodes: list[str]) -> None:
        quantize_static(
            self._folded,
            target,
            _Reader(self._images),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            calibration_cache_path=self._ranges,
            **nodes,
        )


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    """Hands out images one by one, as ONNX Runtime wants them."""

    def __init__(self, images: Images) -> None:
        self._images = iter(images)

    def get_next(self) -> dict[str, Images] | None:
        image = next(self._images, None)
        return None if image is None else {INPUT_NAME: image[None]}


def _fold(fp32: Path, folded: Path) -> GraphProto:
    """Folds batch norm and constants into the convolutions; each of them would be rounded by itself otherwise."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    ort.InferenceSession(str(fp32), options, providers=["CPUExecutionProvider"])
    model = onnx.load(folded)
    used = {node.domain for node in model.graph.node}
    opsets = [opset for opset in model.opset_import if opset.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(opsets)
    for number, node in enumerate(model.graph.node):
        node.name = node.name or f"{node.op_type}-{number}"  # nodes are quantised, or not, by name
    helper.set_model_props(model, _PREPARED)
    onnx.save(model, folded)
    return model.graph


def _edges(graph: GraphProto) -> list[str]:
    """The nodes before the first convolution and from the last pooling on: cheap, and rounding costs most there."""
    kinds = [node.op_type for node in graph.node]
    first = kinds.index("Conv") if "Conv" in kinds else 0
    last = max((position for position, kind in enumerate(kinds) if kind in _POOLINGS), default=len(kinds))
    return [node.name for node in (*graph.node[:first], *graph.node[last:])]


def _layers(graph: GraphProto) -> list[list[str]]:
    """The names of every convolution and of the activation that it is fused with: rounded as one or not at all."""
    after = {name: node for node in graph.node if node.op_type in _ACTIVATIONS for name in node.input[:1]}
    layers = []
    for node in graph.node:
        if node.op_type == "Conv":
            activation = after.get(node.output[0])
            layers.append([node.name] + ([activation.name] if activation is not None else []))
    return layers


def _probs(model: Path, images: Images) -> Float32s:
    options = ort.SessionOptions()
    options.log_severity_level = 4  # errors arrive as exceptions
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run([PROBS_NAME], {INPUT_NAME: image[None]})[0] for image in images])
