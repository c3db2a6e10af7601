from pathlib import Path

import numpy as np
import onnx
import pytest

from app.arrays import Float64s
from app.errors import ModelError, OutputError
from app.model.classifier import Classifier
from app.teach.captures import Capture
from app.teach.publish import TOLERANCE, model_info, publish
from tests.app.teach.test_report import REPORT


@pytest.fixture
def probs(model: Path, captures: list[Capture]) -> Float64s:
    return Classifier(model).predict(np.stack([capture.image for capture in captures])).probs.astype(float)


def test_a_model_that_agrees_is_written(model: Path, captures: list[Capture], probs: Float64s, tmp_path: Path) -> None:
    publish(onnx.load(model), tmp_path / "x.onnx", captures, probs, threads=2)
    assert Classifier(tmp_path / "x.onnx").contract == Classifier(model).contract
    assert list(tmp_path.iterdir()) == [tmp_path / "x.onnx"], "no draft"


@pytest.mark.parametrize("difference", [2 * TOLERANCE, float("nan")])
def test_a_model_that_disagrees_leaves_what_was_there(
    model: Path, captures: list[Capture], probs: Float64s, tmp_path: Path, difference: float
) -> None:
    (tmp_path / "x.onnx").write_bytes(b"mine")
    probs[-1, 0] += difference  # the last capture is always compared
    with pytest.raises(ModelError, match="not written"):
        publish(onnx.load(model), tmp_path / "x.onnx", captures, probs, threads=2)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"mine"]


def test_a_folder_that_is_gone_is_an_error(
    model: Path, captures: list[Capture], probs: Float64s, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=r"x\.onnx"):
        publish(onnx.load(model), tmp_path / "gone" / "x.onnx", captures, probs, threads=2)


def test_the_file_says_where_it_comes_from_and_nothing_of_this_machine(model: Path) -> None:
    old = Classifier(model).contract
    old = type(old)(old.labels, old.input, old.thresholds, {"backbone": "mobilenet_v2", "dataset": "d", "scores": 1})
    info = model_info(old, REPORT)
    assert info["backbone"] == "mobilenet_v2" and info["base"] == {"dataset": "d"} and info["dataset"] == "captures"
    assert info["taught"]["pictures"] == {"tea": 8, "coffee": 9}
    assert not {"output", "base", "unreadable"} & info["taught"].keys()
