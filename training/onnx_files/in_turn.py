"""A graph that holds for one image alone, as exported transformers often do, run on one image after another."""

from collections.abc import Sequence

import numpy as np
from onnx import GraphProto, ValueInfoProto, helper, numpy_helper

from training.onnx_files.graph_values import inputs_of

_PREFIX = "in_turn/"
IMAGES = f"{_PREFIX}images"


def run_in_turn(graph: GraphProto, values: Sequence[str]) -> list[str]:
    """Replaces the nodes by a single one that runs them on each image of `IMAGES`.

    Args:
        graph: takes a batch of one; it is changed.
        values: those that are wanted, each a vector of an image.

    Returns:
        The names of the same values of all images, (N, D).
    """
    (taken,) = inputs_of(graph)
    image, axis, whole = (f"{_PREFIX}{name}" for name in ("image", "axis", "whole"))
    rows = [f"{_PREFIX}{value}/row" for value in values]
    nodes = [
        helper.make_node("Unsqueeze", [image, axis], [taken.name]),
        *graph.node,
        *(helper.make_node("Reshape", [value, whole], [row]) for value, row in zip(values, rows, strict=True)),
    ]
    arrays = [
        *graph.initializer,
        numpy_helper.from_array(np.array([0], np.int64), axis),
        numpy_helper.from_array(np.array([-1], np.int64), whole),
    ]
    sides = [side.dim_value for side in taken.type.tensor_type.shape.dim][1:]
    slice_ = helper.make_tensor_value_info(image, taken.type.tensor_type.elem_type, sides)
    body = helper.make_graph(nodes, "one_image", [slice_], [ValueInfoProto(name=row) for row in rows], arrays)
    together = [f"{_PREFIX}{value}/rows" for value in values]
    del graph.node[:], graph.initializer[:]
    graph.node.append(helper.make_node("Scan", [IMAGES], together, name=f"{_PREFIX}scan", body=body, num_scan_inputs=1))
    return together
