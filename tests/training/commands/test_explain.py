from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from tests import toy
from tests.conftest import ROOT, SHARED
from tests.training.small_networks import CHANNELS, HIDDEN, SIZE, noise, write_network
from training.__main__ import main
from training.commands.explain import GradCam, heatmaps, overlay
from training.onnx_files.split_graph import cut_at_pooling

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


def test_a_half_red_half_blue_picture_is_red_where_it_is_red(model: Path) -> None:
    image = np.zeros((1, 32, 32, 3), np.uint8)
    image[0, :, :16], image[0, :, 16:] = (255, 0, 0), (0, 0, 255)  # RGB
    red, blue = heatmaps(model, np.repeat(image, 2, axis=0), np.array([0, 2]))
    assert red.dtype == np.float32 and red.shape == (32, 32)
    assert (red[:, :16] == 1).all() and (red[:, 16:] == 0).all()
    assert (blue[:, :16] == 0).all() and (blue[:, 16:] == 1).all()
    green = heatmaps(model, image, np.array([1]))
    assert (green == 0).all(), "nothing in the picture speaks for green"


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


def test_the_cut_is_at_the_last_pooling(tmp_path: Path, model: Path) -> None:
    halves = cut_at_pooling(write_network(tmp_path / "network.onnx"))
    assert (halves.activation, halves.pooled, halves.logits, halves.channels_last) == ("map", "pooled", "logits", False)
    head = onnx.load_from_string(halves.head)
    assert [node.op_type for node in head.graph.node] == ["Squeeze", "Identity", "MatMul"]
    assert cut_at_pooling(model).channels_last


def without_pooling(model: onnx.ModelProto) -> None:
    (mean,) = (node for node in model.graph.node if node.op_type == "ReduceMean")
    mean.op_type = "ReduceMax"


def without_softmax(model: onnx.ModelProto) -> None:
    model.graph.node[-1].output[0] = "answers"
    model.graph.node.append(helper.make_node("Abs", ["answers"], ["probs"]))


@pytest.mark.parametrize("spoil", [without_pooling, without_softmax])
def test_a_graph_that_does_not_pool_is_refused(
    spoil: Any, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = onnx.load(model)
    spoil(graph)
    onnx.save(graph, tmp_path / "other.onnx")
    Classifier(tmp_path / "other.onnx")
    assert main(["explain", str(tmp_path / "other.onnx"), "x.png", "--output", str(tmp_path / "out")]) == 2
    err = capsys.readouterr().err
    assert "cannot be explained; expected global average pooling" in err and err.count("\n") == 1


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


def test_pictures_of_one_name_all_get_a_result(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [tmp_path / "a" / "photo.png", tmp_path / "b" / "photo.png", tmp_path / "b" / "no.jpg"]
    for path in names[:2]:
        path.parent.mkdir()
        path.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    names[2].write_text("no picture")
    kept = names[1].read_bytes()
    for _ in range(2):
        arguments = ["explain", str(model), *map(str, names), str(tmp_path / "gone.png")]
        assert main([*arguments, "--output", str(tmp_path / "b")]) == 0
        out, err = capsys.readouterr()
        assert out.count("red 100%") == 2
        assert err.count("not a readable picture, skipped\n") == 2 and err.count("\n") == 2
    assert names[1].read_bytes() == kept
    found = sorted(path.name for path in (tmp_path / "b").glob("*.png"))
    assert found == ["photo-2.png", "photo-3.png", "photo-4.png", "photo-5.png", "photo.png"]
    figure = read_image(tmp_path / "b" / "photo-2.png")
    assert figure is not None and figure.shape == (360, 640, 3)
    assert (figure[100, 100] == toy.RED).all() and figure[320:].max() > 200, "BGR; the caption is written"


def test_mistakes_are_one_line(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.jpg").write_text("no picture")
    picture = tmp_path / "yes.png"
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())

    def said(*arguments: str) -> str:
        assert main(["explain", *arguments]) == 2
        return capsys.readouterr().err.splitlines()[-1]

    out = ["--output", str(tmp_path / "out")]
    assert said(str(model), str(tmp_path / "no.jpg"), *out).startswith("error: none of the 1 pictures can be read")
    assert "it knows red, green, blue" in said(str(model), str(picture), *out, "--label", "pink")
    assert "no such model file" in said(str(tmp_path / "no.onnx"), str(picture), *out)
    assert "cannot be written (" in said(str(model), str(picture), "--output", str(picture))
    assert not (tmp_path / "out").exists()


def test_another_class_can_be_asked_for(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "yes.png"
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.RED))[1].tobytes())
    assert main(["explain", str(model), str(picture), "--output", str(tmp_path), "--label", "blue"]) == 0
    assert capsys.readouterr().out.endswith(": blue 0% (answer: red 100%)\n")


@pytest.mark.parametrize("label", ["يتصل", "शराब पीना", "電話する", "звонит", "🙂", "x" * 80])
def test_labels_of_any_script_and_names_of_any_bytes(
    label: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_network(tmp_path / "network.onnx", labels=(label, "b", "c"))
    picture = Path(str(tmp_path / "caf\udce9") + "é" * 80 + ".png")
    picture.write_bytes(cv2.imencode(".png", toy.plain(toy.GREEN))[1].tobytes())
    assert main(["explain", str(path), str(picture), "--output", str(tmp_path / "out"), "--label", label]) == 0
    (drawn,) = (tmp_path / "out").iterdir()
    figure = read_image(drawn)
    assert figure is not None and figure[320:].max() > 200 and f": {label} " in capsys.readouterr().out
    assert (figure[320:, -10:] < 30).all(), "the caption ends before the edge"


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
