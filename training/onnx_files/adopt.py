"""From the ONNX graph of a model made elsewhere to the graph that the contract asks for."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
from onnx import ModelProto, NodeProto, TensorProto, compose, helper, numpy_helper

from app.model.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from app.model.onnx_session import ORT_ERRORS
from app.teach.onnx_graph import drop_unused, rename_value, values_read
from training.onnx_files.foreign_output import ForeignOutput
from training.onnx_files.graph_values import constants_of, inputs_of
from training.onnx_files.import_choices import Facts
from training.onnx_files.in_turn import IMAGES, run_in_turn
from training.onnx_files.scaling import SCALINGS

_PREFIX = "original/"
_OWN = "imported/"
_LINEAR = {"Gemm", "MatMul", "Conv"}
# What may stand between the last linear layer and the answers.
_AFTER_LINEAR = {
    *("Softmax", "LogSoftmax", "Sigmoid", "Add", "Sub", "Mul", "Div"),
    *("Reshape", "Flatten", "Squeeze", "Identity", "Cast", "Dropout"),
}


@dataclass(frozen=True)
class Adopted:
    """A model made elsewhere, as one of this project.

    Attributes:
        model: keeps the contract.
        embedding: how many numbers it is of; None where the probabilities stand in its place.
        was_single: the original takes one image at a time.
    """

    model: ModelProto
    embedding: int | None
    was_single: bool


def adopt(
    original: ModelProto,
    facts: Facts,
    output: ForeignOutput,
    contract: ModelContract,
    sample: npt.NDArray[Any],
    in_turn: bool,
) -> Adopted:
    """Puts the contract's input before a graph and the contract's outputs behind it.

    Args:
        original: the graph.
        facts: what it takes.
        output: what it answers.
        contract: becomes its metadata.
        sample: one image as the original takes it, to find the size of the embedding.
        in_turn: of several images, the graph is to see one after another; else all at once.
    """
    model = compose.add_prefix(original, _PREFIX)
    graph = model.graph
    value = inputs_of(graph)[0]
    taken, answer = value.name, graph.output[output.position].name
    was_single = value.type.tensor_type.shape.dim[0].dim_value == 1
    dynamic = _reachable(graph, taken)
    if was_single and not in_turn:
        _free_batch(graph, dynamic)
    seen = _seen_by_the_last_linear_layer(graph, answer, dynamic)
    vector = _one_vector(model, taken, seen, sample) if seen else None
    width, seen = (vector.size, seen) if vector is not None else (None, None)
    if in_turn:
        answer, *seen_too = run_in_turn(graph, [answer, seen] if seen else [answer])
        taken, seen = IMAGES, seen_too[0] if seen_too else None
    elif seen and vector is not None and vector.ndim == 2 and vector.dtype == np.float32:
        rename_value(model, seen, EMBEDDING_NAME)  # the last layer reads it itself: teaching looks for it there
        seen = EMBEDDING_NAME

    before, arrays = _to_input(facts, taken)
    behind, more_arrays = _to_probs(output, answer)
    nodes = [*before, *graph.node, *behind, *_to_embedding(seen)]
    del graph.node[:], graph.input[:], graph.output[:], graph.value_info[:]
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in (arrays | more_arrays).items())
    size, classes = contract.input.size, len(contract.labels)
    graph.input.append(helper.make_tensor_value_info(INPUT_NAME, TensorProto.UINT8, ["N", size, size, 3]))
    for name, columns in ((PROBS_NAME, classes), (EMBEDDING_NAME, width or classes)):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", columns]))
    drop_unused(model)
    del model.metadata_props[:]
    helper.set_model_props(model, contract.to_metadata())
    return Adopted(model, width, was_single)


def _reachable(graph: onnx.GraphProto, start: str) -> set[str]:
    """The values that depend on the input."""
    found = {start}
    for node in graph.node:
        if found & set(values_read(node)):
            found |= set(node.output)
    return found


def _free_batch(graph: onnx.GraphProto, dynamic: set[str]) -> None:
    """Lets shapes that were written down for one image hold for N: `Reshape` takes 0 for the size that is there."""
    constants = constants_of(graph)
    for node in graph.node:
        shape = constants.get(node.input[1]) if node.op_type == "Reshape" else None
        if shape is None or node.input[0] not in dynamic or len(shape) < 2 or shape[0] != 1:
            continue
        name = f"{_OWN}{node.output[0]}_shape"
        graph.initializer.append(numpy_helper.from_array(np.array([0, *shape[1:]], np.int64), name))
        node.input[1] = name
        del node.attribute[:]  # allowzero, with which 0 would mean none


def _seen_by_the_last_linear_layer(graph: onnx.GraphProto, answer: str, dynamic: set[str]) -> str | None:
    """The value that the layer takes which makes the answers; None where there is none that is linear."""
    makers = {name: node for node in graph.node for name in node.output}
    while answer in makers:
        node = makers[answer]
        sources = [name for name in node.input if name in dynamic]
        if len(sources) != 1:
            return None
        if node.op_type in _LINEAR:
            return str(sources[0])
        if node.op_type not in _AFTER_LINEAR:
            return None
        answer = sources[0]
    return None


def _one_vector(model: ModelProto, taken: str, value: str, sample: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """What a value is of one image; None for one that is no vector, but a map or a row of them."""
    probe = ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.append(helper.make_empty_tensor_value_info(value))
    try:
        session = ort.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
        found = np.asarray(session.run([value], {taken: sample})[0])
    except ORT_ERRORS:
        return None
    return found if found.ndim >= 2 and len(found) == 1 and max(found.shape) == found.size else None


def _to_input(facts: Facts, taken: str) -> tuple[list[NodeProto], dict[str, npt.NDArray[Any]]]:
    """From `frames` to the original's input."""
    scaling = SCALINGS[facts.scaling]
    arrays: dict[str, npt.NDArray[Any]] = {}
    steps: list[tuple[str, list[str], dict[str, Any]]] = []
    if scaling.is_bgr:
        arrays[f"{_OWN}bgr"] = np.array([2, 1, 0], np.int64)
        steps.append(("Gather", [f"{_OWN}bgr"], {"axis": 3}))
    if facts.dtype != np.uint8:
        steps.append(("Cast", [], {"to": TensorProto.FLOAT}))
    if facts.scaling != "none":
        arrays[f"{_OWN}factor"] = np.array(scaling.factor, np.float32)
        arrays[f"{_OWN}offset"] = np.array(scaling.offset, np.float32)
        steps += [("Mul", [f"{_OWN}factor"], {}), ("Add", [f"{_OWN}offset"], {})]
    if facts.layout == "NCHW":
        steps.append(("Transpose", [], {"perm": [0, 3, 1, 2]}))
    if facts.dtype == np.float16:
        steps.append(("Cast", [], {"to": TensorProto.FLOAT16}))
    return _chain(INPUT_NAME, [*steps, ("Identity", [], {})], taken), arrays


