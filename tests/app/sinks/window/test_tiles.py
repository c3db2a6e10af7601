import numpy as np
import pytest

from app.sinks.window.tiles import TILE_PX, Tiles
from tests import toy

WIDTH, HEIGHT = TILE_PX


@pytest.mark.parametrize(
    ("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 2), (5, 3, 2), (7, 3, 3), (9, 3, 3)]
)
def test_the_grid_is_nearly_square(count: int, columns: int, rows: int) -> None:
    grid = Tiles([str(number) for number in range(count)]).with_image("0", toy.plain(toy.RED))
    assert grid.shape == (rows * HEIGHT, columns * WIDTH, 3) and grid.dtype == np.uint8


def test_each_source_has_its_tile_row_by_row_and_the_rest_is_black() -> None:
    tiles = Tiles(["one", "two", "three"])
    tiles.with_image("three", toy.plain(toy.BLUE, *TILE_PX))
    grid = tiles.with_image("two", toy.plain(toy.RED, *TILE_PX))
    assert not grid[:HEIGHT, :WIDTH].any(), "no image yet"
    assert (grid[:HEIGHT, WIDTH:] == toy.RED).all()
    assert (grid[HEIGHT:, :WIDTH] == toy.BLUE).all()
    assert not grid[HEIGHT:, WIDTH:].any(), "no source"


def test_the_newest_image_is_shown_in_its_own_proportions() -> None:
    tiles = Tiles(["one", "two"])
    tiles.with_image("one", toy.plain(toy.BLUE, *TILE_PX))
    grid = tiles.with_image("one", toy.plain(toy.RED, 90, 180))
    red = (grid == toy.RED).all(axis=2)
    assert red.sum() == HEIGHT * HEIGHT // 2
    assert not (grid == toy.BLUE).all(axis=2).any()
