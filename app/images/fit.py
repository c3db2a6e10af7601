"""Fits an image into a frame of another shape, for recordings and tiles."""

import cv2
import numpy as np

from app.arrays import Image


def fit_into(image: Image, width: int, height: int) -> Image:
    """Scales an image to the largest size that fits, and fills the rest with black bars.

    Args:
        image: uint8 (H, W, 3).
        width: the frame's width, px.
        height: the frame's height, px.

    Returns:
        A new uint8 (height, width, 3) with the image in its middle.
    """
    scale = min(width / image.shape[1], height / image.shape[0])
    inner = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    canvas[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=cv2.INTER_AREA)
    return canvas
