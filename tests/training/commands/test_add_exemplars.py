import shutil

import cv2
import onnx
import pytest

from app.errors import ConfigError
from app.model.classifier import Classifier
from app.teach.exemplars import KEY, unpack
from tests import toy
from training.commands.add_exemplars import PrototypeOptions, store_prototypes
from training.data.split_file import write_rows


@pytest.fixture
def options(model, tmp_path):
    """A copy of the toy model, and a split of four training pictures and a test picture of each class."""
    rows = []
    for label, colour in (("red", toy.RED), ("green", toy.GREEN), ("blue", toy.BLUE)):
        for number in range(5):
            path = tmp_path / "data" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".png", toy.plain(colour))[1].tobytes())
            rows.append((f"{label}/{number}.png", f"{label}{number}", label, "train" if number < 4 else "test"))
    write_rows(tmp_path / "split.csv", rows)
    shutil.copy(model, tmp_path / "model.onnx")
    return PrototypeOptions(
        model=tmp_path / "model.onnx", split=tmp_path / "split.csv", data_root=tmp_path / "data", count=3
    )


def test_a_model_remembers_its_training_pictures(options, model):
    store_prototypes(options)
    metadata = {item.key: item.value for item in onnx.load(options.model).metadata_props}
    found = unpack(metadata, 3)
    assert found.counts == (3, 3, 3) and found.of == "training pictures"
    assert found.embedding[:, -3:].argmax(axis=1).tolist() == [0] * 3 + [1] * 3 + [2] * 3
    assert found.confidence.min() > 0.9
    assert Classifier(options.model).contract == Classifier(model).contract
    store_prototypes(options)  # again replaces them
    assert KEY in metadata


def test_a_class_without_pictures(options):
    shutil.rmtree(options.data_root / "green")
    before = options.model.read_bytes()
    with pytest.raises(ConfigError, match="training picture of green"):
        store_prototypes(options)
    assert options.model.read_bytes() == before
