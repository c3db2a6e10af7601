"""The last layer of an ONNX model, replaced by another head on its embedding."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from app.errors import ModelError
from app.model.contract import EMBEDDING_NAME, PROBS_NAME, ModelContract
from app.teach.head import Floats, Head

_PREFIX = "taught"


@dataclass(frozen=True, eq=False)
class NewHead:
    """head: on `spread` embeddings, its temperature within. kept: how many of its outputs, the first ones, are old
    classes; 0 when none is kept. merge: (outputs, K), the class that each is of, as a 1."""

    head: Head
    kept: int
    merge: Floats


def with_head(model: ModelProto, new: NewHead, contract: ModelContract, extra: dict[str, str]) -> ModelProto:
    """A copy whose `probs` come from the new head; the network before the embedding is the same, bit by bit.

    Where old classes are kept, theirs are the old head's probabilities times what the new head gives all of them.
    extra: more metadata beside the contract's. Raises ModelError for a graph without an embedding of its own.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    _check(copy)
    taught = sum(name.startswith(_PREFIX) for node in graph.node for name in node.output)
    prefix = f"{_PREFIX}{taught}_"  # a taught model may be taught again
    old = f"{prefix}old_probs"
    for node in graph.node:
        node.input[:] = [old if name == PROBS_NAME else name for name in node.input]
        node.output[:] = [old if name == PROBS_NAME else name for name in node.output]
    arrays, nodes = _layer(new, prefix, old)
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
    for value in graph.output:
        if value.name == PROBS_NAME:
            value.CopyFrom(helper.make_tensor_value_info(PROBS_NAME, TensorProto.FLOAT, ["N", len(contract.labels)]))
    del graph.value_info[:]
    _drop_unused(copy)
    helper.set_model_props(copy, {**contract.to_metadata(), **extra})
    checker.check_model(copy)
    return copy


def weight_rows(model: ModelProto, size: int, embedding: str = EMBEDDING_NAME) -> npt.NDArray[np.float32] | None:
    """(K, D): for every old class the weights of its logit; None where the layer on the embedding is not linear."""
    arrays = {tensor.name: tensor for tensor in model.graph.initializer}
    makers = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        if node.op_type in ("Gemm", "MatMul") and embedding in node.input[:1]:
            name = node.input[1]
            while name not in arrays and name in makers and makers[name].op_type == "Cast":
                name = makers[name].input[0]
            if name in arrays:
                matrix = numpy_helper.to_array(arrays[name]).astype(np.float32)
                turned = any(item.name == "transB" and item.i for item in node.attribute)
                matrix = matrix if turned else matrix.T
                return matrix if matrix.ndim == 2 and matrix.shape[1] == size else None
    return None


def _layer(new: NewHead, prefix: str, old: str) -> tuple[dict[str, npt.NDArray[np.generic]], list[NodeProto]]:
    weights, bias = (array.astype(np.float32) for array in (new.head.weights, new.head.bias))
    arrays: dict[str, npt.NDArray[np.generic]] = {f"{prefix}weights": weights, f"{prefix}bias": bias}
    gate = f"{prefix}gate" if new.kept else PROBS_NAME
    steps: list[tuple[str, list[str], list[str]]] = [
        ("Relu", [EMBEDDING_NAME], [f"{prefix}positive"]),
        ("Sqrt", [f"{prefix}positive"], [f"{prefix}features"]),
        ("Gemm", [f"{prefix}features", f"{prefix}weights", f"{prefix}bias"], [f"{prefix}logits"]),
        ("Softmax", [f"{prefix}logits"], [gate]),
    ]
    if new.kept:
        merged = new.merge.shape[0] > new.merge.shape[1]
        joined = f"{prefix}joined" if merged else PROBS_NAME
        arrays[f"{prefix}parts"] = np.array([new.kept, len(bias) - new.kept], np.int64)
        arrays[f"{prefix}axis"] = np.array([1], np.int64)
        steps += [
            ("Split", [gate, f"{prefix}parts"], [f"{prefix}parts_old", f"{prefix}new"]),
            ("ReduceSum", [f"{prefix}parts_old", f"{prefix}axis"], [f"{prefix}is_old"]),
            ("Mul", [old, f"{prefix}is_old"], [f"{prefix}old"]),
            ("Concat", [f"{prefix}old", f"{prefix}new"], [joined]),
        ]
        if merged:
            arrays[f"{prefix}merge"] = new.merge.astype(np.float32)
            steps.append(("MatMul", [joined, f"{prefix}merge"], [PROBS_NAME]))
    axes = {"Softmax": -1, "Split": 1, "Concat": 1}
    nodes = []
    for kind, inputs, outputs in steps:
        attributes = {"axis": axes[kind]} if kind in axes else {}
        nodes.append(helper.make_node(kind, inputs, outputs, name=f"{prefix}{kind}_{outputs[0]}", **attributes))
    return arrays, nodes


def _check(model: ModelProto) -> None:
    made = {name for node in model.graph.node for name in node.output}
    if not {PROBS_NAME, EMBEDDING_NAME} <= made:
        raise ModelError("cannot be taught: its graph makes no probs and embedding; export it with this project")
    version = max((opset.version for opset in model.opset_import if opset.domain == ""), default=0)
    if version < 13:
        raise ModelError(f"cannot be taught: expected ONNX opset 13 or more, got {version}; export it anew")


def _drop_unused(model: ModelProto) -> None:
    """The old head, where nothing asks for it any more."""
    graph = model.graph
    needed = {value.name for value in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed & set(node.output):
            kept.append(node)
            needed |= set(node.input)
    kept.reverse()
    weights = [tensor for tensor in graph.initializer if tensor.name in needed]
    graph.ClearField("node")
    graph.node.extend(kept)
    graph.ClearField("initializer")
    graph.initializer.extend(weights)
