from pathlib import Path

import numpy as np
import pytest

from app.cues.vector import NAMES, SPEC
from app.errors import ConfigError
from app.model.classifier import Classifier
from tests import toy
from tests.training import pictures
from training.data.dataset import load_dataset
from training.data.image_cues import _save
from training.data.split_file import write_split
from training.fitting.join import join
from training.recipe import Join, Recipe

RECIPE = Recipe(join=Join(epochs=20, batch_size=16, hidden=8, learning_rate=1e-2))


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """The toy model, joined on discs whose colour tells nothing: a made-up cue says what they are."""
    folder = tmp_path_factory.mktemp("join")
    dataset = load_dataset(pictures.make_folders(folder / "discs", 16))
    parts = ["train", "train", "val", "test"] * (len(dataset.samples) // 4)
    write_split(folder / "split.csv", dataset.samples, parts)
    rng = np.random.default_rng(0)
    known = {}
    for sample in dataset.samples:
        cues = rng.normal(0, 0.01, len(NAMES)).astype(np.float32)
        cues[0], cues[1 + dataset.labels.index(sample.label)] = 1, 1
        known[sample.sha256] = cues
    _save(known, folder / "cues.npz")
    return folder


def test_a_model_learns_what_the_cues_say(joined: Path, model: Path) -> None:
    output = joined / "joint.onnx"
    scores = join(model, output, joined / "split.csv", joined / "discs", joined / "cues.npz", RECIPE)
    assert scores["test"].accuracy > 0.9
    classifier = Classifier(output)
    assert classifier.contract.cues == SPEC and classifier.contract.labels == toy.LABELS
    assert classifier.contract.info["join"]["hidden"] == 8


def test_a_model_that_takes_cues_already_is_refused(joined: Path, model: Path, tmp_path: Path) -> None:
    taking = toy.write_cue_model(tmp_path / "cues.onnx", model, "face found")
    with pytest.raises(ConfigError, match="takes cues already"):
        join(taking, tmp_path / "x.onnx", joined / "split.csv", joined / "discs", joined / "cues.npz", RECIPE)
    assert not (tmp_path / "x.onnx").exists()


def test_images_that_are_elsewhere_are_asked_for(joined: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--data-root"):
        join(model, tmp_path / "x.onnx", joined / "split.csv", tmp_path, joined / "cues.npz", RECIPE)
