from pathlib import Path

import numpy as np
import onnx
import pytest

from app.errors import ModelError
from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.model.probabilities import softmax
from app.paths import MODELS
from app.teach.head import Head
from app.teach.onnx_head import NewHead, head_weights, replace_head

FRAMES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)


def contract(*labels: str) -> ModelContract:
    return ModelContract(labels, InputSpec(32, "crop"), (0.5,) * len(labels))


def head(classes: int) -> Head:
    rng = np.random.default_rng(1)
    return Head(rng.normal(0, 1, (3, classes)), rng.normal(0, 1, classes))


def test_the_last_layer_is_replaced(model: Path, tmp_path: Path) -> None:
    made = replace_head(onnx.load(model), NewHead(head(2), 0, np.eye(2)), contract("x", "y"), {"more": "1"})
    onnx.save(made, tmp_path / "made.onnx")
    assert "pick" not in {tensor.name for tensor in made.graph.initializer}, "the old head is gone"
    assert {item.key: item.value for item in made.metadata_props}["more"] == "1"
    old, new = Classifier(model).predict(FRAMES), Classifier(tmp_path / "made.onnx").predict(FRAMES)
    assert (old.embedding == new.embedding).all()
    np.testing.assert_allclose(new.probs, softmax(head(2).logits(np.sqrt(old.embedding))), atol=1e-5)


def test_old_classes_keep_their_proportions_also_twice(model: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.onnx", tmp_path / "twice.onnx"
    onnx.save(replace_head(onnx.load(model), NewHead(head(5), 3, np.eye(5)), contract(*"rgbxy"), {}), once)
    onnx.save(replace_head(onnx.load(once), NewHead(head(6), 5, np.eye(6)), contract(*"rgbxyz"), {}), twice)
    before, after = Classifier(once).predict(FRAMES).probs, Classifier(twice).predict(FRAMES).probs
    old = Classifier(model).predict(FRAMES).probs
    for probs, earlier in ((before, old), (after, before)):
        kept = probs[:, : earlier.shape[1]]
        np.testing.assert_allclose(kept / kept.sum(axis=1, keepdims=True), earlier, atol=1e-5)


def test_an_output_that_corrects_is_added_to_its_class(model: Path, tmp_path: Path) -> None:
    merge = np.eye(3)[[0, 1, 2, 1]]  # the fourth output is more of the second class
    onnx.save(replace_head(onnx.load(model), NewHead(head(4), 3, merge), contract(*"rgb"), {}), tmp_path / "m.onnx")
    old, new = Classifier(model).predict(FRAMES), Classifier(tmp_path / "m.onnx").predict(FRAMES)
    gate = softmax(head(4).logits(np.sqrt(old.embedding)))
    expected = old.probs * gate[:, :3].sum(axis=1, keepdims=True)
    expected[:, 1] += gate[:, 3]
    np.testing.assert_allclose(new.probs, expected, atol=1e-5)


def test_a_rejection_leaves_the_rest_to_none(model: Path, tmp_path: Path) -> None:
    rejection = Head(np.random.default_rng(2).normal(0, 1, (3, 3)), np.array([0.0, 0.0, 0.5]))
    new = NewHead(head(2), 0, np.eye(2), rejection)
    onnx.save(replace_head(onnx.load(model), new, contract("x", "y"), {}), tmp_path / "m.onnx")
    features = np.sqrt(Classifier(model).predict(FRAMES).embedding)
    known = 1 - softmax(rejection.logits(features))[:, 2:]
    expected = softmax(head(2).logits(features)) * known
    np.testing.assert_allclose(Classifier(tmp_path / "m.onnx").predict(FRAMES).probs, expected, atol=1e-5)


def test_an_old_opset_is_refused(model: Path) -> None:
    old = onnx.load(model)
    old.opset_import[0].version = 12
    with pytest.raises(ModelError, match="opset 13 or more, got 12"):
        replace_head(old, NewHead(head(2), 0, np.eye(2)), contract("x", "y"), {})


@pytest.mark.parametrize(("name", "classes"), [("har15", 15), ("stanford40", 40)])
def test_the_weights_of_every_shipped_linear_head_are_found(name: str, classes: int) -> None:
    rows = head_weights(onnx.load(MODELS / f"{name}.onnx"), 1280)
    assert rows is not None and rows.shape == (classes, 1280) and rows.dtype == np.float32


def test_weights_of_another_size_are_not_the_heads(model: Path) -> None:
    assert head_weights(onnx.load(model), 3) is not None
    assert head_weights(onnx.load(model), 4) is None
    assert head_weights(onnx.load(model), 3, "no_such_value") is None
