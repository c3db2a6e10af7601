"""The numbers that other projects make of pixels before a network sees them."""

from typing import NamedTuple

import numpy as np

_MEAN, _STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


class Scaling(NamedTuple):
    """A value of 0 to 255 becomes value * factor + offset.

    Attributes:
        factor: for each channel, or one for all.
        offset: likewise.
        is_bgr: the channels are blue, green, red.
    """

    factor: float | np.ndarray
    offset: float | np.ndarray
    is_bgr: bool = False


SCALINGS = {
    "0..1": Scaling(1 / 255, 0.0),
    "-1..1": Scaling(1 / 127.5, -1.0),
    "imagenet": Scaling(1 / (255 * _STD), -_MEAN / _STD),
    "caffe": Scaling(1.0, -np.array([103.939, 116.779, 123.68]), is_bgr=True),
    "none": Scaling(1.0, 0.0),
}
