"""The joint head in an ONNX graph: a second input `cues`, and an embedding that holds them too."""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from app.cues.vector import NAMED
from app.model.contract import CUES_NAME, EMBEDDING_NAME, PROBS_NAME, ModelContract
from app.teach.general_network import CUES_KEY, embedding_width
from app.teach.onnx_graph import check_outputs, drop_unused, rename_value
from training.networks.joint_head import CUE_LIMIT, LEAST_PROBABILITY, LOOKED_AT, JointHead

_PREFIX = "joint_"
_SEEN = f"{_PREFIX}seen"  # the embedding of the networks alone


def attach_joint_head(model: ModelProto, head: JointHead, contract: ModelContract, extra: dict[str, str]) -> ModelProto:
    """Makes a copy of a model that takes cues as well, and whose `probs` come from a joint head.

    Its embedding gets two columns more for each named cue, the squares of how far it lies above and below its mean, so
    that who is taught on the embedding, by its square root, learns from the cues too. They are 0 where nobody looked.

    Args:
        model: frames -> probs (N, K), embedding (N, D).
        head: for its classes.
        contract: of the new model, with its cues.
        extra: more metadata.

    Raises:
        ModelError: the graph has no embedding.
    """
    check_outputs(model)
    copy = ModelProto()
    copy.CopyFrom(model)
    graph = copy.graph
    rename_value(copy, EMBEDDING_NAME, _SEEN)
    rename_value(copy, PROBS_NAME, f"{_PREFIX}own_probs")
    arrays = _arrays(head)
    graph.node.extend(_nodes())
    graph.initializer.extend(numpy_helper.from_array(array, f"{_PREFIX}{name}") for name, array in arrays.items())
    width = embedding_width(copy)
    graph.input.append(helper.make_tensor_value_info(CUES_NAME, TensorProto.FLOAT, ["N", NAMED + len(head.scene)]))
    shapes = {PROBS_NAME: len(contract.labels), EMBEDDING_NAME: width + 2 * NAMED}
    for value in graph.output:
        if value.name in shapes:
            value.CopyFrom(helper.make_tensor_value_info(value.name, TensorProto.FLOAT, ["N", shapes[value.name]]))
    del graph.value_info[:]
    drop_unused(copy)
    helper.set_model_props(copy, {**contract.to_metadata(), **extra, CUES_KEY: str(2 * NAMED)})
    checker.check_model(copy)
    return copy


def _arrays(head: JointHead) -> dict[str, npt.NDArray[Any]]:
    return {
        "own": head.own,
        "least": np.array(LEAST_PROBABILITY, np.float32),
        "scene": head.scene,
        "bias": head.bias,
        "centre": head.centre,
        "scale": head.scale,
        "low": np.array(-CUE_LIMIT, np.float32),
        "high": np.array(CUE_LIMIT, np.float32),
        "hidden": head.hidden,
        "hidden_bias": head.hidden_bias,
        "from_hidden": head.from_hidden,
        "direct": head.direct,
        "temperature": np.array(head.temperature, np.float32),
        "one": np.array(1, np.float32),
        "looked_at": np.array([LOOKED_AT], np.int64),
        "parts": np.array([NAMED, len(head.scene)], np.int64),
    }


def _nodes() -> list[NodeProto]:
    """From the model's own answer and the cues to `probs` and `embedding`, as `JointHead.logits` computes them."""
    return [
        helper.make_node("Split", [CUES_NAME, f"{_PREFIX}parts"], [f"{_PREFIX}named", f"{_PREFIX}of_place"], axis=1),
        _node("Gather", [CUES_NAME, "looked_at"], "looked", axis=1),
        _node("Max", ["own_probs", "least"], "own_likely"),
        _node("Log", ["own_likely"], "own_logarithms"),
        _node("MatMul", ["own_logarithms", "own"], "of_own"),
        _node("Gemm", ["of_place", "scene", "bias"], "of_scene"),
        _node("Sub", ["named", "centre"], "centred"),
        _node("Div", ["centred", "scale"], "scaled"),
        _node("Clip", ["scaled", "low", "high"], "standard"),
        _node("Gemm", ["standard", "hidden", "hidden_bias"], "hidden_sum"),
        _node("Relu", ["hidden_sum"], "inner"),
        _node("MatMul", ["inner", "from_hidden"], "of_hidden"),
        _node("MatMul", ["standard", "direct"], "of_direct"),
        _node("Sum", ["of_own", "of_scene", "of_hidden", "of_direct"], "spoken"),
        _node("Div", ["spoken", "temperature"], "joint"),
        _node("Mul", ["joint", "looked"], "joint_looked"),
        _node("Sub", ["one", "looked"], "alone"),
        _node("Mul", ["own_logarithms", "alone"], "own_alone"),
        _node("Add", ["joint_looked", "own_alone"], "logits"),
        _node("Softmax", ["logits"], PROBS_NAME, axis=-1),
        _node("Mul", ["standard", "looked"], "there"),
        _node("Neg", ["there"], "negative"),
        _node("Relu", ["there"], "above"),
        _node("Relu", ["negative"], "below"),
        _node("Concat", ["above", "below"], "apart", axis=1),
        _node("Mul", ["apart", "apart"], "squares"),
        _node("Concat", [_SEEN, "squares"], EMBEDDING_NAME, axis=1),
    ]


def _node(kind: str, inputs: list[str], output: str, **attributes: int) -> NodeProto:
    own = {CUES_NAME, PROBS_NAME, EMBEDDING_NAME, _SEEN}
    names = [name if name in own else f"{_PREFIX}{name}" for name in (*inputs, output)]
    return helper.make_node(kind, names[:-1], names[-1:], name=f"{_PREFIX}{kind}_{output}", **attributes)
