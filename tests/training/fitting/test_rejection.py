from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError, ModelError
from app.images.prepare import prepare
from app.images.read import read_image
from app.model.classifier import Classifier
from app.teach.background import probe_frames
from app.teach.head import Head
from training.__main__ import main
from training.fitting import rejection
from training.run_folder import REJECTION, read_metrics, read_rejection, write_rejection


@pytest.fixture(scope="module")
def exported(run_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    path = tmp_path_factory.mktemp("models") / "toy.onnx"
    assert main(["export", str(run_folder), "--output", str(path)]) == 0
    return Classifier(path)


def shown(classifier: Classifier, images: np.ndarray) -> float:
    """The share whose label the app would show."""
    probs = classifier.predict(images).probs
    return float((probs.max(axis=1) >= np.array(classifier.contract.thresholds)[probs.argmax(axis=1)]).mean())


def test_a_trained_model_names_no_frame_that_shows_nothing(exported: Classifier) -> None:
    assert shown(exported, probe_frames(exported.contract.input.size)) == 0


def test_its_own_images_are_still_shown(exported: Classifier, folders: Path) -> None:
    spec = exported.contract.input
    found = [read_image(path) for path in sorted(folders.glob("*/*-*.png"))]

    images = np.stack([prepare(image, spec) for image in found if image is not None])
    assert shown(exported, images) >= 0.8
    assert (exported.predict(images).probs.sum(axis=1) <= 1 + 1e-5).all()


def test_the_run_says_how_much_of_the_background_it_takes(run_folder: Path) -> None:
    assert 0 <= read_metrics(run_folder)["background_taken"] <= 0.25
    head = read_rejection(run_folder)
    assert head is not None and head.weights.shape == (128, 4)


def test_a_file_that_comes_with_the_program_is_missed_by_name(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rejection, "BACKGROUND", tmp_path / "gone.npz")
    with pytest.raises(ModelError, match=r"gone\.npz"):
        rejection.read_rows(rejection.BACKGROUND)


def test_what_is_written_is_read_and_junk_is_refused(tmp_path: Path) -> None:
    assert read_rejection(tmp_path) is None
    head = Head(np.arange(6.0).reshape(2, 3), np.array([1.0, 2, 3]))
    write_rejection(tmp_path, head)
    found = read_rejection(tmp_path)
    assert found is not None
    np.testing.assert_array_equal(found.weights, head.weights)
    np.testing.assert_array_equal(found.bias, head.bias)
    (tmp_path / REJECTION).write_bytes(b"junk")
    with pytest.raises(ConfigError, match="train again"):
        read_rejection(tmp_path)
