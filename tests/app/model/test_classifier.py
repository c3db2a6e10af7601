from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from app.errors import ModelError
from app.images.prepare import InputSpec, prepare
from app.model.classifier import MOST_IN_FLIGHT, Classifier
from app.model.contract import ModelContract
from app.model.onnx_session import CPU
from app.system.cores import usable_cores
from tests import toy

METADATA = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3).to_metadata()


@pytest.fixture(scope="module")
def classifier(model: Path) -> Classifier:
    return Classifier(model)


def test_says_what_it_runs(classifier: Classifier, model: Path) -> None:
    assert classifier.path == model
    assert classifier.contract == ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3)
    assert classifier.provider == "CPUExecutionProvider"


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        (toy.RED, (0.9993, 0.0003, 0.0003)),
        (toy.GREEN, (0.0003, 0.9993, 0.0003)),
        (toy.BLUE, (0.0003, 0.0003, 0.9993)),
        (toy.GREY, (1 / 3, 1 / 3, 1 / 3)),
        ((0, 255, 255), (0.49992, 0.49992, 0.00017)),
    ],
)
def test_probabilities_are_those_of_the_model(
    classifier: Classifier, colour: tuple[int, int, int], expected: tuple[float, ...]
) -> None:
    prediction = classifier.predict(prepare(toy.plain(colour), classifier.contract.input)[None])
    assert prediction.probs[0] == pytest.approx(expected, abs=1e-4)
    assert prediction.embedding[0] == pytest.approx(np.array(colour)[::-1] / 255, abs=1e-5)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_batch_gives_what_each_picture_gives_alone(classifier: Classifier, count: int) -> None:
    batch = np.random.default_rng(0).integers(0, 256, (count, 32, 32, 3), np.uint8)
    together = classifier.predict(batch)
    alone = [classifier.predict(picture[None]) for picture in batch]
    assert together.probs.shape == (count, 3)
    assert together.probs.dtype == together.embedding.dtype == np.float32
    np.testing.assert_allclose(together.probs, np.concatenate([one.probs for one in alone]), atol=1e-5)
    np.testing.assert_allclose(together.embedding, np.concatenate([one.embedding for one in alone]), atol=1e-5)


def test_a_view_gives_what_its_copy_gives(classifier: Classifier) -> None:
    batch = np.random.default_rng(0).integers(0, 256, (6, 32, 64, 3), np.uint8)[::2, :, ::2, ::-1]
    np.testing.assert_array_equal(classifier.predict(batch).probs, classifier.predict(batch.copy()).probs)


@pytest.mark.parametrize("threads", [0, 2])
def test_threads_change_nothing(classifier: Classifier, model: Path, threads: int) -> None:
    batch = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    np.testing.assert_allclose(Classifier(model, threads).predict(batch).probs, classifier.predict(batch).probs)


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((32, 32, 3), np.uint8),
        np.zeros((0, 32, 32, 3), np.uint8),
        np.zeros((1, 31, 32, 3), np.uint8),
        np.zeros((1, 3, 32, 32), np.uint8),
        np.zeros((1, 32, 32, 4), np.uint8),
        np.zeros((1, 32, 32, 3), np.float32),
        np.zeros((1, 32, 32, 3), np.int8),
    ],
    ids=lambda batch: f"{batch.dtype}-{'x'.join(map(str, batch.shape))}",
)
def test_another_shape_or_dtype_is_refused(classifier: Classifier, batch: Any) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \(N, 32, 32, 3\), got"):
        classifier.predict(batch)


@pytest.mark.parametrize("name", ["nowhere.onnx", "x" * 300])
def test_a_missing_file_says_how_to_give_one(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=f"{name}: no such model file; give the path of an .onnx file"):
        Classifier(tmp_path / name)


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="a folder, no model file; give the path of a file in it"):
        Classifier(tmp_path)


@pytest.mark.parametrize("part", [0, 10, 0.5, -1])
def test_a_truncated_model_is_refused(model: Path, tmp_path: Path, part: float) -> None:
    data = model.read_bytes()
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(data[: part if isinstance(part, int) else int(len(data) * part)])
    _refused(broken)