def _to_probs(output: ForeignOutput, answer: str) -> tuple[list[NodeProto], dict[str, npt.NDArray[Any]]]:
    """From the original's answers, (N, K) or (N, K, 1, 1), or of one number for two classes, to `probs`."""
    nodes = _chain(answer, [("Flatten", [], {"axis": 1}), ("Cast", [], {"to": TensorProto.FLOAT})], f"{_OWN}answer")
    pair, arrays = f"{_OWN}answer", {}
    if output.is_single:
        arrays = {f"{_OWN}one": np.array(1 if output.is_probs else 0, np.float32)}
        other = helper.make_node("Sub", [f"{_OWN}one", f"{_OWN}answer"], [f"{_OWN}one_less"])
        if not output.is_probs:
            other = helper.make_node("Mul", [f"{_OWN}answer", f"{_OWN}one"], [f"{_OWN}one_less"])
        pair = f"{_OWN}pair"
        nodes += [other, helper.make_node("Concat", [f"{_OWN}one_less", f"{_OWN}answer"], [pair], axis=1)]
    last = ("Identity", [pair], {}) if output.is_probs else ("Softmax", [pair], {"axis": -1})
    return [*nodes, helper.make_node(last[0], last[1], [PROBS_NAME], **last[2])], arrays


def _to_embedding(seen: str | None) -> list[NodeProto]:
    if seen is None:
        return [helper.make_node("Identity", [PROBS_NAME], [EMBEDDING_NAME])]
    if seen == EMBEDDING_NAME:
        return []
    return _chain(seen, [("Flatten", [], {"axis": 1}), ("Cast", [], {"to": TensorProto.FLOAT})], EMBEDDING_NAME)


def _chain(start: str, steps: list[tuple[str, list[str], dict[str, Any]]], end: str) -> list[NodeProto]:
    """One node after another, from the value `start` to the value `end`; the first input of each is the one before."""
    nodes = []
    for position, (kind, others, attributes) in enumerate(steps):
        made = end if position == len(steps) - 1 else f"{_OWN}{end}{position}"
        nodes.append(helper.make_node(kind, [start, *others], [made], name=f"{_OWN}{kind}_{made}", **attributes))
        start = made
    return nodes
