"""Many images of a class on one sheet, to look through at a glance."""

import os
from collections.abc import Collection, Sequence
from pathlib import Path

import cv2
import numpy as np

from app.arrays import Image
from app.images.read import read_image
from app.system.threads import map_in_threads

COLUMNS, ROWS = 12, 5
_CELL, _GAP = 104, 4  # px
_PAPER = 244  # grey level
_FLAG = (43, 112, 214)  # BGR, orange


def contact_sheet(paths: Sequence[Path], flagged: Collection[Path]) -> tuple[bytes, int]:
    """Draws up to 60 images, taken evenly from a sequence.

    Args:
        paths: image files.
        flagged: those to frame.

    Returns:
        JPEG data, empty without a readable image, and how many images it shows.
    """
    places = np.linspace(0, len(paths) - 1, min(len(paths), COLUMNS * ROWS)).round().astype(int)
    chosen = [paths[place] for place in places]
    images = map_in_threads(thumbnail, chosen, os.cpu_count())
    cells = [_cell(image, path in flagged) for path, image in zip(chosen, images, strict=True) if image is not None]
    if not cells:
        return b"", 0
    blank = np.full_like(cells[0], _PAPER)
    columns = min(COLUMNS, len(cells))
    rows = [cells[start : start + columns] for start in range(0, len(cells), columns)]
    rows[-1] += [blank] * (columns - len(rows[-1]))
    return encode(np.vstack([np.hstack(row) for row in rows])), len(cells)


def thumbnail(path: Path, side: int = _CELL) -> Image | None:
    """Reads an image, upright and shrunk to `side` px on its longer side.

    Returns:
        BGR uint8; None for an unreadable file.
    """
    image = read_image(path)
    if image is None:
        return None
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def encode(image: Image) -> bytes:
    """Encodes BGR uint8 as JPEG."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()


def _cell(image: Image, is_flagged: bool) -> Image:
    cell = np.full((_CELL + 2 * _GAP, _CELL + 2 * _GAP, 3), _PAPER, np.uint8)
    height, width = image.shape[:2]
    top, left = (cell.shape[0] - height) // 2, (cell.shape[1] - width) // 2
    cell[top : top + height, left : left + width] = image
    if is_flagged:
        cv2.rectangle(cell, (left - 2, top - 2), (left + width + 1, top + height + 1), _FLAG, 2)
    return cell
