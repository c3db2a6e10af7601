"""Small jobs with ONNX graphs: their metadata, the outputs that teaching needs, the names of values."""

from collections.abc import Iterator

from onnx import ModelProto, NodeProto

from app.errors import ModelError
from app.model.contract import EMBEDDING_NAME, PROBS_NAME


def read_metadata(model: ModelProto) -> dict[str, str]:
    """Returns the metadata of an ONNX model."""
    return {item.key: item.value for item in model.metadata_props}


def check_outputs(model: ModelProto) -> None:
    """Checks that a graph computes probs and embedding.

    Raises:
        ModelError: it does not.
    """
    made = {name for node in model.graph.node for name in node.output}
    if not {PROBS_NAME, EMBEDDING_NAME} <= made:
        raise ModelError(
            f"cannot be taught: its graph makes no {PROBS_NAME} and {EMBEDDING_NAME}; export it with this project"
        )


def rename_value(model: ModelProto, old: str, new: str) -> None:
    """Renames a value wherever a node makes or takes it; the graph's own inputs and outputs keep their names."""
    for node in model.graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
        node.output[:] = [new if name == old else name for name in node.output]


def values_read(node: NodeProto) -> Iterator[str]:
    """Yields the names of the values that a node takes, those of the graphs within it too."""
    yield from node.input
    for attribute in node.attribute:
        for inner in attribute.g.node:
            yield from values_read(inner)


def drop_unused(model: ModelProto) -> None:
    """Drops what no output needs any more, such as the old head where nothing of it is kept."""
    graph = model.graph
    needed = {value.name for value in graph.output}
    nodes = []
    for node in reversed(graph.node):
        if needed & set(node.output):
            nodes.append(node)
            needed |= set(values_read(node))
    arrays = [tensor for tensor in graph.initializer if tensor.name in needed]
    graph.ClearField("node")
    graph.node.extend(reversed(nodes))
    graph.ClearField("initializer")
    graph.initializer.extend(arrays)
