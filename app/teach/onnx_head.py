"""The last layer of an ONNX model, replaced by another head on its embedding."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from app.arrays import Float32s, Float64s
from app.errors import ModelError
from app.model.contract import EMBEDDING_NAME, PROBS_NAME, ModelContract
from app.teach.head import Head
from app.teach.onnx_graph import check_outputs, drop_unused, rename_value

_PREFIX = "taught"
_AXES = {"Softmax": -1, "Split": 1, "Concat": 1}  # of the ONNX operators that have one
_MIN_OPSET = 13  # from then on Split and ReduceSum take their sizes and axes as inputs

Arrays = dict[str, npt.NDArray[np.generic]]
Step = tuple[str, list[str], list[str]]  # operator, inputs, outputs


@dataclass(frozen=True, eq=False)
class NewHead:
    """A head as it goes into the graph.

    Attributes:
        head: on power-normalised embeddings, its temperature within.
        kept: K, how many of its outputs, the first ones, are old classes; 0 when none is kept.
        merge: (outputs, C), a 1 in each row, at the class of the output.
        rejection: a head of one more output, the last one, for none of the classes; None: there is none. Only where no
            old class is kept.
    """

    head: Head
    kept: int
    merge: Float64s
    rejection: Head | None = None


def replace_head(model: ModelProto, new: NewHead, contract: ModelContract, extra: dict[str, str]) -> ModelProto:
    """Makes a copy whose `probs` come from a new head; the network before the embedding is the same, bit by bit.

    Where old classes are kept, theirs are the old head's probabilities times what the new head gives all of them. With
    a rejection, all are times what it leaves for the classes.

    Args:
        model: with probs and embedding among its outputs.
        new: the head.
        contract: of the new model.
        extra: more metadata.

    Raises:
        ModelError: the graph cannot be taught.
    """
    check_outputs(model)
    _check_opset(model)
    copy = ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    taught = sum(name.startswith(_PREFIX) for node in graph.node for name in node.output)
    prefix = f"{_PREFIX}{taught}_"  # a taught model may be taught again
    old = f"{prefix}old_probs"
    rename_value(copy, PROBS_NAME, old)
    arrays, nodes = _layer(new, prefix, old)
    graph.node.extend(nodes)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
    for value in graph.output:
        if value.name == PROBS_NAME:
            value.CopyFrom(helper.make_tensor_value_info(PROBS_NAME, TensorProto.FLOAT, ["N", len(contract.labels)]))
    del graph.value_info[:]
    drop_unused(copy)
    helper.set_model_props(copy, {**contract.to_metadata(), **extra})
    checker.check_model(copy)
    return copy


def head_weights(model: ModelProto, size: int, embedding: str = EMBEDDING_NAME) -> Float32s | None:
    """Finds the weights of a model's linear head.

    Args:
        model: the ONNX model.
        size: D, of the embedding.
        embedding: its name in the graph.

    Returns:
        float32 (K, D), the weights of each logit; None when the layer on the embedding is not linear.
    """
    arrays = {tensor.name: tensor for tensor in model.graph.initializer}
    makers = {name: node for node in model.graph.node for name in node.output}
    for node in model.graph.node:
        if node.op_type in ("Gemm", "MatMul") and embedding in node.input[:1]:
            name = node.input[1]
            while name not in arrays and name in makers and makers[name].op_type == "Cast":
                name = makers[name].input[0]  # weights in half precision
            if name in arrays:
                matrix = numpy_helper.to_array(arrays[name]).astype(np.float32)
                is_transposed = any(item.name == "transB" and item.i for item in node.attribute)
                matrix = matrix if is_transposed else matrix.T
                return matrix if matrix.ndim == 2 and matrix.shape[1] == size else None
    return None


def _layer(new: NewHead, prefix: str, old: str) -> tuple[Arrays, list[NodeProto]]:
    """The constants and nodes from the embedding, and from the old head's probabilities `old`, to `probs`."""
    gate = f"{prefix}gate" if new.kept or new.rejection else PROBS_NAME
    arrays: Arrays = {
        f"{prefix}weights": new.head.weights.astype(np.float32),
        f"{prefix}bias": new.head.bias.astype(np.float32),
    }
    steps: list[Step] = [
        ("Relu", [EMBEDDING_NAME], [f"{prefix}positive"]),
        ("Sqrt", [f"{prefix}positive"], [f"{prefix}features"]),
        ("Gemm", [f"{prefix}features", f"{prefix}weights", f"{prefix}bias"], [f"{prefix}logits"]),
        ("Softmax", [f"{prefix}logits"], [gate]),
    ]
    if new.kept:
        more_arrays, more_steps = _keep_old(new, prefix, old, gate)
        arrays, steps = arrays | more_arrays, steps + more_steps
    elif new.rejection:
        more_arrays, more_steps = _reject(new.rejection, prefix, gate)
        arrays, steps = arrays | more_arrays, steps + more_steps
    return arrays, [_node(prefix, step) for step in steps]


