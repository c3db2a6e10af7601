"""Captures of a class that the model has already: more examples of it."""

import numpy as np
import pytest

from app.errors import ConfigError
from app.images.prepare import InputSpec
from app.model.classifier import Classifier
from app.model.contract import ModelContract
from app.teach.captures import Capture
from app.teach.exemplars import KEY, Prototypes, pack
from app.teach.teach import teach
from tests import toy

YELLOW, WHITE, RED = (200, 200, 20), (225, 225, 225), (230, 20, 20)  # RGB


@pytest.fixture
def model(tmp_path_factory):
    """The toy model with prototypes: pure colours."""
    rows = np.repeat(np.eye(3, dtype=np.float32) * 0.9 + 0.05, 8, axis=0)
    remembered = pack(Prototypes(rows, (8, 8, 8), np.full(24, 0.99, np.float32), "colours"))
    metadata = ModelContract(toy.LABELS, InputSpec(32, "crop"), (0.6,) * 3).to_metadata()
    return toy.write_model(tmp_path_factory.mktemp("model") / "m.onnx", metadata={**metadata, KEY: remembered})


def pictures(label, colour, count, session="today", seed=0):
    rng = np.random.default_rng(seed)
    for number in range(count):
        noise = rng.integers(-15, 16, (32, 32, 3)) + rng.integers(-15, 16, 3)
        yield Capture(np.clip(noise + colour, 0, 255).astype(np.uint8), label, session, f"{label} {number}")


def answers(path, captures):
    classifier = Classifier(path)
    probs = classifier.predict(np.stack([capture.picture for capture in captures])).probs
    return [classifier.contract.labels[number] for number in probs.argmax(axis=1)]


def test_a_correction_is_learned_and_adds_no_class(model, tmp_path):
    unseen = list(pictures("red", YELLOW, 10, seed=9))
    assert set(answers(model, unseen)) != {"red"}
    report = teach(list(pictures("red", YELLOW, 10)), model, tmp_path / "m.onnx", keep=True, general=None)
    assert Classifier(tmp_path / "m.onnx").contract.labels == ("red", "green", "blue")
    assert set(answers(tmp_path / "m.onnx", unseen)) == {"red"}
    assert set(answers(tmp_path / "m.onnx", list(pictures("red", RED, 10, seed=8)))) == {"red"}
    assert report.kept == ("red", "green", "blue")


def test_corrections_and_new_classes_go_together(model, tmp_path):
    captures = [*pictures("red", YELLOW, 6), *pictures("white", WHITE, 8, seed=1)]
    teach(captures, model, tmp_path / "m.onnx", keep=True, general=None)
    assert Classifier(tmp_path / "m.onnx").contract.labels == ("red", "green", "blue", "white")
    found = answers(tmp_path / "m.onnx", captures)
    assert found[:6] == ["red"] * 6
    assert found[6:].count("white") >= 6


def test_a_new_class_beside_old_ones_shows_only_when_it_is_likelier_than_not(model, tmp_path):
    """Its own captures, all of one burst, would let it through at 0.3, and unseen scenes would flicker."""
    report = teach(list(pictures("white", WHITE, 8)), model, tmp_path / "m.onnx", keep=True, general=None)
    assert report.thresholds["white"] >= 0.5
    assert Classifier(tmp_path / "m.onnx").contract.thresholds[3] >= 0.5


def test_a_single_picture_corrects(model, tmp_path):
    captures = list(pictures("red", YELLOW, 1))
    teach(captures, model, tmp_path / "m.onnx", keep=True, general=None)
    assert answers(tmp_path / "m.onnx", captures) == ["red"]


def test_a_corrected_model_may_be_taught_again(model, tmp_path):
    teach(list(pictures("red", YELLOW, 6)), model, tmp_path / "m.onnx", keep=True, general=None)
    captures = list(pictures("white", WHITE, 8, seed=1))
    teach(captures, tmp_path / "m.onnx", tmp_path / "n.onnx", keep=True, general=None)
    assert Classifier(tmp_path / "n.onnx").contract.labels == ("red", "green", "blue", "white")
    assert set(answers(tmp_path / "n.onnx", captures)) == {"white"}
    assert set(answers(tmp_path / "n.onnx", list(pictures("red", YELLOW, 6, seed=3)))) == {"red"}


def test_the_same_name_in_other_letters_is_refused(model, tmp_path):
    with pytest.raises(ConfigError, match="in other letters"):
        teach(list(pictures("Red", YELLOW, 8)), model, tmp_path / "m.onnx", keep=True, general=None)
    assert list(tmp_path.iterdir()) == []
