"""Reading an image file; no larger than it is needed, where the format allows."""

from pathlib import Path

import cv2
import numpy as np

from app.arrays import Image
from app.images.header import JPEG, claimed_size
from app.system.process import MAX_PIXELS

# How far a JPEG can be reduced while it is decoded, farthest first: its blocks of 8x8 come as 4x4, 2x2 or one pixel.
_REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}


def read_image(path: Path, min_side_px: int | None = None) -> Image | None:
    """Reads an image file, upright as its EXIF orientation says.

    Args:
        path: the file; any script in its name.
        min_side_px: a JPEG may come reduced by 2, 4 or 8, with a shorter side of at least this many px: less than half
            the time at 1280x720, a quarter at 3840x2160, and the same as `prepare` would shrink it to but for rounding.
            None: whole.

    Returns:
        BGR uint8 (H, W, 3), or None for a file that cannot be read or decoded, or claims more than MAX_PIXELS.
    """
    try:
        data = path.read_bytes()  # cv2.imread cannot open every path on Windows
        width, height = claimed_size(data)
        if not data or width * height > MAX_PIXELS:
            return None
        image = cv2.imdecode(np.frombuffer(data, np.uint8), _flag(data, min(width, height), min_side_px))
    except (OSError, cv2.error):  # cv2.error: a header that promises an absurd size
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _flag(data: bytes, shorter_px: int, min_side_px: int | None) -> int:
    if not min_side_px or not data.startswith(JPEG):
        return cv2.IMREAD_COLOR
    fitting = (flag for factor, flag in _REDUCED.items() if shorter_px // factor >= min_side_px)
    return next(fitting, cv2.IMREAD_COLOR)
