"""A general network beside a model's own: its embedding in front of the model's.

A model that was fine-tuned looks at what tells its own classes apart, so that wholly different ones are told apart
better by a network that saw ImageNet alone, and best by both.
"""

from onnx import ModelProto, TensorProto, ValueInfoProto, checker, compose, helper

from app.errors import ModelError
from app.model.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME

KEY = "general"  # in the metadata of a model that has one: how many columns of its embedding are the general network's
OWN = "own_embedding"  # what the model's own embedding is called in the graph then
_PREFIX = "general_"


def columns(metadata: dict[str, str]) -> int:
    """How many columns of the embedding, the first ones, are a general network's; 0 without one."""
    text = metadata.get(KEY, "0")
    if not text.isdecimal() or len(text) > 6:
        raise ModelError(f"metadata {KEY!r} must be a whole number, got {text[:40]!r}")
    return int(text)


def with_general(model: ModelProto, general: ModelProto) -> ModelProto:
    """A copy of `model` whose embedding is that of `general` and its own, side by side; what has one is left alone.

    general: frames, uint8 (N, S, S, 3) of any size -> embedding, float32 (N, D). Raises ModelError.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    metadata = {item.key: item.value for item in copy.metadata_props}
    if columns(metadata):
        return copy
    _check(copy, general)
    trunk = compose.add_prefix(general, _PREFIX).graph
    graph = copy.graph
    for node in graph.node:
        node.input[:] = [OWN if name == EMBEDDING_NAME else name for name in node.input]
        node.output[:] = [OWN if name == EMBEDDING_NAME else name for name in node.output]
    for node in trunk.node:
        node.input[:] = [INPUT_NAME if name == _PREFIX + INPUT_NAME else name for name in node.input]
    graph.node.extend(trunk.node)
    graph.initializer.extend(trunk.initializer)
    both = [_PREFIX + EMBEDDING_NAME, OWN]
    graph.node.append(helper.make_node("Concat", both, [EMBEDDING_NAME], name=f"{_PREFIX}beside_own", axis=1))
    width, own = (_width(value) for value in (general.graph.output[0], _output(model)))
    _output(copy).CopyFrom(helper.make_tensor_value_info(EMBEDDING_NAME, TensorProto.FLOAT, ["N", width + own]))
    del graph.value_info[:]
    copy.ir_version = max(copy.ir_version, general.ir_version)
    helper.set_model_props(copy, {**metadata, KEY: str(width)})
    checker.check_model(copy)
    return copy


def _check(model: ModelProto, general: ModelProto) -> None:
    made = {name for node in model.graph.node for name in node.output}
    if not {PROBS_NAME, EMBEDDING_NAME} <= made:
        raise ModelError("cannot be taught: its graph makes no probs and embedding; export it with this project")
    ends = [value.name for value in (*general.graph.input, *general.graph.output)]
    if ends != [INPUT_NAME, EMBEDDING_NAME]:
        raise ModelError(
            f"the general network: expected {INPUT_NAME} in and {EMBEDDING_NAME} out, got {', '.join(ends)}"
        )
    versions = [{one.domain: one.version for one in each.opset_import}.get("", 0) for each in (model, general)]
    if versions[0] != versions[1]:
        raise ModelError(
            f"cannot be taught: its ONNX opset is {versions[0]}, the general network's {versions[1]}; export it anew"
        )


def _output(model: ModelProto) -> ValueInfoProto:
    return next(value for value in model.graph.output if value.name == EMBEDDING_NAME)


def _width(value: ValueInfoProto) -> int:
    size = value.type.tensor_type.shape.dim[-1].dim_value
    if not size:
        raise ModelError("cannot be taught: the size of its embedding is not fixed; export it anew")
    return int(size)
