import math

import cv2
import numpy as np
import pytest

from app.arrays import Image
from app.cues.region import Region, around, letterbox, same
from tests import toy


def dotted(x: int, y: int, width: int = 200, height: int = 120) -> Image:
    """A black image with a white dot."""
    image = toy.plain((0, 0, 0), width, height)
    cv2.circle(image, (x, y), 3, (255, 255, 255), -1)
    return image


def brightest(image: Image) -> tuple[float, float]:
    """The centre of what is bright, in px from the image's corner."""
    rows, columns = np.nonzero(image[..., 0] > 128)
    return float(columns.mean()) + 0.5, float(rows.mean()) + 0.5


@pytest.mark.parametrize("angle", [0.0, 0.4, -2.0, math.pi])
def test_what_is_found_in_a_cut_lies_at_its_place_in_the_image(angle: float) -> None:
    region = Region(90, 60, 100, angle)
    found = np.array([brightest(region.cut(dotted(100, 50), 200))], np.float32) / 200
    assert region.to_image(found)[0] == pytest.approx((100.5, 50.5), abs=0.7)


def test_depth_is_scaled_like_the_rest() -> None:
    assert Region(0, 0, 50, 1.0).to_image(np.array([[0.5, 0.5, 0.2]], np.float32))[0].tolist() == pytest.approx(
        [0, 0, 10]
    )


def test_a_quarter_turn_shows_the_right_edge_at_the_top() -> None:
    x, y = brightest(Region(60, 60, 100, math.pi / 2).cut(dotted(100, 60, 120, 120), 100))
    assert (x, y) == (pytest.approx(50, abs=1), pytest.approx(9.5, abs=1))


def test_what_lies_beyond_the_image_is_black() -> None:
    cut = Region(0, 0, 100).cut(toy.plain((255, 255, 255), 50, 50), 100)
    assert cut[:40, :40].max() == 0 and cut[60:95, 60:95].min() == 255


@pytest.mark.parametrize(("width", "height"), [(200, 120), (120, 200), (90, 90), (1280, 720), (1, 40)])
def test_a_letterbox_keeps_proportions_and_says_where_it_is(width: int, height: int) -> None:
    image = toy.plain((255, 255, 255), width, height)
    square, whole = letterbox(image, 64, border=114)
    assert square.shape == (64, 64, 3)
    corners = whole.to_image(np.array([[0.5, 0.5]], np.float32))
    assert corners[0] == pytest.approx((width / 2, height / 2), abs=max(width, height) / 64)
    lit = (square[..., 0] == 255).sum() / 64**2
    assert lit == pytest.approx(min(width, height) / max(width, height), abs=0.04)


def test_around_holds_the_points_in_the_middle() -> None:
    points = np.array([[10, 20], [30, 20], [10, 60], [30, 60]], np.float32)
    assert around(points, 1.5, 0.0) == Region(20, 40, 60, 0.0)
    turned = around(points, 1.0, math.pi / 2)
    assert (turned.x, turned.y, turned.side) == (pytest.approx(20), pytest.approx(40), pytest.approx(40))


def test_regions_of_one_hand_are_the_same() -> None:
    assert same(Region(100, 100, 60), Region(110, 105, 50)) and not same(Region(100, 100, 60), Region(140, 100, 60))
