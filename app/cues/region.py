"""Where a network looks: a turned square of an image."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from app.arrays import Float32s, Image


@dataclass(frozen=True)
class Region:
    """A square of an image, which may be turned and reach beyond the image.

    Attributes:
        x: its centre, in px of the image.
        y: its centre, in px of the image.
        side: its side, in px of the image.
        angle: how far it is turned clockwise, in radians.
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    def cut(self, image: Image, size: int) -> Image:
        """Cuts the square out, upright; what lies beyond the image is black.

        Args:
            image: uint8 (H, W, 3).
            size: of the result, in px.

        Returns:
            uint8 (size, size, 3).
        """
        matrix = self._matrix(size)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(image, matrix, (size, size), flags=flags), np.uint8)

    def to_image(self, points: Float32s) -> Float32s:
        """Converts points of the square into points of the image.

        Args:
            points: float32 (n, 2) or (n, 3): x, y and depth as shares of the side, 0..1 within the square.

        Returns:
            float32 of the same shape, in px.
        """
        moved = points * self.side
        moved[:, :2] = (points[:, :2] - 0.5) @ self._axes().T * self.side + (self.x, self.y)
        return moved.astype(np.float32)

    def _axes(self) -> Float32s:
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return np.array([[cos, -sin], [sin, cos]], np.float32)

    def _matrix(self, size: int) -> Float32s:
        """What turns a pixel of the cut into one of the image, (2, 3)."""
        axes = self._axes() * (self.side / size)
        middle = (size - 1) / 2
        return np.column_stack([axes, (self.x - 0.5, self.y - 0.5) - axes @ (middle, middle)]).astype(np.float32)


def around(points: Float32s, scale: float, angle: float) -> Region:
    """Makes the square around points, along a turned axis.

    Args:
        points: float32 (n, 2), in px.
        scale: its side, as a multiple of the longer side of the points' turned box.
        angle: how far it is turned clockwise, in radians.
    """
    axes = Region(0, 0, 1, angle)._axes()
    turned = points @ axes
    low, high = turned.min(axis=0), turned.max(axis=0)
    x, y = axes @ ((low + high) / 2)
    return Region(float(x), float(y), float((high - low).max()) * scale, angle)


def same(one: Region, other: Region) -> bool:
    """Tells whether two regions show the same face or hand."""
    return math.hypot(one.x - other.x, one.y - other.y) < 0.35 * min(one.side, other.side)


def letterbox(image: Image, size: int, border: int = 0) -> tuple[Image, Region]:
    """Scales a whole image into a square, its proportions kept.

    Args:
        image: uint8 (H, W, 3).
        size: of the square, in px.
        border: the level 0..255 of what the image does not fill, above and below or left and right.

    Returns:
        uint8 (size, size, 3), and the region of the image that it shows.
    """
    height, width = image.shape[:2]
    side = max(height, width)
    new_width, new_height = max(1, round(width * size / side)), max(1, round(height * size / side))
    way = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    small = cv2.resize(image, (new_width, new_height), interpolation=way)
    square = np.full((size, size, 3), border, np.uint8)
    top, left = (size - new_height) // 2, (size - new_width) // 2
    square[top : top + new_height, left : left + new_width] = small
    x, y = ((size / 2 - left) * width / new_width, (size / 2 - top) * height / new_height)
    return square, Region(x, y, float(side))
