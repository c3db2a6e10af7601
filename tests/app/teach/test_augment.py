import numpy as np

from app.teach.augment import VIEWS, views


def test_the_picture_its_mirror_image_and_crops():
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    made = views(picture, np.random.default_rng(1))
    assert made.shape == (VIEWS, 32, 32, 3) and made.dtype == np.uint8
    assert (made[0] == picture).all() and (made[1] == picture[:, ::-1]).all()
    assert (made[2] != picture).any() and (made[3] != made[2]).any()


def test_the_same_seed_makes_the_same_views():
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    first, second = (views(picture, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
