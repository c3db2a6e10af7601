import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import onnx
import pytest

from app.errors import ConfigError
from app.model.classifier import Classifier
from app.teach.exemplars import Exemplars, unpack
from app.teach.onnx_graph import read_metadata
from tests import toy
from training.data.split_file import write_rows
from training.onnx_files.add_exemplars import add_exemplars


@dataclass(frozen=True)
class Run:
    """A copy of the toy model, and the split of its run: four training images and a test image of each class."""

    model: Path
    split: Path
    root: Path


@pytest.fixture
def run(model: Path, tmp_path: Path) -> Run:
    made = Run(tmp_path / "model.onnx", tmp_path / "split.csv", tmp_path / "data")
    rows = []
    for label, colour in (("red", toy.RED), ("green", toy.GREEN), ("blue", toy.BLUE)):
        for number in range(5):
            path = made.root / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".png", toy.plain(colour))[1].tobytes())
            rows.append((f"{label}/{number}.png", f"{label}{number}", label, "train" if number < 4 else "test"))
    write_rows(made.split, rows)
    shutil.copy(model, made.model)
    return made


def stored(model: Path) -> Exemplars:
    found = unpack(read_metadata(onnx.load(model)), 3)
    assert found is not None
    return found


def test_a_model_remembers_its_training_images(run: Run, model: Path) -> None:
    add_exemplars(run.model, run.split, run.root, 3)
    found = stored(run.model)
    assert found.counts == (3, 3, 3) and found.of == "training pictures"
    assert found.embedding[:, -3:].argmax(axis=1).tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert found.confidence.min() > 0.9
    assert Classifier(run.model).contract == Classifier(model).contract


def test_the_general_networks_embedding_is_stored_but_not_the_network(run: Run) -> None:
    size = run.model.stat().st_size
    add_exemplars(run.model, run.split, run.root, 3)
    assert stored(run.model).embedding.shape == (9, 1283)
    assert run.model.stat().st_size < size + 100_000


def test_again_replaces_them(run: Run) -> None:
    add_exemplars(run.model, run.split, run.root, 3)
    add_exemplars(run.model, run.split, run.root, 99)
    assert stored(run.model).counts == (4, 4, 4), "the test images are not used"
    assert sorted(path.name for path in run.model.parent.iterdir()) == ["data", "model.onnx", "split.csv"]


def test_a_class_without_images_leaves_the_model_as_it_was(run: Run) -> None:
    shutil.rmtree(run.root / "green")
    before = run.model.read_bytes()
    with pytest.raises(ConfigError, match="green"):
        add_exemplars(run.model, run.split, run.root, 3)
    assert run.model.read_bytes() == before


def test_no_images_at_all_is_refused(run: Run) -> None:
    with pytest.raises(ConfigError, match="--count"):
        add_exemplars(run.model, run.split, run.root, 0)
