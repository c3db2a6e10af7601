from pathlib import Path

import onnx
import pytest

from app.errors import ModelError
from app.teach.onnx_graph import check_outputs, read_metadata, rename_value


@pytest.fixture
def graph(model: Path) -> onnx.ModelProto:
    return onnx.load(model)


def test_the_metadata_is_the_contract(graph: onnx.ModelProto) -> None:
    assert read_metadata(graph)["labels"] == '["red", "green", "blue"]'


@pytest.mark.parametrize("name", ["probs", "embedding"])
def test_a_graph_without_an_output_that_teaching_needs(graph: onnx.ModelProto, name: str) -> None:
    check_outputs(graph)
    rename_value(graph, name, "something_else")
    with pytest.raises(ModelError, match=f"makes no .*{name}"):
        check_outputs(graph)


def test_a_value_is_renamed_where_it_is_made_and_taken(graph: onnx.ModelProto) -> None:
    rename_value(graph, "embedding", "own")
    nodes = {node.op_type: node for node in graph.graph.node}
    assert list(nodes["ReduceMean"].output) == ["own"] and list(nodes["MatMul"].input) == ["own", "pick"]
    assert [value.name for value in graph.graph.output] == ["probs", "embedding"]
