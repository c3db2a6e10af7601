"""Reads image files; a JPEG in no more detail than is needed."""

from pathlib import Path

import cv2
import numpy as np

from app.arrays import Image
from app.images.header import JPEG, claimed_size
from app.images.heif_photo import may_be_heif
from app.system.process import MAX_PIXELS

# By how much a JPEG can be reduced while it is decoded, most first: its blocks of 8x8 px become 1, 2x2 or 4x4 px.
_REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}


def read_image(path: Path, min_side_px: int | None = None) -> Image | None:
    """Reads an image file, upright as its EXIF orientation, 1 to 8, or its HEIC or AVIF file says.

    Args:
        path: the file; its name may be in any script.
        min_side_px: reduces a JPEG by 2, 4 or 8 while its shorter side keeps this many px. That takes less than half
            the time at 1280x720, a quarter at 3840x2160; `prepare` makes the same of it but for rounding. None: the
            whole image.

    Returns:
        uint8 BGR (H, W, 3), or None for a file that cannot be read or decoded, or claims more than `MAX_PIXELS`.
    """
    try:
        return decode_image(path.read_bytes(), min_side_px)  # cv2.imread cannot open every path on Windows
    except OSError:
        return None


def decode_image(data: bytes, min_side_px: int | None = None) -> Image | None:
    """Decodes the content of an image file, as `read_image` does.

    Args:
        data: the content.
        min_side_px: as of `read_image`.

    Returns:
        As of `read_image`.
    """
    if may_be_heif(data):
        from app.images.heif import decode_heif  # loads PyAV, which is slow and mostly not needed

        return decode_heif(data)
    width, height = claimed_size(data)
    if not data or width * height > MAX_PIXELS:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), _flag(data, min(width, height), min_side_px))
    except cv2.error:  # a header that promises an absurd size
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _flag(data: bytes, shorter_px: int, min_side_px: int | None) -> int:
    """How OpenCV is to decode a file whose shorter side has `shorter_px`."""
    if not min_side_px or not data.startswith(JPEG):
        return cv2.IMREAD_COLOR
    fitting = (flag for factor, flag in _REDUCED.items() if shorter_px // factor >= min_side_px)
    return next(fitting, cv2.IMREAD_COLOR)
