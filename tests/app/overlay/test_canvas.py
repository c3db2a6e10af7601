import numpy as np
import pytest

from app.overlay.canvas import Canvas
from tests import toy

WHITE = (255, 255, 255)


@pytest.mark.parametrize(
    ("size", "length", "px"),
    [
        ((1280, 720), 18, 18),
        ((720, 1280), 18, 18),
        ((3840, 2160), 18, 54),
        ((640, 360), 18, 9),
        ((64, 48), 18, 4),
    ],
)
def test_lengths_follow_the_shorter_side(size: tuple[int, int], length: int, px: int) -> None:
    assert Canvas(toy.plain(toy.GREY, *size)).px(length) == px


def test_a_length_is_never_below_its_least() -> None:
    assert Canvas(toy.plain(toy.GREY, 64, 48)).px(18, at_least=7) == 7


def test_a_box_fills_exactly_its_area() -> None:
    canvas = Canvas(toy.plain((0, 0, 0), 20, 10))
    canvas.box(3, 2, 5, 4, WHITE)
    filled = canvas.image[..., 0] == 255
    assert filled.sum() == 5 * 4
    assert filled[2:6, 3:8].all()


@pytest.mark.parametrize("box", [(0, 0, 0, 5), (0, 0, 5, 0), (0, 0, -3, 5), (-50, -50, 10, 10), (500, 500, 10, 10)])
def test_a_box_without_an_area_or_outside_draws_nothing(box: tuple[int, int, int, int]) -> None:
    canvas = Canvas(toy.plain((0, 0, 0), 20, 10))
    canvas.box(*box, WHITE)
    assert not canvas.image.any()


@pytest.mark.parametrize("area", [(-5, -5, 100, 100), (0, 0, 20, 10)])
def test_a_panel_is_cut_off_at_the_edges_and_dark(area: tuple[int, int, int, int]) -> None:
    canvas = Canvas(toy.plain(WHITE, 20, 10))
    canvas.panel(*area)
    assert canvas.image.max() < 100


def test_a_panel_leaves_the_rest_as_it_is() -> None:
    canvas = Canvas(toy.plain(WHITE, 20, 10))
    canvas.panel(5, 5, 3, 2)
    assert (canvas.image < 255).all(axis=2).sum() == 3 * 2
    canvas.panel(40, 40, 3, 2)
    assert (canvas.image < 255).all(axis=2).sum() == 3 * 2


def test_text_ends_where_the_canvas_says() -> None:
    canvas = Canvas(toy.plain((0, 0, 0), 200, 60))
    end = canvas.text("Eating", 10, 40, 24, WHITE)
    columns = np.flatnonzero(canvas.image.any(axis=(0, 2)))
    assert 10 <= columns[0] <= 14
    assert end - 4 <= columns[-1] <= end


def test_a_dot_is_round_and_where_it_belongs() -> None:
    canvas = Canvas(toy.plain((0, 0, 0), 40, 40))
    canvas.dot(20, 15, 6, WHITE)
    lit = canvas.image[..., 0] > 127
    assert lit.sum() == pytest.approx(np.pi * 6**2, rel=0.2)
    assert np.argwhere(lit).mean(axis=0) == pytest.approx((15, 20), abs=0.5)
