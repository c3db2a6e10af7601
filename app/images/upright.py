"""How a decoded video image is turned and mirrored to stand upright, as its display matrix says."""

from contextlib import suppress
from typing import NamedTuple

import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame

from app.arrays import Image


class Turn(NamedTuple):
    """One of the eight ways in which an image can be stored; what to do to it, in this order.

    Attributes:
        transposed: rows become columns.
        mirrored: left and right change places.
        flipped: top and bottom change places.
    """

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False

    def upright(self, image: Image) -> Image:
        """Turns an image.

        Args:
            image: uint8 (H, W, 3); it stays as it is.

        Returns:
            The image, upright; the same one where nothing is to be done.
        """
        if self.transposed:
            image = np.asarray(cv2.transpose(image), np.uint8)
        if self.mirrored or self.flipped:
            code = -1 if self.mirrored and self.flipped else int(self.mirrored)
            image = np.asarray(cv2.flip(image, code), np.uint8)
        return image


AS_STORED = Turn()
_BY_ANGLE = {90: Turn(True, False, True), 180: Turn(False, True, True), 270: Turn(True, True, False)}


class _KnownSideData(SideDataContainer):
    """What lies beside an image, up to the first kind that PyAV does not know, such as EXIF."""

    def __init__(self, decoded: VideoFrame) -> None:
        with suppress(ValueError):
            super().__init__(decoded)  # type: ignore[call-arg]  # which its stub lacks


def turn_of(decoded: VideoFrame) -> Turn:
    """Returns how a decoded image has to be turned, to the nearest quarter."""
    matrix = _KnownSideData(decoded).get(Type.DISPLAYMATRIX)
    if matrix is None:  # or it lies behind an unknown kind: the angle is told all the same
        return _BY_ANGLE.get(round(decoded.rotation) % 360, AS_STORED)
    a, b, _, c, d = np.frombuffer(memoryview(matrix), np.int32)[:5].tolist()  # x' = ax + cy, y' = bx + dy
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Turn(True, c < 0, b < 0)
    return Turn(False, a < 0, d < 0)
