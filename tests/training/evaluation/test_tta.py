import numpy as np

from training.evaluation.tta import views


def test_none_is_the_image_itself_and_flip_adds_its_mirror_image() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    (only,) = views(images, "none")
    assert only is images
    plain, mirrored = views(images, "flip")
    assert plain is images and (mirrored[:, :, ::-1] == images).all()


def test_five_crops_see_the_corners_and_the_centre() -> None:
    image = np.zeros((1, 64, 64, 3), np.uint8)
    image[0, :8, :8, 0] = image[0, :8, -8:, 1] = image[0, -8:, :8, 2] = 255  # what the crops cut away is 8 px
    crops = list(views(image, "five"))
    assert [crop.shape for crop in crops] == [(1, 64, 64, 3)] * 5 and all(crop.dtype == np.uint8 for crop in crops)
    seen = [tuple(crop.max(axis=(0, 1, 2)) > 200) for crop in crops]
    assert seen[:4] == [(True, False, False), (False, True, False), (False, False, True), (False, False, False)]
    assert seen[4] == (True, True, True), "the centre keeps half of each corner"
