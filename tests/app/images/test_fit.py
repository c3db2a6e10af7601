import numpy as np
import pytest

from app.images.fit import fit_into
from tests import toy

WHITE = (255, 255, 255)


def inner(image: np.ndarray, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is not black."""
    fitted = fit_into(image, width, height)
    assert fitted.shape == (height, width, 3) and fitted.dtype == np.uint8
    rows, columns = (np.flatnonzero(fitted.any(axis=axes)) for axes in ((1, 2), (0, 2)))
    return int(columns[0]), int(rows[0]), len(columns), len(rows)


@pytest.mark.parametrize(
    ("size", "into", "expected"),
    [
        ((64, 48), (64, 48), (0, 0, 64, 48)),
        ((64, 48), (128, 96), (0, 0, 128, 96)),
        ((48, 64), (64, 64), (8, 0, 48, 64)),
        ((1280, 720), (640, 480), (0, 60, 640, 360)),
        ((720, 1280), (640, 360), (219, 0, 202, 360)),
        ((1000, 1), (100, 100), (0, 49, 100, 1)),
        ((1, 1000), (100, 100), (49, 0, 1, 100)),
    ],
)
def test_it_is_as_large_as_fits_and_in_the_middle(
    size: tuple[int, int], into: tuple[int, int], expected: tuple[int, int, int, int]
) -> None:
    assert inner(toy.plain(WHITE, *size), *into) == expected


def test_colours_and_the_image_itself_stay() -> None:
    image = toy.plain(toy.RED, 200, 100)
    image.flags.writeable = False
    fitted = fit_into(image, 100, 100)
    assert (fitted[25:75] == toy.RED).all()
    assert not fitted[:25].any() and not fitted[75:].any()
