from pathlib import Path

import numpy as np
import pytest

from app.errors import ConfigError
from tests.training import pictures
from training.fitting.training_data import TrainingData, load_trainable, prepare_data, subset
from training.recipe import Recipe

RECIPE = Recipe(input_size=32)


@pytest.fixture(scope="module")
def discs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = pictures.make_folders(tmp_path_factory.mktemp("data") / "discs", 20)
    (root / "red" / "broken.jpg").write_bytes(b"no image")
    return root


@pytest.fixture(scope="module")
def data(discs: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    runs = tmp_path_factory.mktemp("runs")
    prepared = prepare_data(load_trainable(discs, None), RECIPE, runs, {})
    assert [path.name for path in runs.iterdir()] == ["cache"]
    return prepared


def test_every_readable_image_has_a_part(data: TrainingData) -> None:
    assert len(data.images.samples) == len(data.part_of) == 60
    parts = {name: data.part(name) for name in ("train", "val", "test")}
    assert sorted(row for part in parts.values() for row in part.rows) == list(range(60))
    assert {name: len(part.rows) for name, part in parts.items()} == {"train": 48, "val": 6, "test": 6}
    assert parts["train"].targets.sum(axis=0).tolist() == [16, 16, 16]


def test_it_says_what_it_is_and_what_to_know_before_training(data: TrainingData) -> None:
    assert str(data) == "discs: 3 classes, 48 train, 6 val, 6 test"
    unreadable, without, small = data.warnings()
    assert unreadable == "1 unreadable file skipped: red/broken.jpg" and "6 val and 6 test" in small
    assert "'other'" in without


def test_images_with_a_stored_part_keep_it(discs: Path, data: TrainingData, tmp_path: Path) -> None:
    stored = {sample.sha256: "test" for sample in data.images.samples if sample.label != "red"}
    again = prepare_data(load_trainable(discs, None), RECIPE, tmp_path, stored)
    kept = {part for sample, part in zip(again.images.samples, again.part_of, strict=True) if sample.sha256 in stored}
    assert kept == {"test"} and set(again.part_of) == {"train", "val", "test"}


def test_too_few_images_are_refused_before_and_after_decoding(tmp_path: Path) -> None:
    pictures.make_folders(tmp_path / "few", 2)
    with pytest.raises(ConfigError, match="class 'blue'"):
        load_trainable(tmp_path / "few", None)
    (tmp_path / "few" / "blue" / "broken.jpg").write_bytes(b"no image")
    pictures.make_folders(tmp_path / "few", 3, ("green", "red"))
    with pytest.raises(ConfigError, match="class 'blue'"):
        pictures.make_folders(tmp_path / "few", 3, ("green", "red"))
        dataset = load_trainable(tmp_path / "few", None)
        prepare_data(dataset, RECIPE, tmp_path / "runs", {})


def test_a_subset_keeps_rows_targets_and_repeats_together(data: TrainingData) -> None:
    train = data.part("train")
    some = subset(train, np.array([5, 1]))
    assert some.rows.tolist() == [train.rows[5], train.rows[1]] and some.images is train.images
    assert (some.targets == train.targets[[5, 1]]).all() and len(some.repeats) == 2