def test_a_text_file_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "notes.onnx"
    path.write_text("not a model\n" * 100)
    _refused(path, "not an ONNX model")


def test_a_picture_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "noise.onnx"
    path.write_bytes(np.random.default_rng(0).bytes(4096))
    _refused(path, "not an ONNX model")


@pytest.mark.parametrize("key", sorted(METADATA))
def test_a_model_without_its_metadata_is_refused(tmp_path: Path, key: str) -> None:
    metadata = {name: value for name, value in METADATA.items() if name != key}
    _refused(toy.write_model(tmp_path / "plain.onnx", metadata=metadata), key)


@pytest.mark.parametrize("text", [b"resize", b"backbone", b"embedding"])
def test_names_and_metadata_that_are_no_utf_8_are_refused(tmp_path: Path, text: bytes) -> None:
    metadata = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3, {"backbone": "toy"}).to_metadata()
    path = toy.write_model(tmp_path / "odd.onnx", metadata=metadata)
    data = path.read_bytes()
    assert text in data
    path.write_bytes(data.replace(text, text[:-1] + b"\xa4"))
    _refused(path, "UTF-8|not an ONNX model")


@pytest.mark.parametrize("labels", [("a", "b"), ("a", "b", "c", "d")])
def test_labels_that_do_not_fit_the_outputs_are_refused(tmp_path: Path, labels: tuple[str, ...]) -> None:
    _refused(toy.write_model(tmp_path / "other.onnx", labels), f"{len(labels)} labels need probs")


def test_another_size_than_the_metadata_says_is_refused(tmp_path: Path) -> None:
    path = toy.write_model(tmp_path / "large.onnx", size=64, metadata=METADATA)
    _refused(path, "expected the input frames")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input_type": TensorProto.FLOAT}, "expected the input frames"),
        ({"input_name": "images"}, "expected the input frames"),
        ({"batch": 1}, "does not run"),
        ({"probs": "scores"}, "expected the outputs probs and embedding"),
        ({"softmax": False}, "probabilities that sum to one"),
    ],
    ids=["float input", "input name", "one picture only", "output name", "no softmax"],
)
def test_a_model_that_breaks_the_contract_is_refused(tmp_path: Path, change: dict[str, str], words: str) -> None:
    _refused(_odd_model(tmp_path / "odd.onnx", **change), words)


def test_the_odd_model_without_a_change_is_good(tmp_path: Path) -> None:
    Classifier(_odd_model(tmp_path / "good.onnx"))


def _refused(path: Path, words: str = "ONNX") -> None:
    """The error is one line and names the file."""
    with pytest.raises(ModelError, match=words) as caught:
        Classifier(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value).removeprefix(str(path))) < 300


def _odd_model(
    path: Path,
    input_type: int = TensorProto.UINT8,
    input_name: str = "frames",
    batch: Any = "N",
    probs: str = "probs",
    softmax: bool = True,
) -> Path:
    nodes = [
        helper.make_node("Cast", [input_name], ["float"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["float"], ["embedding"], axes=[1, 2], keepdims=0),
        helper.make_node("Softmax", ["embedding"], [probs])
        if softmax
        else helper.make_node("Exp", ["embedding"], [probs]),
    ]
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, 3]) for name in (probs, "embedding")]
    inputs = [helper.make_tensor_value_info(input_name, input_type, [batch, 32, 32, 3])]
    graph = helper.make_graph(nodes, "odd", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, METADATA)
    onnx.save(model, path)
    return path


def test_how_many_runs_are_in_flight_follows_the_cores(model: Path) -> None:
    one, two, all_of_them = (Classifier(model, threads).max_in_flight for threads in (1, 2, 0))
    assert all_of_them == 0, "a run that takes every core leaves none to another"
    assert one == (min(MOST_IN_FLIGHT, usable_cores()) if usable_cores() > 1 else 0)
    assert two <= one


def test_only_the_processor_has_several_runs_in_flight(model: Path) -> None:
    """DirectML allows one run of a session at a time."""
    classifier = Classifier(model)
    assert classifier.provider == CPU
    classifier.provider = "DmlExecutionProvider"
    assert classifier.max_in_flight == 0
