"""Small jobs with foreign ONNX graphs: their constants, and the inputs that are none."""

from typing import Any

import numpy.typing as npt
from onnx import GraphProto, ValueInfoProto, numpy_helper


def constants_of(graph: GraphProto) -> dict[str, npt.NDArray[Any]]:
    """Returns name -> array of what does not depend on the input: initializers and `Constant` nodes."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    return arrays | {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t)
        for node in graph.node
        if node.op_type == "Constant" and node.attribute[0].name == "value"
    }


def inputs_of(graph: GraphProto) -> list[ValueInfoProto]:
    """Returns the inputs that must be fed: old files list the initializers among them too."""
    initial = {tensor.name for tensor in graph.initializer}
    return [value for value in graph.input if value.name not in initial]
