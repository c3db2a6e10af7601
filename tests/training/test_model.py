from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from app.contract import EMBEDDING_NAME, INPUT_NAME
from app.errors import ConfigError
from tests.training.pictures import ALPHA, SIZE
from training.model import build_model, split_model

PICTURES = np.random.default_rng(0).integers(0, 256, (5, SIZE, SIZE, 3), dtype=np.uint8)


def test_uint8_frames_to_logits(base_weights: Path) -> None:
    model = build_model(SIZE, 4, ALPHA, 0.5, str(base_weights))
    assert model.input.name == INPUT_NAME and model.input.dtype == "uint8" and model.input.shape == (None, 32, 32, 3)
    assert model.output.shape == (None, 4)
    assert model.get_layer(EMBEDDING_NAME).output.shape == (None, 1280)


def test_the_pretrained_base_keeps_its_batch_norm(base_weights: Path) -> None:
    pretrained = build_model(SIZE, 4, ALPHA, 0, str(base_weights))
    trainable = {variable.path.rsplit("/", 1)[-1] for variable in pretrained.trainable_variables}
    assert not trainable & {"gamma", "beta"} and "kernel" in trainable
    before = [value.copy() for value in pretrained.get_weights()]
    pretrained(PICTURES, training=True)
    assert all(np.array_equal(one, two) for one, two in zip(before, pretrained.get_weights(), strict=True))


def test_without_pretraining_batch_norm_learns() -> None:
    scratch = build_model(SIZE, 4, ALPHA, 0, "none")
    assert any(variable.path.endswith("gamma") for variable in scratch.trainable_variables)
    before = [value.copy() for value in scratch.get_weights()]
    scratch(PICTURES, training=True)
    assert not all(np.array_equal(one, two) for one, two in zip(before, scratch.get_weights(), strict=True))


def test_the_two_halves_make_the_whole(base_weights: Path) -> None:
    model = build_model(SIZE, 4, ALPHA, 0.5, str(base_weights))
    features, head = split_model(model)
    assert np.allclose(head(features(PICTURES)), model(PICTURES), atol=1e-6)
    head.layers[-1].set_weights([np.zeros((1280, 4)), np.arange(4)])
    assert np.allclose(model(PICTURES), [0, 1, 2, 3]), "what the head learns is the model's"


def test_weights_that_do_not_fit_are_refused(tmp_path: Path, base_weights: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.h5: no such weights file; --weights takes imagenet, none or a path"):
        build_model(SIZE, 4, ALPHA, 0, str(tmp_path / "gone.h5"))
    with pytest.raises(ConfigError, match=r"not the weights of MobileNetV2 without top at alpha 0\.5"):
        build_model(SIZE, 4, 0.5, 0, str(base_weights))
    junk = tmp_path / "junk.weights.h5"
    junk.write_bytes(b"junk")
    with pytest.raises(ConfigError, match=r"junk\.weights\.h5: not the weights"):
        build_model(SIZE, 4, ALPHA, 0, str(junk))
    text = tmp_path / "weights.txt"
    text.write_text("junk")
    with pytest.raises(ConfigError, match=r"weights\.txt: not the weights"):
        build_model(SIZE, 4, ALPHA, 0, str(text))


def test_no_network_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise Exception("URL fetch failure on https://example.invalid/weights.h5: None -- unknown host")

    monkeypatch.setattr(keras.applications, "MobileNetV2", fail)
    with pytest.raises(ConfigError, match=r"cannot be downloaded .* pass a file with --weights PATH"):
        build_model(SIZE, 4, 1.0, 0, "imagenet")


def test_widths_without_imagenet_weights_are_named() -> None:
    with pytest.raises(ConfigError, match=r"exists for alpha 0\.35, .* not 0\.6"):
        build_model(SIZE, 4, 0.6, 0, "imagenet")