def _keep_old(new: NewHead, prefix: str, old: str, gate: str) -> tuple[Arrays, list[Step]]:
    """From the gate and the old head's probabilities to `probs`; the formula is in keep_classes.py."""
    outputs, classes = new.merge.shape
    joined = f"{prefix}joined" if outputs > classes else PROBS_NAME
    arrays: Arrays = {
        f"{prefix}parts": np.array([new.kept, outputs - new.kept], np.int64),
        f"{prefix}axis": np.array([1], np.int64),
    }
    steps: list[Step] = [
        ("Split", [gate, f"{prefix}parts"], [f"{prefix}parts_old", f"{prefix}new"]),
        ("ReduceSum", [f"{prefix}parts_old", f"{prefix}axis"], [f"{prefix}is_old"]),
        ("Mul", [old, f"{prefix}is_old"], [f"{prefix}old"]),
        ("Concat", [f"{prefix}old", f"{prefix}new"], [joined]),
    ]
    if outputs > classes:
        arrays[f"{prefix}merge"] = new.merge.astype(np.float32)
        steps.append(("MatMul", [joined, f"{prefix}merge"], [PROBS_NAME]))
    return arrays, steps


def _reject(rejection: Head, prefix: str, gate: str) -> tuple[Arrays, list[Step]]:
    """From the classes' probabilities `gate` to `probs`; the formula is in rejection.py."""
    arrays: Arrays = {
        f"{prefix}known_weights": rejection.weights.astype(np.float32),
        f"{prefix}known_bias": rejection.bias.astype(np.float32),
        f"{prefix}known_parts": np.array([len(rejection.bias) - 1, 1], np.int64),
        f"{prefix}known_axis": np.array([1], np.int64),
    }
    steps: list[Step] = [
        ("Gemm", [f"{prefix}features", f"{prefix}known_weights", f"{prefix}known_bias"], [f"{prefix}known_logits"]),
        ("Softmax", [f"{prefix}known_logits"], [f"{prefix}known_or_none"]),
        ("Split", [f"{prefix}known_or_none", f"{prefix}known_parts"], [f"{prefix}of_classes", f"{prefix}none"]),
        ("ReduceSum", [f"{prefix}of_classes", f"{prefix}known_axis"], [f"{prefix}known"]),
        ("Mul", [gate, f"{prefix}known"], [PROBS_NAME]),
    ]
    return arrays, steps


def _node(prefix: str, step: Step) -> NodeProto:
    kind, inputs, outputs = step
    attributes = {"axis": _AXES[kind]} if kind in _AXES else {}
    return helper.make_node(kind, inputs, outputs, name=f"{prefix}{kind}_{outputs[0]}", **attributes)


def _check_opset(model: ModelProto) -> None:
    version = max((opset.version for opset in model.opset_import if opset.domain == ""), default=0)
    if version < _MIN_OPSET:
        raise ModelError(f"cannot be taught: expected ONNX opset {_MIN_OPSET} or more, got {version}; export it again")
