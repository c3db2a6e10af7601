"""Reading a picture file; no larger than it is needed, where the format allows."""

from pathlib import Path

import cv2
import numpy as np

from app.arrays import Image

# How far a JPEG can be reduced while it is decoded, farthest first: its blocks of 8x8 come as 4x4, 2x2 or one pixel.
_REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the segments that hold the size (ITU-T T.81)
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a segment


def read_image(path: Path, enough_px: int | None = None) -> Image | None:
    """uint8 BGR (H, W, 3), EXIF orientation applied; None when it cannot be read or decoded. Any script in the path.

    enough_px: a JPEG may come reduced by 2, 4 or 8, its shorter side still this long at least: less than half the time
    at 1280x720, a quarter at 3840x2160, and the same as `prepare` would shrink it to but for rounding.
    """
    try:
        data = np.fromfile(path, np.uint8)  # cv2.imread cannot open every path on Windows
        image = cv2.imdecode(data, _flag(data, enough_px)) if data.size else None
    except (OSError, cv2.error):  # cv2.error: a header that promises an absurd size
        return None
    return None if image is None else np.asarray(image, np.uint8)


def _flag(data: Image, enough_px: int | None) -> int:
    shorter = 0 if enough_px is None else min(_jpeg_size(bytes(data[: 1 << 20])))
    fitting = (flag for factor, flag in _REDUCED.items() if enough_px and shorter // factor >= enough_px)
    return next(fitting, cv2.IMREAD_COLOR)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Width and height that the header says; zeros for what is no JPEG, or has no such header."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _START_OF_FRAME:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        if marker == 0xFF:  # padding
            at += 1
        else:
            at += 2 if marker in _ALONE else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0, 0
