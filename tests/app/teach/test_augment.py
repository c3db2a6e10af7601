import numpy as np
import pytest

from app.arrays import Image
from app.teach.augment import VIEWS, augment


@pytest.fixture
def image() -> Image:
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)


def test_the_image_its_mirror_image_and_two_crops(image: Image) -> None:
    views = augment(image, np.random.default_rng(1))
    assert views.shape == (VIEWS, 32, 32, 3) and views.dtype == np.uint8
    assert (views[0] == image).all() and (views[1] == image[:, ::-1]).all()
    assert (views[2] != image).any() and (views[3] != views[2]).any()


def test_the_same_seed_makes_the_same_views(image: Image) -> None:
    first, second = (augment(image, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()


def test_black_and_white_stay_so_in_every_light() -> None:
    for level in (0, 255):
        assert (augment(np.full((32, 32, 3), level, np.uint8), np.random.default_rng(0)) == level).all()


def test_the_smallest_image_can_be_cropped() -> None:
    assert augment(np.zeros((1, 1, 3), np.uint8), np.random.default_rng(0)).shape == (VIEWS, 1, 1, 3)
