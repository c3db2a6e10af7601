"""A small convolutional network as an exported file, with random weights. No TensorFlow."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from app.images.prepare import InputSpec
from app.model.contract import ModelContract

SIZE, CHANNELS, HIDDEN = 32, 6, 5


def write_network(path: Path, *, hidden: bool = False, rounded: bool = False, labels: tuple[str, ...] = ()) -> Path:
    """Channels first: an 8 px convolution, a squeeze-and-excitation gate, pooling, a head with random weights.

    hidden: a ReLU layer in the head. rounded: pooled features go through 8 bits, as in a quantised file.
    """
    rng = np.random.default_rng(3)
    width = HIDDEN if hidden else CHANNELS
    weights = {
        "white": np.array(255, np.float32),
        "kernel": rng.normal(size=(CHANNELS, 3, 8, 8)).astype(np.float32) / 8,
        "gate_kernel": rng.normal(size=(CHANNELS, CHANNELS, 1, 1)).astype(np.float32),
        "scale": np.array(0.05, np.float32),
        "zero": np.array(0, np.uint8),
        "axes": np.array([2, 3]),
        "hidden_kernel": rng.normal(size=(CHANNELS, HIDDEN)).astype(np.float32),
        "hidden_bias": rng.normal(size=HIDDEN).astype(np.float32),
        "kernel_out": rng.normal(size=(width, 3)).astype(np.float32),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["frames"], ["float"], to=TensorProto.FLOAT),
        node("Div", ["float", "white"], ["unit"]),
        node("Transpose", ["unit"], ["first"], perm=[0, 3, 1, 2]),
        node("Conv", ["first", "kernel"], ["conv"], strides=[8, 8]),
        node("Relu", ["conv"], ["relu"]),
        node("GlobalAveragePool", ["relu"], ["squeezed"]),
        node("Conv", ["squeezed", "gate_kernel"], ["excited"]),
        node("Sigmoid", ["excited"], ["gate"]),
        node("Mul", ["relu", "gate"], ["map"]),
        node("GlobalAveragePool", ["map"], ["pooled"]),
        node("QuantizeLinear", ["pooled", "scale", "zero"], ["bytes"]),
        node("DequantizeLinear", ["bytes", "scale", "zero"], ["back"]),
        node("Squeeze", ["back" if rounded else "pooled", "axes"], ["flat"]),
        node("MatMul", ["flat", "hidden_kernel"], ["product"]),
        node("Add", ["product", "hidden_bias"], ["sum"]),
        node("Relu" if hidden else "Identity", ["sum" if hidden else "flat"], ["embedding"]),
        node("MatMul", ["embedding", "kernel_out"], ["logits"]),
        node("Softmax", ["logits"], ["probs"], axis=-1),
    ]
    frames = helper.make_tensor_value_info("frames", TensorProto.UINT8, ["N", SIZE, SIZE, 3])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", wide])
        for name, wide in (("probs", 3), ("embedding", width))
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, "network", [frames], outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    contract = ModelContract(labels or ("a", "b", "c"), InputSpec(SIZE, "crop"), (0.5,) * 3)
    helper.set_model_props(model, contract.to_metadata())
    onnx.save(model, path)
    return path


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)
