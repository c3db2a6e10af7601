import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import cv2
import h5py
import keras
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort
import pytest
import tensorflow as tf
from onnx import TensorProto, helper, numpy_helper

from app.model.classifier import Classifier
from app.teach.onnx_head import head_weights
from tests import toy
from training.__main__ import main
from training.onnx_files.import_choices import LAYOUTS, Choices
from training.onnx_files.scaling import SCALINGS

LABELS = ("cat", "dog", "owl")
SIZE, WIDTH = 32, 8
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
BGR_MEAN = np.array([103.939, 116.779, 123.68])
# What the makers of models write, from RGB 0..255: https://keras.io/api/applications, torchvision's transforms.
FORMULAS: dict[str, Callable[[Any], Any]] = {
    "0..1": lambda rgb: rgb / 255,
    "-1..1": lambda rgb: rgb / 127.5 - 1,
    "imagenet": lambda rgb: (rgb / 255 - MEAN) / STD,
    "caffe": lambda rgb: rgb[..., ::-1] - BGR_MEAN,
    "none": lambda rgb: rgb,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "labels.txt").write_text("\n".join(LABELS) + "\n", encoding="utf-8")
    (tmp_path / "models").mkdir()
    return tmp_path


def images(count: int = 9) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(7)
    patches = (rng.integers(0, 256, (4, 4, 3), np.uint8) for _ in range(count))
    return np.stack([cv2.resize(patch, (SIZE, SIZE)) for patch in patches])


def softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def imported(file: Path, *flags: str) -> Classifier:
    output = file.parent / "models" / "mine.onnx"
    assert main(["import", str(file), "--output", str(output), "--overwrite", *flags]) == 0
    assert [path.name for path in output.parent.iterdir()] == ["mine.onnx"]
    return Classifier(output)


