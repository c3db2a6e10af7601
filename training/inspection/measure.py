"""One file measured: can training read it, what does it show, and how well."""

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import ExifTags, UnidentifiedImageError
from PIL import Image as Pillow

from app.images.folder_images import IMAGE_SUFFIXES, Why
from app.images.heif_photo import may_be_heif
from app.images.read import read_image
from training.data import folders
from training.data.near_duplicates import NO_HASH, perceptual_hash
from training.inspection.findings import Kind

_SIDE = 224  # px; the shorter side at which images are judged, as the model sees them
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"GIF8")
# what damaged files make Pillow's decoders raise
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_BOMB = (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning)


class Problem(NamedTuple):
    """Why a file cannot be used.

    Attributes:
        kind: what is wrong with it.
        detail: a reason; may be empty.
    """

    kind: Kind
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an image file contains. All but sha256 are meaningless when there is a problem.

    Attributes:
        sha256: of the file's bytes, hexadecimal.
        problem: why it cannot be used; None when it can.
        width: px, upright.
        height: px, upright.
        orientation: of EXIF; 1 is upright.
        contrast: standard deviation of the grey levels.
        lit: 95th percentile of the grey levels.
        sharpness: variance of the Laplacian.
        hash: perceptual.
    """

    sha256: str = ""
    problem: Problem | None = None
    width: int = 0
    height: int = 0
    orientation: int = 1
    contrast: float = 0.0
    lit: float = 0.0
    sharpness: float = 0.0
    hash: int = NO_HASH


def measure(path: Path) -> Measurement:
    """Measures a file with an image extension. Its pixels are decoded once, by what training reads with.

    Images that Pillow takes for decompression bombs are not decoded: its warning must have been turned into an error.
    """
    sha256 = folders.sha256(path)
    if sha256 is None:
        problem = Problem(Kind.UNREADABLE, "the file cannot be opened; check its permissions")
        return Measurement(problem=problem)
    try:
        orientation = _orientation(path)
    except _BOMB as error:
        return Measurement(sha256, Problem(Kind.HUGE, _pixels(error)))
    image = read_image(path)
    if image is None:
        return Measurement(sha256, explain(path))
    grey = _shrunk(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    return Measurement(
        sha256,
        width=image.shape[1],
        height=image.shape[0],
        orientation=orientation,
        contrast=_deviation(grey),
        lit=_percentile(grey, 0.95),
        sharpness=_deviation(cv2.Laplacian(grey, cv2.CV_16S)) ** 2,
        hash=perceptual_hash(image),
    )


def inspect_skipped(path: Path, why: Why) -> Problem:
    """Inspects what training skips; it may be an image all the same."""
    if why is Why.NO_FILE:  # a named pipe would block whoever opens it
        return Problem(Kind.UNREADABLE, why.value)
    if why in (Why.HIDDEN, Why.READ_ALREADY):
        return Problem(Kind.LEFT_OUT, why.value)
    try:
        with Pillow.open(path) as image:
            form = image.format
    except _BOMB:
        form = "huge"
    except _DAMAGED:
        return Problem(Kind.UNUSED_IMAGE, why.value) if why is Why.OTHER_KIND else Problem(Kind.OTHER_FILE)
    return Problem(Kind.UNUSED_IMAGE, f"a {form} image; file names end in {' '.join(sorted(IMAGE_SUFFIXES))}")


def explain(path: Path) -> Problem:
    """Finds out why a file with an image extension cannot be decoded."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(16)
        if not size:
            return Problem(Kind.UNREADABLE, "the file is empty")
        if may_be_heif(start):  # Pillow knows less of them
            return Problem(Kind.UNUSED_IMAGE, "a HEIC or AVIF that is damaged, of a rare kind or huge")
        with Pillow.open(path) as image:
            form = image.format or "image"
            image.load()
    except UnidentifiedImageError:
        if start.startswith(_SIGNATURES):
            return Problem(Kind.UNREADABLE, "its header is damaged")
        return Problem(Kind.NOT_AN_IMAGE, "a text file" if _is_text(start) else "no image format known here")
    except _DAMAGED as error:
        if "truncated" in str(error).lower() or _is_short_riff(start, size):
            return Problem(Kind.TRUNCATED, f"{size:,} bytes are there")
        return Problem(Kind.UNREADABLE, "its data is damaged")
    if form == "PNG":  # Pillow does without the last bytes
        return Problem(Kind.TRUNCATED, "the last bytes are missing")
    return Problem(Kind.UNREADABLE, f"a {form} that OpenCV cannot decode")


def _orientation(path: Path) -> int:
    """From the header alone; 1 when it cannot be read. Raises _BOMB."""
    try:
        with Pillow.open(path) as image:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _DAMAGED:
        return 1
    return orientation if orientation in range(2, 9) else 1


def _deviation(values: cv2.typing.MatLike) -> float:
    return float(cv2.meanStdDev(values)[1][0, 0])  # ten times as fast as NumPy's


def _percentile(grey: cv2.typing.MatLike, share: float) -> float:
    """The grey level that this share of the pixels does not exceed."""
    below = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256]))
    return float(np.searchsorted(below, share * grey.size))


def _shrunk(grey: cv2.typing.MatLike) -> cv2.typing.MatLike:
    scale = _SIDE / min(grey.shape)
    if scale >= 1:
        return grey
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    return cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)


def _pixels(error: Exception) -> str:
    found = re.search(r"(\d+) pixels", str(error))
    return f"{int(found[1]) / 1e6:,.0f} million pixels" if found else "too many pixels"


def _is_short_riff(start: bytes, size: int) -> bool:
    """WebP says in its header how long the file is."""
    return start[:4] == b"RIFF" and len(start) >= 8 and int.from_bytes(start[4:8], "little") + 8 > size


def _is_text(start: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n" for byte in start)
