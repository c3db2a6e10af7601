"""Test-time augmentation: several views of a picture, whose probabilities are averaged."""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

MODES = ("none", "flip", "five")
_SHARE = 7 / 8  # of the side that a crop keeps: 224 of 256 px, the usual test crop of ImageNet models

Pictures = npt.NDArray[np.uint8]


def views(pictures: Pictures, mode: str) -> Iterator[Pictures]:
    """The views of prepared RGB uint8 (N, S, S, 3), each of that shape.

    none: the pictures. flip: also their mirror images. five: the four corners and the centre, each 7/8 of the side
    and stretched back to S (the five crops of Krizhevsky et al. 2012, without their mirror images).
    """
    if mode == "five":
        yield from _five_crops(pictures)
        return
    yield pictures
    if mode == "flip":
        yield np.ascontiguousarray(pictures[:, :, ::-1])


def _five_crops(pictures: Pictures) -> Iterator[Pictures]:
    size = pictures.shape[1]
    side = round(_SHARE * size)
    end, middle = size - side, (size - side) // 2
    for top, left in ((0, 0), (0, end), (end, 0), (end, end), (middle, middle)):
        crops = pictures[:, top : top + side, left : left + side]
        yield np.stack([cv2.resize(crop, (size, size), interpolation=cv2.INTER_LINEAR) for crop in crops])
