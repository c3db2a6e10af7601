from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from app.errors import ConfigError
from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from tests.conftest import ROOT, SHARED
from tests.training.small_networks import CHANNELS, HIDDEN, SIZE, noise, write_network
from training.evaluation.gradcam import GradCam, heatmaps, overlay

SHIPPED = ROOT / "models" / "daily_activity.onnx"


def by_hand(path: Path, image: np.ndarray, label: int) -> np.ndarray:
    """Grad-CAM with the gradient that calculus gives, upsampled; the largest value 1, unless all is 0."""
    cam = GradCam(path)
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    activation, pooled = cam._features.run(["map", "pooled"], {"frames": image[None]})
    flat = pooled.reshape(CHANNELS)
    gradient = weights["kernel_out"][:, label]
    if len(gradient) == HIDDEN:
        active = flat @ weights["hidden_kernel"] + weights["hidden_bias"] > 0
        gradient = weights["hidden_kernel"] @ (gradient * active)
    evidence = cv2.resize(np.maximum(np.tensordot(gradient, activation[0], 1), 0), (SIZE, SIZE))
    return evidence / (evidence.max() or 1)


def test_a_half_red_half_blue_image_is_red_where_it_is_red(model: Path) -> None:
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[0, :, :16], image[0, :, 16:] = (255, 0, 0), (0, 0, 255)  # RGB
    red, blue = heatmaps(model, np.repeat(image, 2, axis=0), np.array([0, 2]))
    assert red.dtype == np.float32 and red.shape == (32, 32)
    assert (red[:, :16] == 1).all() and (red[:, 16:] == 0).all()
    assert (blue[:, :16] == 0).all() and (blue[:, 16:] == 1).all()
    green = heatmaps(model, image, np.array([1]))
    assert (green == 0).all(), "nothing in the image speaks for green"


def test_without_labels_the_models_answer_is_explained(model: Path) -> None:
    image = np.zeros((2, 32, 32, 3), np.uint8)
    image[0, 4:, :, 0] = image[1, :, 8:, 1] = 255
    assert np.array_equal(heatmaps(model, image), heatmaps(model, image, np.array([0, 1])))
    assert heatmaps(model, image[:0]).shape == (0, 32, 32)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("rounded", [False, True])
def test_the_gradient_is_what_calculus_gives(tmp_path: Path, hidden: bool, rounded: bool) -> None:
    path = write_network(tmp_path / "network.onnx", hidden=hidden, rounded=rounded)
    images, labels = noise(40), np.arange(40) % 3
    maps = heatmaps(path, images, labels)
    assert (maps.max(axis=(1, 2)) > 0).sum() > 20
    for position in range(40):
        assert np.allclose(maps[position], by_hand(path, images[position], int(labels[position])), atol=1e-3)


def without_pooling(model: onnx.ModelProto) -> None:
    (mean,) = (node for node in model.graph.node if node.op_type == "ReduceMean")
    mean.op_type = "ReduceMax"


def without_softmax(model: onnx.ModelProto) -> None:
    model.graph.node[-1].output[0] = "answers"
    model.graph.node.append(helper.make_node("Abs", ["answers"], ["probs"]))


@pytest.mark.parametrize("spoil", [without_pooling, without_softmax])
def test_a_graph_that_does_not_pool_is_refused(spoil: Any, model: Path, tmp_path: Path) -> None:
    graph = onnx.load(model)
    spoil(graph)
    onnx.save(graph, tmp_path / "other.onnx")
    Classifier(tmp_path / "other.onnx")
    with pytest.raises(ConfigError, match=r"other\.onnx: .*Grad-CAM"):
        GradCam(tmp_path / "other.onnx")


def test_the_axes_of_newer_opsets_are_an_input(model: Path, tmp_path: Path) -> None:
    graph = onnx.load(model)
    (mean,) = (node for node in graph.graph.node if node.op_type == "ReduceMean")
    del mean.attribute[:]
    mean.attribute.append(helper.make_attribute("keepdims", 0))
    mean.input.append("axes")
    graph.graph.initializer.append(numpy_helper.from_array(np.array([-3, -2]), "axes"))
    graph.opset_import[0].version = 18
    onnx.save(graph, tmp_path / "newer.onnx")
    image = noise(1)
    assert np.array_equal(heatmaps(tmp_path / "newer.onnx", image), heatmaps(model, image))


def test_the_overlay_colours_only_what_counts() -> None:
    image = noise(1)[0]
    heat = np.zeros((SIZE, SIZE), np.float32)
    heat[:8] = 1
    before = image.copy()
    drawn = overlay(image, heat)
    assert drawn.dtype == np.uint8 and drawn.shape == image.shape
    assert np.array_equal(drawn[8:], image[8:]) and np.array_equal(image, before)
    hot = drawn[:8].reshape(-1, 3).mean(axis=0)
    assert hot[0] > hot[1] and hot[0] > hot[2], "RGB: the hottest colour is red"


def test_the_shipped_model_looks_at_the_action() -> None:
    path = SHARED / "data" / "har15" / "drinking"
    if not path.is_dir():
        pytest.skip("../shared/data/har15 is not here")
    contract = Classifier(SHIPPED).contract
    images = [image for name in sorted(path.iterdir())[:8] if (image := read_image(name)) is not None]
    maps = heatmaps(SHIPPED, np.stack([prepare(image, contract.input) for image in images]))
    size = contract.input.size
    assert maps.shape == (8, size, size) and np.allclose(maps.max(axis=(1, 2)), 1)
    middle = slice(size // 4, 3 * size // 4)
    centre = maps[:, middle, middle].mean() / maps.mean()
    assert centre > 1.2, "photographers put the drink into the middle"