def refused(file: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> str:
    """Imports in vain; nothing is written. Returns the one line said."""
    output = file.parent / "models" / "mine.onnx"
    assert main(["import", str(file), "--output", str(output), *flags]) == 2
    assert list(output.parent.iterdir()) == []
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1 and "Traceback" not in err
    return err


def write_onnx(
    path: Path,
    *,
    layout: str = "NCHW",
    dtype: int = TensorProto.FLOAT,
    batch: int | str = 1,
    side: int | str = SIZE,
    end: str = "",
    flatten: str = "Reshape",
    contrast: float = 1.0,
    colours: int = 3,
    classes: int = 3,
    opset: int = 17,
    before: Sequence[onnx.NodeProto] = (),
) -> Path:
    """A classifier as others export it: convolution, mean, a flattening for `batch` images, linear layer, `end`."""
    rng = np.random.default_rng(3)
    arrays = {
        "kernel": rng.normal(0, contrast, (WIDTH, colours, 3, 3)).astype(np.float32),
        "weights": rng.normal(0, 1, (classes, WIDTH)).astype(np.float32),
        "bias": rng.normal(0, 1, classes).astype(np.float32),
        "flat": np.array([batch if isinstance(batch, int) else -1, WIDTH], np.int64),
        "more": np.ones((1, WIDTH), np.float32),
    }
    nodes = [*before]
    start = before[-1].output[0] if before else "image"
    nodes += [helper.make_node("Cast", [start], ["float"], to=TensorProto.FLOAT)]
    if layout == "NHWC":
        nodes.append(helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]))
    nodes += [
        helper.make_node("Conv", ["planes" if layout == "NHWC" else "float", "kernel"], ["maps"], strides=[2, 2]),
        helper.make_node("Relu", ["maps"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["mean"]),
    ]
    if flatten == "Reshape":
        nodes.append(helper.make_node("Reshape", ["mean", "flat"], ["features"]))
    else:  # of what is written down for one image, nothing can be made of many
        nodes.append(helper.make_node("Reshape", ["mean", "flat"], ["row"]))
        nodes.append(helper.make_node("Concat", ["row", "more"], ["rows"], axis=0))
        nodes.append(helper.make_node("ReduceMean", ["rows"], ["features"], axes=[0], keepdims=1))
    nodes.append(helper.make_node("Gemm", ["features", "weights", "bias"], ["answer0"], transB=1))
    if end:
        nodes.append(helper.make_node(end, ["answer0"], ["answer"]))
    shape = [batch, colours, side, side] if layout == "NCHW" else [batch, side, side, colours]
    graph = helper.make_graph(
        nodes,
        "elsewhere",
        [helper.make_tensor_value_info("image", dtype, shape)],
        [helper.make_tensor_value_info("answer" if end else "answer0", TensorProto.FLOAT, [batch, classes])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return path


def original_of(path: Path, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """What ONNX Runtime makes of the original, image by image."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: batch[place : place + 1]})[0] for place in range(len(batch))])


def keras_model(*, scales: bool = True, end: str | None = "softmax", units: int = 3) -> Any:
    keras.utils.set_random_seed(5)
    wide = keras.initializers.RandomNormal(stddev=1.0)
    frames = keras.Input((SIZE, SIZE, 3))
    value = keras.layers.Rescaling(1 / 127.5, offset=-1)(frames) if scales else frames
    value = keras.layers.Conv2D(WIDTH, 3, strides=2, activation="relu", kernel_initializer=wide)(value)
    value = keras.layers.GlobalAveragePooling2D()(value)
    return keras.Model(frames, keras.layers.Dense(units, activation=end, kernel_initializer=wide)(value))


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_keras_model_answers_as_before(folder: Path, suffix: str, capsys: pytest.CaptureFixture[str]) -> None:
    model = keras_model()
    model.save(folder / f"m{suffix}")
    classifier = imported(folder / f"m{suffix}")
    assert classifier.contract.labels == LABELS and classifier.contract.input.resize == "squeeze"
    prediction = classifier.predict(images())
    np.testing.assert_allclose(prediction.probs, model.predict(images(), verbose=0), atol=1e-5)
    features = keras.Model(model.input, model.layers[-2].output).predict(images(), verbose=0)
    np.testing.assert_allclose(prediction.embedding, features, atol=1e-4)
    out = capsys.readouterr().out
    assert "a Keras model" in out and "pixels: none (guessed: it scales them itself" in out
    assert f"labels: 3 ({folder / 'labels.txt'})" in out and "answers as the original" in out


def teachable_machine_model(folder: Path) -> Any:
    """keras_model.h5 as Keras 2 wrote it: models within models, `groups`, lists of one input and one output."""
    keras.utils.set_random_seed(5)
    wide = {"kernel_initializer": keras.initializers.RandomNormal(stddev=1.0)}
    inner_input = keras.Input((SIZE, SIZE, 3), name="input_1")
    depthwise = keras.layers.DepthwiseConv2D(3, strides=2, name="expanded_conv_depthwise", use_bias=False)
    depthwise.depthwise_initializer = keras.initializers.RandomNormal(stddev=1.0)
    inner = keras.Model(inner_input, keras.layers.ReLU(6.0, name="out_relu")(depthwise(inner_input)), name="model3")
    pool = keras.layers.GlobalAveragePooling2D(name="pool")
    seen = keras.Sequential([keras.Input((SIZE, SIZE, 3), name="model3_input"), inner, pool], name="sequential_9")
    first = keras.layers.Dense(WIDTH, activation="relu", name="dense_1", **wide)
    last = keras.layers.Dense(3, activation="softmax", use_bias=False, name="dense_2", **wide)
    head = keras.Sequential([keras.Input((3,), name="dense_1_input"), first, last], name="sequential_11")
    entry = keras.Input((SIZE, SIZE, 3), name="sequential_9_input")
    model = keras.Sequential([entry, seen, head], name="sequential_12")
    model.save(folder / "keras_model.h5")

    def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
        return {"class_name": kind, "config": {"name": name, **config}}

    def image_input(name: str, shape: Sequence[int | None] = (None, SIZE, SIZE, 3)) -> dict[str, Any]:
        return layer("InputLayer", name, batch_input_shape=list(shape), dtype="float32", sparse=False, ragged=False)

    conv = {"kernel_size": [3, 3], "strides": [2, 2], "padding": "valid", "groups": 1, "use_bias": False}
    functional = layer(
        "Functional",
        "model3",
        layers=[
            {**image_input("input_1"), "name": "input_1", "inbound_nodes": []},
            {
                **layer("DepthwiseConv2D", "expanded_conv_depthwise", **conv),
                "name": "expanded_conv_depthwise",
                "inbound_nodes": [[["input_1", 0, 0, {}]]],
            },
            {
                **layer("ReLU", "out_relu", max_value=6.0),
                "name": "out_relu",
                "inbound_nodes": [[["expanded_conv_depthwise", 0, 0, {}]]],
            },
        ],
        input_layers=[["input_1", 0, 0]],
        output_layers=[["out_relu", 0, 0]],
    )
    within = [image_input("model3_input"), functional, layer("GlobalAveragePooling2D", "pool")]
    dense = [
        image_input("dense_1_input", (None, 3)),
        layer("Dense", "dense_1", units=WIDTH, activation="relu", batch_input_shape=[None, 3]),
        layer("Dense", "dense_2", units=3, activation="softmax", use_bias=False),
    ]
    parts = [layer("Sequential", "sequential_9", layers=within), layer("Sequential", "sequential_11", layers=dense)]
    whole = layer("Sequential", "sequential_12", layers=[image_input("sequential_9_input"), *parts])
    with h5py.File(folder / "keras_model.h5", "r+") as file:
        file.attrs["model_config"] = json.dumps(whole)
        file.attrs["keras_version"] = "2.4.0"
    return model


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_model_of_teachable_machine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "labels.txt").write_text("0 Class 1\n1 Über mir\n2 猫\n", encoding="utf-8")
    model = teachable_machine_model(folder)
    with pytest.raises(Exception, match="groups"):  # why care is needed
        keras.models.load_model(folder / "keras_model.h5")
    classifier = imported(folder / "keras_model.h5")
    assert classifier.contract.labels == ("Class 1", "Über mir", "猫")
    assert classifier.contract.input.resize == "crop"
    expected = model.predict(FORMULAS["-1..1"](images()), verbose=0)
    np.testing.assert_allclose(classifier.predict(images()).probs, expected, atol=1e-5)
    assert classifier.predict(images()).embedding.shape == (9, WIDTH)
    assert "pixels: -1..1 (guessed" in capsys.readouterr().out


def test_a_saved_model_folder(folder: Path) -> None:
    model = keras_model()
    model.export(folder / "saved", verbose=False)
    np.testing.assert_allclose(
        imported(folder / "saved").predict(images()).probs, model.predict(images(), verbose=0), atol=1e-5
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_tensorflow_lite_model(folder: Path) -> None:
    model = keras_model(scales=False)
    model.export(folder / "saved", verbose=False)
    (folder / "m.tflite").write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved")).convert())
    classifier = imported(folder / "m.tflite", "--scaling", "0..1")
    expected = model.predict(images() / 255, verbose=0)
    np.testing.assert_allclose(classifier.predict(images()).probs, expected, atol=1e-4)
    assert classifier.predict(images()).embedding.shape == (9, WIDTH)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("scaling", SCALINGS)
def test_every_scaling_and_layout_is_that_of_its_makers(folder: Path, scaling: str, layout: str) -> None:
    contrast = 0.01 if scaling in ("none", "caffe") else 1.0
    path = write_onnx(folder / "m.onnx", layout=layout, contrast=contrast)
    native = FORMULAS[scaling](images().astype(np.float64)).astype(np.float32)
    native = native.transpose(0, 3, 1, 2) if layout == "NCHW" else native
    probs = imported(path, "--scaling", scaling).predict(images()).probs
    np.testing.assert_allclose(probs, softmax(original_of(path, np.ascontiguousarray(native))), atol=1e-4)
    assert np.ptp(probs, axis=0).max() > 0.02, "a model that says the same of everything proves nothing"


def test_one_image_at_a_time_becomes_any_number_and_can_be_taught(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classifier = imported(write_onnx(folder / "m.onnx"), "--scaling", "imagenet", "--resize", "stretch")
    together = classifier.predict(images())
    alone = [classifier.predict(image[None]) for image in images()]
    np.testing.assert_allclose(together.probs, np.concatenate([one.probs for one in alone]), atol=1e-5)
    np.testing.assert_allclose(together.embedding, np.concatenate([one.embedding for one in alone]), atol=1e-5)
    model = onnx.load(classifier.path)
    assert head_weights(model, WIDTH) is not None
    assert classifier.contract.info["imported_from"] == "m.onnx" and classifier.contract.input.resize == "stretch"
    out = capsys.readouterr().out
    assert "answers: logits (as its answers look)" in out and f"embedding: {WIDTH} numbers" in out


@pytest.mark.parametrize("end", ["", "Softmax"])
def test_a_graph_that_holds_for_one_image_alone_sees_several_in_turn(folder: Path, end: str) -> None:
    path = write_onnx(folder / "m.onnx", flatten="for one", end=end)
    classifier = imported(path, "--scaling", "0..1")
    native = np.ascontiguousarray((images() / 255).astype(np.float32).transpose(0, 3, 1, 2))
    prediction = classifier.predict(images())
    original = original_of(path, native)
    np.testing.assert_allclose(prediction.probs, original if end else softmax(original), atol=1e-5)
    assert prediction.embedding.shape == (9, WIDTH)
    assert np.ptp(prediction.embedding, axis=0).max() > 0.02


def test_uint8_pixels_and_probabilities(folder: Path) -> None:
    path = write_onnx(
        folder / "m.onnx", layout="NHWC", dtype=TensorProto.UINT8, batch="N", end="Softmax", contrast=0.01
    )
    probs = imported(path).predict(images()).probs
    np.testing.assert_allclose(probs, original_of(path, images()), atol=1e-5)


@pytest.mark.parametrize("opset", [11, 13, 19])
def test_other_opsets_become_that_of_teaching_where_they_can(folder: Path, opset: int) -> None:
    classifier = imported(write_onnx(folder / "m.onnx", opset=opset), "--scaling", "0..1")
    assert {item.version for item in onnx.load(classifier.path).opset_import if not item.domain} == {17}


@pytest.mark.parametrize("end", ["Sigmoid", ""])
def test_one_number_for_two_classes(folder: Path, end: str) -> None:
    path = write_onnx(folder / "m.onnx", classes=1, end=end)
    (folder / "labels.txt").write_text("cat\ndog\n")
    probs = imported(path, "--scaling", "0..1").predict(images()).probs
    native = np.ascontiguousarray((images() / 255).astype(np.float32).transpose(0, 3, 1, 2))
    answer = original_of(path, native)[:, 0]
    expected = answer if end else 1 / (1 + np.exp(-answer))
    np.testing.assert_allclose(probs[:, 1], expected, atol=1e-5)
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("steps", "guess"),
    [
        ([("Div", 255.0)], "none"),
        ([("Mul", 1 / 127.5), ("Sub", 1.0)], "none"),
        ([("Sub", MEAN * 255), ("Div", STD * 255)], "none"),
        ([("Sub", BGR_MEAN)], "none"),
        ([("Mul", 2.0), ("Sub", 1.0)], "0..1"),
        ([("Sub", MEAN), ("Div", STD)], "0..1"),
    ],
)
def test_a_model_that_begins_with_a_scaling_tells_what_it_takes(
    folder: Path, steps: list[tuple[str, Any]], guess: str
) -> None:
    nodes, value = [], "image"
    for position, (kind, number) in enumerate(steps):
        array = np.array(number, np.float32).reshape((1, -1, 1, 1) if np.ndim(number) else ())
        nodes.append(helper.make_node("Constant", [], [f"c{position}"], value=numpy_helper.from_array(array)))
        nodes.append(helper.make_node(kind, [value, f"c{position}"], [value := f"v{position}"]))
    path = write_onnx(folder / "m.onnx", before=nodes, contrast=0.1)
    assert imported(path).contract.info["pixels"] == guess


def test_the_names_of_its_layers_tell_a_known_network(folder: Path) -> None:
    keras.applications.VGG16(weights=None, input_shape=(32, 32, 3), classes=3).save(folder / "m.keras")
    assert imported(folder / "m.keras").contract.info["pixels"] == "caffe"


def test_a_network_of_pytorch_is_not_taken_for_that_of_keras_with_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "labels.txt").write_text("0 cat\n1 dog\n2 owl\n")
    path = write_onnx(folder / "m.onnx")
    model = onnx.load(path)
    model.graph.node[0].name = "/inception3a/branch1/conv/Cast"
    onnx.save(model, path)
    assert "--scaling" in refused(path, capsys)


def test_the_size_is_asked_for_where_the_model_leaves_it_free(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_onnx(folder / "m.onnx", batch="N", side="side")
    assert "--size" in refused(path, capsys, "--scaling", "0..1")
    assert imported(path, "--scaling", "0..1", "--size", "48").contract.input.size == 48


def test_given_images_are_compared_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_onnx(folder / "m.onnx")
    photos = folder / "photos" / "cat"
    photos.mkdir(parents=True)
    assert "two readable images" in refused(path, capsys, "--scaling", "0..1", "--images", str(photos))
    for position, image in enumerate(images(5)):
        (photos / f"{position}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    imported(path, "--scaling", "0..1", "--images", str(photos.parent))
    out, err = capsys.readouterr()
    assert "on 5 images" in out and err == ""


def test_a_model_that_says_the_same_of_everything_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported(write_onnx(folder / "m.onnx", contrast=1e-6), "--scaling", "0..1")
    err = capsys.readouterr().err
    assert err.startswith("warning: all 32 made images get nearly the same answer") and err.count("\n") == 1


def test_the_yaml_file_beside_the_model_says_what_flags_say_and_flags_win(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_onnx(folder / "m.onnx")
    beside = folder / "m.onnx.yaml"
    beside.write_text("labels: [ant, bee, fly]\nscaling: -1..1\nresize: crop\n")
    (folder / "labels.txt").unlink()
    contract = imported(path).contract
    assert contract.labels == ("ant", "bee", "fly")
    assert (contract.info["pixels"], contract.input.resize) == ("-1..1", "crop")
    contract = imported(path, "--scaling", "0..1").contract
    assert (contract.info["pixels"], contract.input.resize) == ("0..1", "crop")
    (folder / "models" / "mine.onnx").unlink()
    (folder / "names.txt").write_text("x\ny\nz\n")
    beside.write_text("labels: names.txt\nscaling: 0..1\n")
    assert imported(path).contract.labels == ("x", "y", "z")
    (folder / "models" / "mine.onnx").unlink()
    capsys.readouterr()
    beside.write_text("labels: [ant, bee, fly]\nscale: 0..1\n")
    assert "m.onnx.yaml, line 2: unknown key scale; did you mean scaling?" in refused(path, capsys)
    beside.write_text("scaling: 0..2\n")
    assert "0..1, -1..1, imagenet" in refused(path, capsys)


def test_a_file_is_replaced_only_on_demand(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, output = write_onnx(folder / "m.onnx"), folder / "models" / "mine.onnx"
    output.write_text("older")
    assert main(["import", str(path), "--output", str(output), "--scaling", "0..1"]) == 2
    assert "exists" in capsys.readouterr().err and output.read_text() == "older"
    imported(path, "--scaling", "0..1")


@pytest.mark.parametrize(
    ("change", "flags", "words"),
    [
        ({}, [], "--scaling how it was trained: 0..1"),
        ({"end": "Sigmoid"}, ["--scaling", "0..1"], "sigmoid.*--logits"),
        ({}, ["--scaling", "0..1", "--probs"], "say --logits"),
        ({"classes": 4}, ["--scaling", "0..1"], "4 numbers an image, the labels are 3; .*--labels"),
        ({}, ["--scaling", "0..1", "--size", "64"], "takes images of 32 px, --size says 64"),
        ({}, ["--scaling", "0..1", "--layout", "NHWC"], "leave --layout NHWC out"),
        ({}, ["--labels", "nowhere.txt"], "nowhere.txt: expected a UTF-8 text file of class names"),
        ({"colours": 1}, ["--scaling", "0..1"], "expected three colours"),
        ({"batch": 4}, ["--scaling", "0..1"], "takes 4 images at a time"),
        ({"dtype": TensorProto.UINT8}, ["--scaling", "0..1"], "takes uint8 pixels"),
        ({"dtype": TensorProto.INT32}, [], "expected an input of float32, float16 or uint8"),
        ({"side": 16}, ["--scaling", "0..1"], "input_size must be a whole number from 32"),
    ],
)
def test_what_cannot_be_imported_is_said_in_one_line(
    folder: Path, change: dict[str, Any], flags: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_onnx(folder / "m.onnx", **change)
    err = refused(path, capsys, *flags)
    assert re.search(words, err), err


def test_files_that_are_no_classifiers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such model file" in refused(folder / "gone.onnx", capsys)
    (folder / "m.pt").write_bytes(b"\x80\x02}q\x00.")
    assert "torch.onnx.export" in refused(folder / "m.pt", capsys)
    (folder / "m.keras").write_bytes(b"PK\x03\x04 and no more")
    assert "m.keras: " in refused(folder / "m.keras", capsys)
    with h5py.File(folder / "w.h5", "w") as file:
        file.attrs["layer_names"] = ["a"]
    assert "weights without their network" in refused(folder / "w.h5", capsys)
    own = toy.write_model(folder / "own.onnx")
    assert "a model of this project already" in refused(own, capsys)
    (folder / "labels.txt").unlink()
    assert "does not name its classes" in refused(write_onnx(folder / "m.onnx"), capsys, "--scaling", "0..1")


def test_a_name_of_an_onnx_model_that_is_not_utf8(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_onnx(folder / "m.onnx")
    model = onnx.load(path)
    model.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "several"
    path.write_bytes(model.SerializeToString().replace(b"several", b"sever\xd8l"))
    assert "cannot be read as ONNX" in refused(path, capsys, "--scaling", "0..1")


def test_the_flags_take_what_the_yaml_file_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["import", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in ("scaling", "layout", "resize"):
        kinds = get_args(get_args(Choices.__annotations__[name])[0])
        assert f"--{name} {{{','.join(kinds)}}}" in text
    assert set(SCALINGS) == set(get_args(get_args(Choices.__annotations__["scaling"])[0]))
