from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError
from tests.training import pictures
from training.data.dataset import load_dataset
from training.data.split_file import write_split
from training.onnx_files.run_images import CALIBRATION_IMAGES, RunImages
from training.recipe import Recipe
from training.run_folder import RunConfig, create_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on thirty images of each disc: the first of each class to test, the second to validate."""
    root = tmp_path_factory.mktemp("run_images")
    data = pictures.make_folders(root / "discs", 30)
    create_run(root / "run", config(data), overwrite=False)
    samples = load_dataset(data).samples
    write_split(root / "run" / "split.csv", samples, ["test", "val", *["train"] * 28] * 3)
    return root / "run"


def config(data: Path) -> RunConfig:
    return RunConfig(
        dataset="discs",
        data="discs",
        data_root=str(data),
        weights="none",
        trained_on="2026-11-20",
        labels=["blue", "green", "red"],
        versions={},
        recipe=Recipe(input_size=32),
    )


def colours(images: np.ndarray) -> list[int]:
    """Of RGB discs: 0 blue, 1 green, 2 red."""
    return [2 - int(image.mean(axis=(0, 1)).argmax()) for image in images]


def test_models_are_compared_on_64_images_the_test_part_first(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = RunImages(run, config(run.parent / "discs"), None)
    images = found.parity()
    assert images.shape == (64, 32, 32, 3) and capsys.readouterr().err == ""
    assert colours(images[:9]) == [0, 1, 2] * 3, "in turns of the classes"
    assert {part: len(samples) for part, samples in found.parts.items()} == {"train": 84, "val": 3, "test": 3}


def test_int8_is_calibrated_on_training_images(run: Path) -> None:
    images = RunImages(run, config(run.parent / "discs"), None).calibration()
    assert len(images) == 84 <= CALIBRATION_IMAGES and colours(images[:6]) == [0, 1, 2] * 2


def test_images_that_moved_are_found_below_another_root(run: Path, tmp_path: Path) -> None:
    gone = config(tmp_path / "gone")
    assert len(RunImages(run, gone, run.parent / "discs").parity()) == 64
    for read in (RunImages.parity, RunImages.calibration):
        with pytest.raises(ConfigError, match=r"gone.*--data-root"):
            read(RunImages(run, gone, None))


def test_a_run_without_its_split_is_refused(run: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"split\.csv"):
        RunImages(tmp_path, config(run.parent / "discs"), None)
