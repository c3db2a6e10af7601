from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import ConfigError
from tests.training import pictures
from training.benchmark.measure import GUIDE, HERE, Plan, _compare, _copy, measure
from training.data.dataset import load_dataset
from training.recipe import Recipe

PLAN = Plan(recipe=Recipe(input_size=pictures.SIZE, alpha=pictures.ALPHA, batch_size=8), images=20)


def test_too_few_images(tmp_path: Path) -> None:
    data = pictures.make_folders(tmp_path / "few", 2)
    (data / "red" / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match="few: expected 8 readable images at least, found 6"):
        measure(load_dataset(data), "none", PLAN)


def test_whole_batches_are_copied_and_keep_their_class(tmp_path: Path) -> None:
    dataset = load_dataset(pictures.make_folders(tmp_path / "discs", 30))
    (tmp_path / "copies").mkdir()
    copies = _copy(dataset, PLAN, tmp_path / "copies")
    assert len(copies) == 16 and len(list((tmp_path / "copies").rglob("*.jpg"))) == 16
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == ["0000", "0001", "0002"]
    for copy in copies:
        assert dataset.labels[int(copy.path.parent.name)] == copy.label
        image = cv2.imread(str(copy.path))
        assert image is not None and image.mean(axis=(0, 1)).argmax() == dataset.labels.index(copy.label)


def test_a_ratio_is_the_median_of_the_turns_ratios() -> None:
    took = {f"s/{HERE}": np.array([1.0, 2.0, 4.0]), f"s/{GUIDE}": np.array([2.0, 2.0, 20.0])}
    assert _compare(took, "s") == {HERE: [0.25, 0.5, 1.0], GUIDE: [0.05, 0.5, 0.5], "ratio": [1.0, 2.0, 5.0]}
