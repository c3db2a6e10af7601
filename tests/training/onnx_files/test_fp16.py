from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from training.onnx_files.fp16 import halve_weights


def network(weights: np.ndarray) -> onnx.ModelProto:
    """y = x @ weights."""
    rows, columns = weights.shape
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", rows])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", columns])],
        [numpy_helper.from_array(weights.astype(np.float32), "w")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    import onnxruntime as ort

    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": x.astype(np.float32)})[0])


def test_the_file_halves_and_the_answers_stay(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    model = network(rng.normal(size=(64, 64)))
    half = halve_weights(model)
    assert half.ByteSize() < 0.6 * model.ByteSize()
    x = rng.normal(size=(5, 64))
    difference = np.abs(run(half, x) - run(model, x)).max()
    assert 0 < difference < 0.02


def test_what_half_precision_cannot_hold_and_what_is_small_stays() -> None:
    for weights in (np.full((64, 64), 1e6), np.ones((2, 2))):
        assert [t.data_type for t in halve_weights(network(weights)).graph.initializer] == [TensorProto.FLOAT]
