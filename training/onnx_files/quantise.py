"""An fp32 ONNX graph as int8: static quantisation in QDQ form, measured against the fp32 graph before it is published.

Weights are int8 by output channel, activations uint8 by tensor. All 8 bits are used: on x86 processors without VNNI the
sums of such products overflow unless a session sets `session.x64quantprecision`, but 7 bits cost MobileNetV2 5 points.
Calibrated by the smallest and largest values: what percentiles or entropy gain on it lies within chance.
"""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import GraphProto, ModelProto, helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from app.arrays import Image
from app.errors import ModelError
from app.model.classifier import Classifier
from app.model.contract import INPUT_NAME, PROBS_NAME
from training.data.dataset import Sample
from training.data.decode import prepared_chunks

MAX_LOSS = 0.005  # of validation accuracy
FLOAT_LAYERS = (0, 8, 16, 24)  # convolutions left in fp32, tried in this order
_RANKING_PICTURES = 32
_RUNS = 50
_ACTIVATIONS = {"Clip", "Relu"}
_POOLINGS = {"GlobalAveragePool", "ReduceMean"}
_PREPARED = {"onnx.quant.pre_process": "onnxruntime.quant"}  # or quantize_static advises to do what `_fold` has done

Pictures = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """fp32 and int8 on the same validation pictures and this machine.

    accuracy, agreement (same answer): 0..1. mb: file size, 1e6 bytes. latency_ms: median of one picture, one thread.
    float_layers: how many convolutions stayed in fp32.
    """

    images: int
    accuracy: tuple[float, float]
    agreement: float
    mb: tuple[float, float]
    latency_ms: tuple[float, float]
    float_layers: int

    @property
    def loss(self) -> float:
        """Of accuracy, 0..1; negative when int8 is the better one."""
        return self.accuracy[0] - self.accuracy[1]

    def to_json(self) -> dict[str, Any]:
        """For the metadata: what concerns one of the models under its name."""
        pairs = {"accuracy": (self.accuracy, 4), "mb": (self.mb, 2), "latency_ms": (self.latency_ms, 2)}
        models = {
            name: {key: round(values[position], digits) for key, (values, digits) in pairs.items()}
            for position, name in enumerate(("fp32", "int8"))
        }
        agreement = round(self.agreement, 4)
        return {"images": self.images, "agreement": agreement, "float_layers": self.float_layers, **models}

    def __str__(self) -> str:
        lines = [
            f"{name}: validation accuracy {accuracy:.2%}, {mb:.1f} MB, {latency_ms:.1f} ms a picture"
            for name, accuracy, mb, latency_ms in zip(
                ("fp32", "int8"), self.accuracy, self.mb, self.latency_ms, strict=True
            )
        ]
        kept = f"; {self.float_layers} convolutions stay fp32" if self.float_layers else ""
        return "\n".join(lines) + f"\nthe same answer for {self.agreement:.1%} of {self.images} pictures{kept}"


def quantise(
    fp32: Path, pictures: Pictures, validation: Sequence[Sample], scratch: Path, max_loss: float = MAX_LOSS
) -> tuple[ModelProto, Comparison]:
    """The smallest int8 form of a verified model that keeps its validation accuracy, without metadata of its own.

    pictures: for calibration, RGB uint8 (n, S, S, 3) as `prepare` makes them, of all classes. scratch: an existing
    folder for what is tried. Raises ModelError when every form loses more than `max_loss` (0..1).
    """
    quantiser = Quantiser(fp32, pictures, scratch)
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
        f"not exported: int8 has {after:.1%} of {comparison.images} validation pictures right, fp32 {before:.1%}; "
        f"at most {100 * max_loss:g} points may be lost; export without --int8"
    )


def compare(fp32: Path, int8: Path, validation: Sequence[Sample], float_layers: int = 0) -> Comparison:
    """Both models on the readable ones of the labelled samples. Raises ModelError when there is none."""
    models = [Classifier(path) for path in (fp32, int8)]
    contract = models[0].contract
    answers: list[list[npt.NDArray[np.int64]]] = [[], []]
    truth: list[int] = []
    for chunk, pictures in prepared_chunks(validation, contract.input):
        if chunk:
            truth += [contract.labels.index(sample.label) for sample in chunk]
            for model, own in zip(models, answers, strict=True):
                own.append(model.predict(pictures).probs.argmax(axis=1))
    if not truth:
        raise ModelError("not exported: int8 is judged on the validation pictures, and none of them can be read")
    first, second = (np.concatenate(own) for own in answers)
    latency = _latency_ms(models, np.zeros((1, contract.input.size, contract.input.size, 3), np.uint8))
    return Comparison(
        images=len(truth),
        accuracy=(float((first == truth).mean()), float((second == truth).mean())),
        agreement=float((first == second).mean()),
        mb=(fp32.stat().st_size / 1e6, int8.stat().st_size / 1e6),
        latency_ms=latency,
        float_layers=float_layers,
    )


class Quantiser:
    """One graph, calibrated once, quantised as often as needed."""

    def __init__(self, fp32: Path, pictures: Pictures, scratch: Path) -> None:
        self._folded, self._pictures = scratch / "folded.onnx", pictures
        self._ranges, self._trial = scratch / "ranges.json", scratch / "trial.onnx"
        self._metadata = {prop.key: prop.value for prop in onnx.load(fp32).metadata_props}
        graph = _fold(fp32, self._folded)
        self._edges = _edges(graph)
        self.layers = _layers(graph)
        self._ranking: list[list[str]] = []

    def write(self, target: Path, floats: int) -> None:
        """All of the graph but its edges and the `floats` layers whose rounding costs most."""
        if floats and not self._ranking:
            self._ranking = self._ranked()
        kept = itertools.chain(self._edges, *self._ranking[:floats])
        self._quantise(target, nodes_to_exclude=list(kept))
        model = onnx.load(target)
        helper.set_model_props(model, self._metadata)
        onnx.save(model, target)

    def _ranked(self) -> list[list[str]]:
        """The layers by what quantising each alone does to the probabilities, the worst first."""
        pictures = self._pictures[:: max(1, len(self._pictures) // _RANKING_PICTURES)]
        exact = _probs(self._folded, pictures)
        noise = []
        for layer in self.layers:
            self._quantise(self._trial, nodes_to_quantize=layer)
            noise.append(float(np.abs(_probs(self._trial, pictures) - exact).mean()))
        return [self.layers[position] for position in np.argsort(noise)[::-1]]

    def _quantise(self, target: Path, **nodes: list[str]) -> None:
        quantize_static(
            self._folded,
            target,
            _Reader(self._pictures),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            calibration_cache_path=self._ranges,
            **nodes,
        )


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, pictures: Pictures) -> None:
        self._pictures = iter(pictures)

    def get_next(self) -> dict[str, Image] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {INPUT_NAME: picture[None]}


def _fold(fp32: Path, folded: Path) -> GraphProto:
    """Batch norm and constants folded into the convolutions, or each of them would be rounded by itself."""
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


def _probs(model: Path, pictures: Pictures) -> Floats:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run([PROBS_NAME], {INPUT_NAME: picture[None]})[0] for picture in pictures])


def _latency_ms(models: Sequence[Classifier], picture: Pictures) -> tuple[float, float]:
    """Medians of runs that take turns, so that whatever else the machine does falls on all alike."""
    times: list[list[float]] = [[] for _ in models]
    for _ in range(_RUNS):
        for model, own in zip(models, times, strict=True):
            start = time.perf_counter()
            model.predict(picture)
            own.append(time.perf_counter() - start)
    first, second = (1e3 * float(np.median(own)) for own in times)
    return first, second
