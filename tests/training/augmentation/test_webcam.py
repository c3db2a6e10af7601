import cv2
import numpy as np
import pytest

from tests.training.augmentation.test_augment import augmented, plain, ramps
from training.augmentation.webcam import _expose, _grain, _motion_blur, webcam


@pytest.mark.parametrize("side", [8, 33, 224])
def test_any_size_comes_back_as_a_new_image(side: int) -> None:
    image = ramps(side)
    image.flags.writeable = False
    for seed in range(30):
        changed = webcam(image, np.random.default_rng(seed))
        assert changed.shape == image.shape and changed.dtype == np.uint8
        assert np.array_equal(changed, webcam(image, np.random.default_rng(seed)))


def test_webcam_keeps_the_place_of_things() -> None:
    """Mirrored or cropped, the coarse structure would not be that of the image."""
    image = ramps()
    coarse = cv2.resize(image, (8, 8), interpolation=cv2.INTER_AREA)[..., 0].astype(float).ravel()
    for changed in augmented(["webcam"], image, 100):
        seen = cv2.resize(changed, (8, 8), interpolation=cv2.INTER_AREA)[..., 0].astype(float).ravel()
        assert np.corrcoef(coarse, seen)[0, 1] > 0.9


def test_webcam_dims_casts_and_grains_a_share_of_the_images_and_turns_none_black() -> None:
    changed = augmented(["webcam"], plain(), 400).astype(float)
    means = changed.mean(axis=(1, 2))
    assert 0.1 < (means.mean(axis=1) < 80).mean() < 0.35 and means.mean(axis=1).min() > 30
    assert (np.abs(means[:, 0] - means[:, 2]) > 8).mean() > 0.3, "the white balance"
    grain = changed[:, 8:-8, 8:-8].std(axis=(1, 2)).mean(axis=1)
    assert 0.35 < (grain > 0.8).mean() < 0.8 and grain.max() < 12


def test_webcam_blurs_some_images_and_sharpens_none_of_them() -> None:
    image = plain(60)
    cv2.rectangle(image, (16, 16), (47, 47), (190, 190, 190), -1)
    sharpness = []
    for changed in augmented(["webcam"], image, 300):
        grey = cv2.GaussianBlur(changed, (0, 0), 0.8)[..., 1].astype(float)
        sharpness.append(np.abs(np.diff(grey[32])).max() / np.ptp(grey[32]))
    assert np.percentile(sharpness, 10) < 0.7 * np.percentile(sharpness, 90)


def test_motion_smears_along_its_line_and_keeps_the_brightness() -> None:
    image = np.zeros((41, 41, 3), np.uint8)
    image[20, 20] = 255
    seen = _motion_blur(image, 9, 0.0)[..., 0]
    rows, columns = np.nonzero(seen)
    assert set(rows) == {20} and (columns.min(), columns.max()) == (16, 24)
    assert int(seen.sum()) == pytest.approx(255, abs=8)
    assert set(np.nonzero(_motion_blur(image, 9, np.pi / 2)[..., 0])[1]) == {20}


@pytest.mark.parametrize("level", [36, 128, 255])
def test_a_dark_room_keeps_some_light(level: int) -> None:
    images = [_expose(plain(level), np.random.default_rng(seed), True) for seed in range(200)]
    assert min(image.mean() for image in images) > 20, "gamma takes a little more than the gain leaves"


def test_the_grain_has_unit_strength_and_is_mostly_grey() -> None:
    grain = _grain(128)
    assert grain.shape == (128, 128, 3) and grain.std() == pytest.approx(1, abs=1e-5)
    assert np.corrcoef(grain[..., 0].ravel(), grain[..., 2].ravel())[0, 1] > 0.6
