from pathlib import Path

import numpy as np
import onnx
import pytest

from app.arrays import Images
from app.errors import ModelError
from app.model.classifier import Classifier
from app.paths import GENERAL_MODEL
from app.teach.general_network import (
    GENERAL_KEY,
    attach_general_network,
    concatenate_embeddings,
    count_general_columns,
)


@pytest.fixture(scope="module")
def general() -> onnx.ModelProto:
    return onnx.load(GENERAL_MODEL)


def images(size: int = 32) -> Images:
    return np.random.default_rng(0).integers(0, 256, (3, size, size, 3), np.uint8)


def test_the_embedding_is_both_and_the_answers_stay(model: Path, general: onnx.ModelProto, tmp_path: Path) -> None:
    both = concatenate_embeddings(onnx.load(model), general)
    onnx.save(both, tmp_path / "both.onnx")
    before, after = (Classifier(path).predict(images()) for path in (model, tmp_path / "both.onnx"))
    assert after.embedding.shape == (3, 1283)
    assert np.array_equal(after.embedding[:, 1280:], before.embedding)
    assert np.array_equal(after.probs, before.probs)
    assert np.ptp(after.embedding[:, :1280], axis=0).max() > 0.1


def test_it_is_attached_once(model: Path, general: onnx.ModelProto) -> None:
    both = concatenate_embeddings(onnx.load(model), general)
    assert concatenate_embeddings(both, general) == both


def test_a_base_model_knows_its_columns_and_contract(model: Path) -> None:
    base, alone = attach_general_network(model, GENERAL_MODEL), attach_general_network(model, None)
    assert base.classifier.predict(images()).embedding.shape == (3, 1283) and base.general_columns == 1280
    assert alone.classifier.predict(images()).embedding.shape == (3, 3) and alone.general_columns == 0
    assert base.contract == alone.contract == Classifier(model).contract
    assert base.metadata == {**alone.metadata, GENERAL_KEY: "1280"}


@pytest.mark.parametrize("text", ["x", "-1", "1" * 7, ""])
def test_a_broken_mark_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match="whole number"):
        count_general_columns({GENERAL_KEY: text})


def test_another_file_in_its_place_is_refused(model: Path, tmp_path: Path) -> None:
    for content in (model.read_bytes(), b"no model at all", None):
        path = tmp_path / "general.onnx"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match="general network"):
            attach_general_network(model, path)


def test_a_model_of_another_opset_is_refused(model: Path, general: onnx.ModelProto) -> None:
    other = onnx.load(model)
    other.opset_import[0].version = 18
    with pytest.raises(ModelError, match="opset is 18"):
        concatenate_embeddings(other, general)


def test_a_model_whose_embedding_has_no_size_is_refused(model: Path, general: onnx.ModelProto) -> None:
    other = onnx.load(model)
    for value in other.graph.output:
        value.type.tensor_type.shape.dim[-1].dim_param = "D"
    with pytest.raises(ModelError, match="not fixed"):
        concatenate_embeddings(other, general)
