import numpy as np
import onnx
import pytest

from app.errors import ModelError
from app.model.classifier import Classifier
from app.paths import GENERAL_MODEL
from app.teach.embed import with_eyes
from app.teach.general_network import KEY, columns, with_general


@pytest.fixture(scope="module")
def general():
    return onnx.load(GENERAL_MODEL)


def pictures(size=32):
    return np.random.default_rng(0).integers(0, 256, (3, size, size, 3), np.uint8)


def test_the_embedding_is_both_and_the_answers_stay(model, general, tmp_path):
    both = with_general(onnx.load(model), general)
    onnx.save(both, tmp_path / "both.onnx")
    before, after = (Classifier(path).predict(pictures()) for path in (model, tmp_path / "both.onnx"))
    assert after.embedding.shape == (3, 1283)
    assert np.array_equal(after.embedding[:, 1280:], before.embedding)
    assert np.array_equal(after.probs, before.probs)
    assert np.ptp(after.embedding[:, :1280], axis=0).max() > 0.1
    assert columns({item.key: item.value for item in both.metadata_props}) == 1280


def test_it_is_added_once(model, general):
    both = with_general(onnx.load(model), general)
    assert with_general(both, general) == both


def test_it_takes_pictures_of_every_size(model):
    _, classifier = with_eyes(model, GENERAL_MODEL)
    _, alone = with_eyes(model, None)
    assert classifier.predict(pictures()).embedding.shape == (3, 1283)
    assert alone.predict(pictures()).embedding.shape == (3, 3)


@pytest.mark.parametrize("text", ["x", "-1", "1" * 7, ""])
def test_a_broken_mark_is_refused(text):
    with pytest.raises(ModelError, match="whole number"):
        columns({KEY: text})


def test_another_file_in_its_place_is_refused(model, tmp_path):
    for content in (model.read_bytes(), b"no model at all", None):
        path = tmp_path / "general.onnx"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ModelError, match="general network"):
            with_eyes(model, path)
