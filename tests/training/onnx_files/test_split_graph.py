from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper, numpy_helper

from app.errors import ConfigError
from app.model.contract import ModelContract
from app.paths import GENERAL_MODEL
from app.teach.general_network import attach_general_network
from app.teach.head import Head
from app.teach.onnx_head import NewHead, replace_head
from tests.training.small_networks import CHANNELS, noise, write_network
from training.onnx_files.split_graph import Halves, cut_at_pooling


def run(model: bytes | Path, names: list[str], feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    source = model if isinstance(model, bytes) else str(model)
    return ort.InferenceSession(source, providers=["CPUExecutionProvider"]).run(names, feeds)


def joined(halves: Halves, images: np.ndarray) -> np.ndarray:
    """The probabilities of both halves, one after the other."""
    (pooled,) = run(halves.features, [halves.pooled], {"frames": images})
    (logits,) = run(halves.head, [halves.logits], {halves.pooled: pooled})
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("hidden", [False, True])
def test_both_halves_make_the_whole(tmp_path: Path, hidden: bool) -> None:
    path = write_network(tmp_path / "network.onnx", hidden=hidden)
    images = noise(6)
    (whole,) = run(path, ["probs"], {"frames": images})
    assert np.ptp(whole, axis=0).max() > 0.01, "or comparing them proves nothing"
    assert np.allclose(joined(cut_at_pooling(path), images), whole, atol=1e-6)


def test_the_cut_is_at_the_last_pooling(tmp_path: Path) -> None:
    halves = cut_at_pooling(write_network(tmp_path / "network.onnx"))
    assert (halves.activation, halves.pooled, halves.logits, halves.channels_last) == ("map", "pooled", "logits", False)
    head = onnx.load_from_string(halves.head)
    assert [node.op_type for node in head.graph.node] == ["Squeeze", "Identity", "MatMul"]
    (activation,) = run(halves.features, ["map"], {"frames": noise(2)})
    assert activation.shape == (2, 6, 4, 4)


def test_channels_may_come_last(model: Path) -> None:
    assert cut_at_pooling(model).channels_last


def test_the_head_does_not_round_what_a_quantised_file_rounds(tmp_path: Path) -> None:
    halves = cut_at_pooling(write_network(tmp_path / "network.onnx", rounded=True))
    features = np.full((2, 6, 1, 1), 0.5, np.float32)
    features[1] += 1e-3  # less than a step of 0.05
    (logits,) = run(halves.head, [halves.logits], {halves.pooled: features})
    assert (logits[0] != logits[1]).all(), "a slope, not a staircase"


def test_the_axes_of_newer_opsets_are_an_input(model: Path, tmp_path: Path) -> None:
    graph = onnx.load(model)
    (mean,) = (node for node in graph.graph.node if node.op_type == "ReduceMean")
    del mean.attribute[:]
    mean.attribute.append(helper.make_attribute("keepdims", 0))
    mean.input.append("axes")
    graph.graph.initializer.append(numpy_helper.from_array(np.array([-3, -2]), "axes"))
    graph.opset_import[0].version = 18
    onnx.save(graph, tmp_path / "newer.onnx")
    assert cut_at_pooling(tmp_path / "newer.onnx").channels_last


@pytest.mark.parametrize(("old", "new"), [("ReduceMean", "ReduceMax"), ("Softmax", "Sigmoid")])
def test_a_graph_of_another_kind_is_refused(model: Path, tmp_path: Path, old: str, new: str) -> None:
    graph = onnx.load(model)
    for node in graph.graph.node:
        if node.op_type == old:
            node.op_type = new
            del node.attribute[:]
    onnx.save(graph, tmp_path / "other.onnx")
    with pytest.raises(ConfigError, match=r"other\.onnx: .*Grad-CAM"):
        cut_at_pooling(tmp_path / "other.onnx")


def test_a_taught_model_that_sees_by_two_networks_is_refused(tmp_path: Path) -> None:
    """Its logits rest on a pooling of each; there is no one map to explain them by."""
    base = attach_general_network(write_network(tmp_path / "network.onnx"), GENERAL_MODEL)
    columns = base.general_columns + CHANNELS
    heads = [Head(np.zeros((columns, outputs)), np.zeros(outputs)) for outputs in (2, 3)]
    contract = ModelContract(("a", "b"), base.contract.input, (0.5, 0.5))
    taught = replace_head(base.graph, NewHead(heads[0], 0, np.eye(2), heads[1]), contract, {})
    onnx.save(taught, tmp_path / "taught.onnx")
    with pytest.raises(ConfigError, match="cannot be explained"):
        cut_at_pooling(tmp_path / "taught.onnx")
