from pathlib import Path

import numpy as np
import onnx

from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import EMBEDDING_NAME, INPUT_NAME, PROBS_NAME, ModelContract
from training.networks.model import build_model
from training.onnx_files.convert import OPSET, convert, publishable, to_onnx
from training.recipe import Recipe

RECIPE = Recipe(backbone="compact_cnn", input_size=32, alpha=0.25, batch_norm="trained")
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)


def test_the_temperature_is_inside_the_graph() -> None:
    model = build_model(RECIPE, 3)
    logits = model.predict(IMAGES, verbose=0)
    probs, embedding = publishable(model, 32, 2.0).predict(IMAGES, verbose=0)
    powers = np.exp(logits / 2 - (logits / 2).max(axis=1, keepdims=True))
    assert np.allclose(probs, powers / powers.sum(axis=1, keepdims=True), atol=1e-6)
    kernel, bias = model.get_layer("logits").get_weights()
    assert np.allclose(embedding @ kernel + bias, logits, atol=1e-4), "the embedding is what the head sees"


def test_with_the_mirror_image_the_embedding_is_the_mean_of_both() -> None:
    model = build_model(RECIPE, 3)
    plain, mirrored = (publishable(model, 32, 1.0, mirror).predict(IMAGES, verbose=0)[1] for mirror in (False, True))
    flipped = publishable(model, 32, 1.0).predict(IMAGES[:, :, ::-1], verbose=0)[1]
    np.testing.assert_allclose(mirrored, (plain + flipped) / 2, atol=1e-5)


def test_the_file_has_the_contracts_names_and_a_free_batch_dimension(tmp_path: Path) -> None:
    contract = ModelContract(("a", "b", "c"), InputSpec(32, "crop"), (0.5,) * 3, {"dataset": "d"})
    model = publishable(build_model(RECIPE, 3), 32, 2.0)
    graph = convert(model, contract)
    assert {item.domain: item.version for item in graph.opset_import}[""] == OPSET
    assert [value.name for value in graph.graph.input] == [INPUT_NAME]
    assert [value.name for value in graph.graph.output] == [PROBS_NAME, EMBEDDING_NAME]
    shape = graph.graph.input[0].type.tensor_type.shape.dim
    assert shape[0].dim_param == "N" and [dim.dim_value for dim in shape[1:]] == [32, 32, 3]
    onnx.save(graph, tmp_path / "m.onnx")
    classifier = Classifier(tmp_path / "m.onnx")
    assert classifier.contract == contract
    expected = model.predict(IMAGES, verbose=0)
    found = classifier.predict(IMAGES)
    np.testing.assert_allclose(found.probs, expected[0], atol=1e-5)
    np.testing.assert_allclose(found.embedding, expected[1], atol=1e-4)


def test_a_model_may_take_images_of_any_size() -> None:
    recipe = Recipe(backbone="compact_cnn", input_size=48, train_size=32, alpha=0.25)
    graph = to_onnx(build_model(recipe, 3), None, ["answers"])
    assert graph.graph.output[0].name == "answers" and graph.graph.input[0].name == INPUT_NAME
    dims = graph.graph.input[0].type.tensor_type.shape.dim
    assert [dim.dim_value for dim in dims] == [0, 0, 0, 3], "0: free"
