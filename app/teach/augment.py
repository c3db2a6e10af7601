"""A few augmented views of each capture: what the same moment may look like a little later."""

import cv2
import numpy as np
import numpy.typing as npt

from app.arrays import Image

VIEWS = 4  # with the picture itself: half of the gain of eight at half the time
_CROP = 0.8  # of the side
_LIGHT = (0.7, 1.4)  # exponents of the brightness


def views(picture: Image, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """uint8 (VIEWS, S, S, 3): the picture, its mirror image, a crop, and a mirrored crop in another light."""
    flipped = picture[:, ::-1]
    return np.stack([picture, flipped, _crop(picture, rng), _lit(_crop(flipped, rng), rng)])


def _crop(picture: Image, rng: np.random.Generator) -> Image:
    size = len(picture)
    side = max(1, round(size * _CROP))
    top, left = rng.integers(0, size - side + 1, 2)
    part = np.ascontiguousarray(picture[top : top + side, left : left + side])
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_LINEAR)  # type: ignore[return-value]


def _lit(picture: Image, rng: np.random.Generator) -> Image:
    exponent = np.exp(rng.uniform(*np.log(_LIGHT)))
    table = np.round(255 * (np.arange(256) / 255) ** exponent).astype(np.uint8)
    lit: Image = table[picture]
    return lit
