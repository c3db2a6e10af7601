import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import onnx
import pytest

from app.errors import ConfigError
from app.model.classifier import Classifier
from app.teach.exemplars import EXEMPLARS_KEY, Exemplars, unpack
from app.teach.onnx_graph import read_metadata
from tests import toy
from training.commands.add_exemplars import ExemplarOptions, add_exemplars
from training.data.split_file import write_rows


@pytest.fixture
def options(model: Path, tmp_path: Path) -> ExemplarOptions:
    """A copy of the toy model, and a split of four training images and a test image of each class."""
    rows = []
    for label, colour in (("red", toy.RED), ("green", toy.GREEN), ("blue", toy.BLUE)):
        for number in range(5):
            path = tmp_path / "data" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".png", toy.plain(colour))[1].tobytes())
            rows.append((f"{label}/{number}.png", f"{label}{number}", label, "train" if number < 4 else "test"))
    write_rows(tmp_path / "split.csv", rows)
    shutil.copy(model, tmp_path / "model.onnx")
    return ExemplarOptions(
        model=tmp_path / "model.onnx", split=tmp_path / "split.csv", data_root=tmp_path / "data", count=3
    )


def stored(model: Path) -> Exemplars:
    found = unpack(read_metadata(onnx.load(model)), 3)
    assert found is not None
    return found


def test_a_model_stores_its_training_images(options: ExemplarOptions, model: Path) -> None:
    add_exemplars(options)
    found = stored(options.model)
    assert found.counts == (3, 3, 3) and found.of == "training pictures"
    assert found.embedding[:, -3:].argmax(axis=1).tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert found.confidence.min() > 0.9
    assert Classifier(options.model).contract == Classifier(model).contract


def test_the_general_network_is_embedded_too_but_not_stored(options: ExemplarOptions) -> None:
    size = options.model.stat().st_size
    add_exemplars(options)
    assert stored(options.model).embedding.shape == (9, 1283)
    assert options.model.stat().st_size < size + 100_000


def test_again_replaces_them(options: ExemplarOptions) -> None:
    add_exemplars(options)
    add_exemplars(replace(options, count=99))
    assert stored(options.model).counts == (4, 4, 4), "the test images are not used"
    assert sorted(path.name for path in options.model.parent.iterdir()) == ["data", "model.onnx", "split.csv"]


def test_a_class_without_images(options: ExemplarOptions) -> None:
    shutil.rmtree(options.data_root / "green")
    before = options.model.read_bytes()
    with pytest.raises(ConfigError, match="training image of green"):
        add_exemplars(options)
    assert options.model.read_bytes() == before


def test_a_count_of_zero(options: ExemplarOptions) -> None:
    before = options.model.read_bytes()
    with pytest.raises(ConfigError, match="--count: expected 1 or more, got 0"):
        add_exemplars(replace(options, count=0))
    assert EXEMPLARS_KEY not in read_metadata(onnx.load(options.model)) and options.model.read_bytes() == before
