from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import helper, numpy_helper

from app.errors import ModelError
from app.model.classifier import Classifier
from tests.training.small_networks import noise, write_network
from training.data.dataset import Sample
from training.evaluation.gradcam import heatmaps
from training.onnx_files import quantise as quantise_module
from training.onnx_files.int8_comparison import Comparison
from training.onnx_files.quantise import quantise


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_network(tmp_path_factory.mktemp("network") / "fp32.onnx", hidden=True)


@pytest.fixture(scope="module")
def labelled(network: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Images that have the network's own answers, and one that cannot be read."""
    folder = tmp_path_factory.mktemp("images")
    classifier = Classifier(network)
    samples = []
    for number, image in enumerate(noise(120)):
        path = folder / f"{number:03}.png"
        path.write_bytes(cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes())
        label = classifier.contract.labels[int(classifier.predict(image[None]).probs.argmax())]
        samples.append(Sample(path, path.name, label, str(number), str(number)))
    return [*samples, Sample(folder / "gone.png", "gone.png", "a", "gone", "gone")]


@pytest.fixture(scope="module")
def quantised(
    network: Path, labelled: list[Sample], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Comparison]:
    scratch = tmp_path_factory.mktemp("scratch")
    graph, comparison = quantise(network, noise(60), labelled, scratch, max_loss=0.1)
    onnx.save(graph, scratch / "int8.onnx")
    return scratch / "int8.onnx", comparison


def test_convolutions_are_integers_and_the_contract_stays(network: Path, quantised: tuple[Path, Comparison]) -> None:
    path, comparison = quantised
    model, before = onnx.load(path), onnx.load(network)
    onnx.checker.check_model(model)
    kernels = {tensor.name: tensor for tensor in model.graph.initializer}
    makers = {name: node for node in model.graph.node for name in node.output}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    assert convolutions and comparison.float_layers == 0
    for node in convolutions:
        weight = makers[node.input[1]]
        assert weight.op_type == "DequantizeLinear"
        assert numpy_helper.to_array(kernels[weight.input[0]]).dtype == np.int8
        assert numpy_helper.to_array(kernels[weight.input[1]]).ndim == 1, "a scale for each output channel"
    assert model.metadata_props == before.metadata_props
    assert model.graph.input == before.graph.input
    assert Classifier(path).contract == Classifier(network).contract


def test_the_answers_are_nearly_the_same_but_not_equal(network: Path, quantised: tuple[Path, Comparison]) -> None:
    images = noise(40)
    exact, rounded = (Classifier(path).predict(images).probs for path in (network, quantised[0]))
    assert 0 < np.abs(exact - rounded).max() < 0.1
    alone = np.concatenate([Classifier(quantised[0]).predict(image[None]).probs for image in images[:5]])
    assert np.allclose(alone, rounded[:5], atol=1e-5)


def test_a_quantised_file_can_be_explained(network: Path, quantised: tuple[Path, Comparison]) -> None:
    images, labels = noise(12), np.arange(12) % 3
    exact, rounded = (heatmaps(path, images, labels) for path in (network, quantised[0]))
    assert np.abs(exact - rounded).mean() < 0.05
    assert np.corrcoef(exact.ravel(), rounded.ravel())[0, 1] > 0.95


def test_what_loses_too_much_is_refused(network: Path, labelled: list[Sample], tmp_path: Path) -> None:
    """Calibrated on black images alone, the integers cannot hold what any other image gives."""
    with pytest.raises(ModelError, match=r"int8 .* of 120 .*fp32 100\.0%; at most 0\.5 points .*--int8"):
        quantise(network, np.zeros((8, 32, 32, 3), np.uint8), labelled, tmp_path)


def test_layers_whose_rounding_costs_most_stay_float(
    network: Path, labelled: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantise_module, "FLOAT_LAYERS", (1,))
    graph, comparison = quantise(network, noise(30), labelled, tmp_path, max_loss=1)
    makers = {name: node for node in graph.graph.node for name in node.output}
    stored = [node.input[1] in makers for node in graph.graph.node if node.op_type == "Conv"]
    assert sorted(stored) == [False, True] and comparison.float_layers == 1
    exact = Classifier(network).predict(noise(40)).probs
    (tmp_path / "mixed.onnx").write_bytes(graph.SerializeToString())
    assert 0 < np.abs(Classifier(tmp_path / "mixed.onnx").predict(noise(40)).probs - exact).max() < 0.1


def test_batch_norm_is_folded_before_it_is_rounded(network: Path, tmp_path: Path) -> None:
    model = onnx.load(network)
    scale = np.linspace(0.5, 2, 6, dtype=np.float32).reshape(1, 6, 1, 1)
    (relu,) = (node for node in model.graph.node if node.name == "" and node.output[0] == "relu")
    position = list(model.graph.node).index(relu)
    relu.input[0] = "normed"
    model.graph.node.insert(position, helper.make_node("Mul", ["conv", "gamma"], ["normed"]))
    model.graph.initializer.append(numpy_helper.from_array(scale, "gamma"))
    onnx.save(model, tmp_path / "normed.onnx")

    def run(path: Path) -> Any:
        return ort.InferenceSession(str(path)).run(["probs"], {"frames": noise(4)})[0]

    graph = quantise_module._fold(tmp_path / "normed.onnx", tmp_path / "folded.onnx")
    assert sum(node.op_type == "Mul" for node in graph.node) == 1, "the gate alone"
    assert np.allclose(run(tmp_path / "normed.onnx"), run(tmp_path / "folded.onnx"), atol=1e-5)
