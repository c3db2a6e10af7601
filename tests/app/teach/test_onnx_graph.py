from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from app.errors import ModelError
from app.teach.onnx_graph import check_outputs, drop_unused, read_metadata, rename_value


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


def test_what_only_a_graph_within_a_node_reads_is_kept() -> None:
    branches = {
        name: helper.make_graph(
            [helper.make_node(kind, ["outer"], [f"{name}_out"])], name, [], [onnx.ValueInfoProto(name=f"{name}_out")]
        )
        for name, kind in (("then_branch", "Relu"), ("else_branch", "Neg"))
    }
    graph = helper.make_graph(
        [helper.make_node("Not", ["no"], ["yes"]), helper.make_node("If", ["yes"], ["result"], **branches)],
        "nested",
        [helper.make_tensor_value_info("no", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("result", TensorProto.FLOAT, [3])],
        [numpy_helper.from_array(np.ones(3, np.float32), name) for name in ("outer", "unused")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    drop_unused(model)
    assert [tensor.name for tensor in model.graph.initializer] == ["outer"]
    onnx.checker.check_model(model, full_check=True)
