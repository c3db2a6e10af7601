from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import OutputError
from training.augmentation.batches import Part
from training.augmentation.samples import draw_samples
from training.recipe import Mix, Recipe

RECIPE = Recipe(input_size=32, batch_size=16, augment=("none",))
LABELS = ["czytanie", "ٱلْقِرَاءَة", "読書", "a_very_long_name_of_an_activity_that_no_panel_is_wide_enough_for"]


def part_of(count: int, size: int = 32) -> Part:
    """Plain images in one of four colours, by class."""
    colours = np.array([[200, 30, 30], [30, 200, 30], [30, 30, 200], [200, 200, 30]], np.uint8)
    truth = np.arange(count) % 4
    images = np.ascontiguousarray(np.broadcast_to(colours[truth][:, None, None], (count, size, size, 3)))
    return Part(images, np.arange(count), np.eye(4, dtype=np.float32)[truth], np.ones(count, np.int64))


def drawn(path: Path) -> np.ndarray:
    sheet = cv2.imread(str(path))
    assert sheet is not None
    return sheet[..., ::-1]


def panels(sheet: np.ndarray) -> int:
    """How many areas are neither paper nor ink."""
    colourful = (np.ptp(sheet.astype(int), axis=2) > 60).astype(np.uint8)
    return int(cv2.connectedComponents(colourful)[0]) - 1


@pytest.mark.parametrize("count", [1, 3, 11, 100])
def test_up_to_forty_images(count: int, tmp_path: Path) -> None:
    draw_samples(part_of(count), RECIPE, LABELS, tmp_path / "samples.png")
    assert panels(drawn(tmp_path / "samples.png")) == min(40, count)


def test_the_class_stands_below_and_follows_the_label(tmp_path: Path) -> None:
    """The images come in the same order; only what is written differs."""
    paths = [tmp_path / "one.png", tmp_path / "other.png"]
    draw_samples(part_of(40), RECIPE, LABELS, paths[0])
    draw_samples(part_of(40), RECIPE, ["pisanie", *LABELS[1:]], paths[1])
    one, other = (drawn(path) for path in paths)
    differs = (one != other).any(axis=2)
    rows = np.flatnonzero(differs.any(axis=1))
    assert len(rows), "the text changed"
    assert (np.ptp(one[differs].astype(int), axis=1) < 20).all(), "no image did"


def test_mixed_images_name_two_classes_on_two_lines(tmp_path: Path) -> None:
    draw_samples(part_of(40), RECIPE, LABELS, tmp_path / "plain.png")
    recipe = Recipe(input_size=32, augment=("none",), mix=Mix(mixup=1.0, prob=1.0))
    draw_samples(part_of(40), recipe, LABELS, tmp_path / "mixed.png")
    assert drawn(tmp_path / "mixed.png").shape[0] == drawn(tmp_path / "plain.png").shape[0] + 5 * 18


@pytest.mark.parametrize("label", ["", " ", "a\nb", "$x^2$", "<b>&", "\udcff\udcfe", "𒀀𒀁", "🤸", "x" * 5000])
def test_no_label_ends_a_run(label: str, tmp_path: Path) -> None:
    draw_samples(part_of(4), RECIPE, [label] * 4, tmp_path / "samples.png")
    assert panels(drawn(tmp_path / "samples.png")) == 4


def test_a_large_image_is_shrunk(tmp_path: Path) -> None:
    recipe = Recipe(input_size=320, augment=("strong", "webcam"))
    draw_samples(part_of(8, 320), recipe, LABELS, tmp_path / "samples.png")
    assert drawn(tmp_path / "samples.png").shape[0] < 320


def test_where_nothing_can_be_written_the_user_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.*cannot be written"):
        draw_samples(part_of(4), RECIPE, LABELS, tmp_path / "nowhere" / "samples.png")
