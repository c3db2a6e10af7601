"""Image files, good and bad."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np

from tests.training.data.test_near_duplicates import scene


def write(path: Path, image: np.ndarray, quality: int = 95) -> Path:
    """Writes BGR uint8 in the format of the suffix; `quality` is that of a JPEG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = [cv2.IMWRITE_JPEG_QUALITY, quality] if path.suffix == ".jpg" else []
    path.write_bytes(cv2.imencode(path.suffix, image, flags)[1].tobytes())
    return path


def textured(seed: int) -> np.ndarray:
    """A scene with fine detail, about which check has nothing to say."""
    grain = np.random.default_rng(seed).integers(-25, 25, (240, 320, 3))
    return (scene(seed).astype(int) + grain).clip(0, 255).astype(np.uint8)


def png_bomb(side: int) -> bytes:
    """Makes a PNG of a few bytes that promises side x side pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )
