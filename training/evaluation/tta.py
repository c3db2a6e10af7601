"""Test-time augmentation: several views of an image, whose probabilities are averaged."""

from collections.abc import Iterator

import cv2
import numpy as np

from app.arrays import Images

_SHARE = 7 / 8  # of the side that a crop keeps: 224 of 256 px, the usual test crop of ImageNet models


def views(images: Images, mode: str) -> Iterator[Images]:
    """Makes the views of prepared images.

    Args:
        images: RGB uint8 (N, S, S, 3).
        mode: none: the images. flip: also their mirror images. five: the four corners and the centre, each 7/8 of the
            side and stretched back to S (the five crops of Krizhevsky et al. 2012, without their mirror images).

    Yields:
        Views of the same shape.
    """
    if mode == "five":
        yield from _five_crops(images)
        return
    yield images
    if mode == "flip":
        yield np.ascontiguousarray(images[:, :, ::-1])


def _five_crops(images: Images) -> Iterator[Images]:
    size = images.shape[1]
    side = round(_SHARE * size)
    end, middle = size - side, (size - side) // 2
    for top, left in ((0, 0), (0, end), (end, 0), (end, end), (middle, middle)):
        crops = images[:, top : top + side, left : left + side]
        yield np.stack([cv2.resize(crop, (size, size), interpolation=cv2.INTER_LINEAR) for crop in crops])
