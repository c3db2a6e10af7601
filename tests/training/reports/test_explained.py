from pathlib import Path

import numpy as np
import pytest

from app.errors import OutputError
from app.images.read import read_image
from training.reports.explained import caption_of, draw_explained, save_explained

GREY = np.full((64, 64, 3), 90, np.uint8)
HEAT = np.zeros((64, 64), np.float32)


def test_the_image_stands_beside_its_heatmap_above_a_caption() -> None:
    heat = HEAT.copy()
    heat[:32] = 1
    figure = draw_explained(GREY, heat, "drinking 93%")
    assert figure.shape == (360, 640, 3) and figure.dtype == np.uint8
    assert (figure[:320, :320] == 90).all() and (figure[170:320, 320:] == 90).all()
    assert (figure[:150, 320:] != 90).any() and figure[320:].max() > 200
    assert (GREY == 90).all()


def test_a_large_image_is_not_shrunk() -> None:
    figure = draw_explained(np.zeros((400, 400, 3), np.uint8), np.zeros((400, 400), np.float32), "")
    assert figure.shape == (440, 800, 3)


@pytest.mark.parametrize("length", [5, 40, 80])
def test_a_long_caption_shrinks_until_it_fits(length: int) -> None:
    assert (draw_explained(GREY, HEAT, "x" * length)[320:, -8:] < 30).all()


def test_the_caption_names_the_answer_and_the_class_asked_for() -> None:
    labels, probs = ("tea", "coffee"), np.array([0.25, 0.75], np.float32)
    assert caption_of(labels, probs, None) == caption_of(labels, probs, "coffee") == "coffee 75%"
    assert caption_of(labels, probs, "tea") == "tea 25% (answer: coffee 75%)"


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    figure = draw_explained(GREY, HEAT, "")
    names = [save_explained(figure, tmp_path / "new", "photo.of.me").name for _ in range(3)]
    assert names == ["photo.of.me.png", "photo.of.me-2.png", "photo.of.me-3.png"]
    image = read_image(tmp_path / "new" / names[0])
    assert image is not None and (image == figure[..., ::-1]).all(), "BGR"
    assert len(save_explained(figure, tmp_path, "x" * 300).name) == 64


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="file: "):
        save_explained(GREY, tmp_path / "file", "a")
