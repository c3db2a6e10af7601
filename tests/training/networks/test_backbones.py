"""Networks without top: names, sizes, and the export of every kind."""

import hashlib
import logging
import re
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime
import pytest
import tensorflow as tf
import tf2onnx

from app.errors import ConfigError
from app.model.contract import INPUT_NAME
from tests.training.networks.shaken import TOLERANCE, differ, images, shaken_file
from training.networks import backbones
from training.networks.backbones import imagenet, load_base
from training.networks.model import build_model
from training.recipe import Recipe


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(backbone="compact_cnn", input_size=32),
        Recipe(backbone="resnet18_small", alpha=0.125, input_size=32),
        Recipe(backbone="baseline_cnn", input_size=48, colour="grey", hidden_units=16),
        Recipe(backbone="deeper_cnn", alpha=0.125, input_size=33, batch_norm="removed"),
        Recipe(backbone="mobilenet_v2", alpha=0.35, input_size=40, colour="grey", batch_norm="removed"),
        Recipe(backbone="mobilenet_v3_small", alpha=0.75, input_size=33),
    ],
    ids=lambda recipe: f"{recipe.backbone}-{recipe.input_size}-{recipe.colour}-{recipe.batch_norm}",
)
def test_the_exported_graph_equals_the_model(recipe: Recipe, tmp_path: Path) -> None:
    frames = images(recipe.input_size)
    model = build_model(recipe, 4, shaken_file(recipe, tmp_path / "base.weights.h5"))
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)  # its warnings are of optimisations that it passes over
    signature = [tf.TensorSpec((None, *frames.shape[1:]), tf.uint8, name=INPUT_NAME)]
    graph, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=17)
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    expected = model.predict(frames, verbose=0)
    assert differ(expected)
    for count in (1, 7):
        (got,) = session.run(None, {INPUT_NAME: frames[:count]})
        assert np.abs(got - expected[:count]).max() < TOLERANCE


@pytest.mark.parametrize("norm", ["frozen", "removed"])
@pytest.mark.parametrize("name", ["compact_cnn", "resnet18_small", "baseline_cnn", "deeper_cnn", "mobilenet_v2"])
def test_with_a_train_size_the_network_takes_images_of_any_size(name: str, norm: Any) -> None:
    alpha = 0.35 if name == "mobilenet_v2" else 0.25
    recipe = Recipe(backbone=name, alpha=alpha, input_size=64, train_size=48, batch_norm=norm)
    model = build_model(recipe, 4)
    fixed = build_model(msgspec.structs.replace(recipe, train_size=0), 4)
    fixed.set_weights(model.get_weights())
    assert model(images(48)).shape == (7, 4)
    frames = images(64)
    np.testing.assert_allclose(model(frames), fixed(frames), atol=TOLERANCE)


@pytest.mark.parametrize(
    ("recipe", "facts"),
    [
        (Recipe(backbone="mobilenetv2"), "mobilenetv2; did you mean mobilenet_v2?"),
        (Recipe(backbone="MobileNet_V2"), "MobileNet_V2; did you mean mobilenet_v2?"),
        (Recipe(backbone="zzz"), "zzz; known: mobilenet, mobilenet_v2, "),
        (Recipe(backbone="inception_v3", input_size=64), "inception_v3 input_size 75 64"),
        (Recipe(backbone="inception_v3", input_size=96, train_size=64), "inception_v3 train_size 75 64"),
        (Recipe(backbone="xception", input_size=70), "xception input_size 71 70"),
        (Recipe(backbone="vgg16", alpha=0.5), "vgg16 alpha 1, 0.5"),
    ],
)
def test_a_recipe_that_no_network_fits_is_refused(recipe: Recipe, facts: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_base(recipe, "none")
    assert re.search(".* ".join(map(re.escape, facts.split())), str(caught.value))


@pytest.mark.parametrize(
    ("recipe", "facts"),
    [
        (Recipe(backbone="compact_cnn"), ("compact_cnn", "--weights none")),
        (Recipe(backbone="mobilenet_v3_small", alpha=0.5), ("alpha 0.75, 1.0", "not 0.5", "--weights none")),
    ],
)
def test_imagenet_weights_that_do_not_exist_are_refused(recipe: Recipe, facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_base(recipe, "imagenet")
    assert all(fact in str(caught.value) for fact in facts)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine on which no weights lie, and without a network."""

    def fail(*arguments: object) -> None:
        raise Exception("URL fetch failure on https://example.org: None")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(imagenet.FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(imagenet, "PROJECT", tmp_path / "project")
    monkeypatch.setattr(backbones, "_build", fail)
    return tmp_path


def test_offline_the_file_its_source_and_its_places_are_named(nowhere: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_base(Recipe(), "imagenet")
    said = str(caught.value)
    assert imagenet.FILE in said and imagenet.SOURCE in said and imagenet.FOLDER_VARIABLE in said
    assert str(nowhere / "cache" / "daily-activity") in said and "\n" not in said


@pytest.mark.parametrize("place", ["cache", "shared", "variable", "the file itself"])
def test_weights_are_found_where_they_may_lie(nowhere: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    file = {
        "cache": nowhere / "cache" / "daily-activity" / imagenet.FILE,
        "shared": nowhere / "shared" / "weights" / imagenet.FILE,
        "variable": nowhere / "mine" / imagenet.FILE,
        "the file itself": nowhere / "own.h5",
    }[place]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"weights")
    monkeypatch.setattr(imagenet, "SHA256", hashlib.sha256(b"weights").hexdigest())
    if place == "variable":
        monkeypatch.setenv(imagenet.FOLDER_VARIABLE, str(file.parent))
    elif place == "the file itself":
        monkeypatch.setenv(imagenet.FOLDER_VARIABLE, str(file))
    assert imagenet.stored_weights() == file


def test_a_damaged_file_of_weights_is_named(nowhere: Path) -> None:
    file = nowhere / "cache" / "daily-activity" / imagenet.FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"half of it")
    with pytest.raises(ConfigError, match="damaged"):
        load_base(Recipe(), "imagenet")
