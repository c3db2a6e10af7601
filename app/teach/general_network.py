"""The general network beside a model's own: both see each image, and their embeddings are joined.

A model that was fine-tuned looks at what tells its own classes apart. A network that saw ImageNet alone tells wholly
different classes apart better, and both together do it best.
"""

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError
from onnx import ModelProto, TensorProto, ValueInfoProto, checker, compose, helper

from app.errors import ModelError
from app.model.classifier import Classifier
from app.model.contract import EMBEDDING_NAME, INPUT_NAME, ModelContract
from app.teach.onnx_graph import check_outputs, read_metadata, rename_value

GENERAL_KEY = "general"  # in the metadata: how many columns of the embedding, the first ones, are the general network's
CUES_KEY = "cue_columns"  # the same for the last ones, which are the cues'
OWN_EMBEDDING = "own_embedding"  # the name of the model's own embedding in a graph that has both
_PREFIX = "general_"


@dataclass(frozen=True, eq=False)
class BaseModel:
    """The model that is taught, the general network attached.

    Attributes:
        graph: the ONNX model.
        classifier: runs it.
    """

    graph: ModelProto
    classifier: Classifier

    @property
    def contract(self) -> ModelContract:
        """Its labels, input and thresholds."""
        return self.classifier.contract

    @cached_property
    def metadata(self) -> dict[str, str]:
        """Everything that its file says of itself: the contract, and what is beside it."""
        return read_metadata(self.graph)

    @property
    def general_columns(self) -> int:
        """How many columns of its embedding, the first ones, are the general network's; 0 without one."""
        return count_general_columns(self.metadata)

    @property
    def cue_columns(self) -> int:
        """How many columns of its embedding, the last ones, are the cues'; 0 for a model without cues."""
        return _count_columns(self.metadata, CUES_KEY)


def attach_general_network(model: Path, general: Path | None) -> BaseModel:
    """Opens a model for teaching.

    Args:
        model: the ONNX file; one that has a general network already keeps it.
        general: the general network's file; None: the model's own embedding alone.

    Raises:
        ModelError: a file is missing or broken, or they do not fit together.
    """
    graph = _load(model, "an ONNX model, such as those in models/")
    if general is not None:
        network = _load(general, "the general network that comes with the program; get it again")
        graph = concatenate_embeddings(graph, network)
    with tempfile.TemporaryDirectory(prefix="teach-") as folder:
        path = Path(folder) / "base.onnx"
        path.write_bytes(graph.SerializeToString())
        return BaseModel(graph, Classifier(path))


def count_general_columns(metadata: dict[str, str]) -> int:
    """Reads how many columns of a model's embedding, the first ones, are a general network's; 0 without one.

    Raises:
        ModelError: the metadata has something else than a number there.
    """
    return _count_columns(metadata, GENERAL_KEY)


def _count_columns(metadata: dict[str, str], key: str) -> int:
    text = metadata.get(key, "0")
    if not text.isdecimal() or len(text) > 6:
        raise ModelError(f"metadata {key!r} must be a whole number, got {text[:40]!r}; export the model again")
    return int(text)


def concatenate_embeddings(model: ModelProto, general: ModelProto) -> ModelProto:
    """Makes a copy of a model whose embedding is that of the general network and its own, side by side.

    Args:
        model: one that has a general network already is copied as it is.
        general: frames, uint8 (N, S, S, 3) of any size -> embedding, float32 (N, D).

    Raises:
        ModelError: they do not fit together.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    metadata = read_metadata(copy)
    if count_general_columns(metadata):
        return copy
    check_outputs(copy)
    _check_that_they_fit(copy, general)
    rename_value(copy, EMBEDDING_NAME, OWN_EMBEDDING)
    _add_network(copy, general)
    width, own = (_width(value) for value in (general.graph.output[0], _embedding_output(model)))
    both = helper.make_tensor_value_info(EMBEDDING_NAME, TensorProto.FLOAT, ["N", width + own])
    _embedding_output(copy).CopyFrom(both)
    del copy.graph.value_info[:]
    copy.ir_version = max(copy.ir_version, general.ir_version)
    helper.set_model_props(copy, {**metadata, GENERAL_KEY: str(width)})
    checker.check_model(copy)
    return copy


def _load(path: Path, expected: str) -> ModelProto:
    try:
        return onnx.load(path)
    except (OSError, DecodeError):
        raise ModelError(f"{path}: expected {expected}") from None


def _check_that_they_fit(model: ModelProto, general: ModelProto) -> None:
    ends = [value.name for value in (*general.graph.input, *general.graph.output)]
    if ends != [INPUT_NAME, EMBEDDING_NAME]:
        raise ModelError(
            f"the general network: expected {INPUT_NAME} in and {EMBEDDING_NAME} out, got {', '.join(ends)}; "
            "get it again"
        )
    own, other = ({one.domain: one.version for one in each.opset_import}.get("", 0) for each in (model, general))
    if own != other:
        raise ModelError(f"cannot be taught: its ONNX opset is {own}, the general network's {other}; export it again")


def _add_network(model: ModelProto, general: ModelProto) -> None:
    """Adds the general network's nodes, which read the same frames, and joins both embeddings."""
    network = compose.add_prefix(general, _PREFIX).graph
    for node in network.node:
        node.input[:] = [INPUT_NAME if name == _PREFIX + INPUT_NAME else name for name in node.input]
    model.graph.node.extend(network.node)
    model.graph.initializer.extend(network.initializer)
    both = [_PREFIX + EMBEDDING_NAME, OWN_EMBEDDING]
    model.graph.node.append(helper.make_node("Concat", both, [EMBEDDING_NAME], name=f"{_PREFIX}beside_own", axis=1))


def embedding_width(model: ModelProto) -> int:
    """Returns how many columns a model's embedding has.

    Raises:
        ModelError: their number is not fixed.
    """
    return _width(_embedding_output(model))


def _embedding_output(model: ModelProto) -> ValueInfoProto:
    return next(value for value in model.graph.output if value.name == EMBEDDING_NAME)


def _width(value: ValueInfoProto) -> int:
    size = value.type.tensor_type.shape.dim[-1].dim_value
    if not size:
        raise ModelError("cannot be taught: the size of its embedding is not fixed; export it again")
    return int(size)
