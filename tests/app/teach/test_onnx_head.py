import numpy as np
import onnx
import pytest

from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.teach.head import Head
from app.teach.onnx_head import NewHead, weight_rows, with_head
from tests.conftest import ROOT

FRAMES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)


def contract(*labels):
    return ModelContract(labels, InputSpec(32, "crop"), (0.5,) * len(labels))


def head(classes):
    rng = np.random.default_rng(1)
    return Head(rng.normal(0, 1, (3, classes)), rng.normal(0, 1, classes))


def test_the_last_layer_is_replaced(model, tmp_path):
    made = with_head(onnx.load(model), NewHead(head(2), 0, np.eye(2)), contract("x", "y"), {"more": "1"})
    onnx.save(made, tmp_path / "made.onnx")
    assert "pick" not in {tensor.name for tensor in made.graph.initializer}  # the old head is gone
    assert {item.key: item.value for item in made.metadata_props}["more"] == "1"
    old, new = Classifier(model).predict(FRAMES), Classifier(tmp_path / "made.onnx").predict(FRAMES)
    assert (old.embedding == new.embedding).all()
    logits = head(2).logits(np.sqrt(old.embedding))
    np.testing.assert_allclose(new.probs, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), atol=1e-5)


def test_old_classes_keep_their_proportions_also_twice(model, tmp_path):
    once, twice = tmp_path / "once.onnx", tmp_path / "twice.onnx"
    onnx.save(with_head(onnx.load(model), NewHead(head(5), 3, np.eye(5)), contract(*"rgbxy"), {}), once)
    onnx.save(with_head(onnx.load(once), NewHead(head(6), 5, np.eye(6)), contract(*"rgbxyz"), {}), twice)
    before, after = Classifier(once).predict(FRAMES).probs, Classifier(twice).predict(FRAMES).probs
    old = Classifier(model).predict(FRAMES).probs
    for probs, earlier in ((before, old), (after, before)):
        kept = probs[:, : earlier.shape[1]]
        np.testing.assert_allclose(kept / kept.sum(axis=1, keepdims=True), earlier, atol=1e-5)


@pytest.mark.parametrize("name, classes", [("daily_activity", 16), ("har15", 15), ("stanford40", 40)])
def test_the_weights_of_every_shipped_head_are_found(name, classes):
    rows = weight_rows(onnx.load(ROOT / "models" / f"{name}.onnx"), 1280)
    assert rows is not None and rows.shape == (classes, 1280) and rows.dtype == np.float32
