"""Augmentation: views of a capture that stand for what the same moment may look like a little later."""

import cv2
import numpy as np

from app.arrays import Image, Images

VIEWS = 4  # with the image itself: half of the gain of eight at half the time
_CROP = 0.8  # of the side
_GAMMA = (0.7, 1.4)  # exponents of the brightness


def augment(image: Image, rng: np.random.Generator) -> Images:
    """Makes the views of an image: itself, its mirror image, a crop, and a mirrored crop in another light.

    Args:
        image: uint8 (S, S, 3).
        rng: chooses the crops and the light.

    Returns:
        uint8 (VIEWS, S, S, 3).
    """
    mirrored = image[:, ::-1]
    return np.stack([image, mirrored, _crop(image, rng), _relight(_crop(mirrored, rng), rng)])


def _crop(image: Image, rng: np.random.Generator) -> Image:
    size = len(image)
    side = max(1, round(size * _CROP))
    top, left = rng.integers(0, size - side + 1, 2)
    part = np.ascontiguousarray(image[top : top + side, left : left + side])
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _relight(image: Image, rng: np.random.Generator) -> Image:
    exponent = np.exp(rng.uniform(*np.log(_GAMMA)))
    table: Image = np.round(255 * (np.arange(256) / 255) ** exponent).astype(np.uint8)
    return table[image]
