"""Decoding: picture files through the app's own `prepare` into uint8 arrays."""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.contract import Image, ModelContract, prepare
from training.dataset import Sample

_CHUNK = 64


def read_image(path: Path) -> Image | None:
    """BGR uint8 (H, W, 3), turned upright by its EXIF tag; None when the file is no readable picture."""
    try:
        data = np.fromfile(path, np.uint8)  # cv2.imread cannot open every path on Windows
    except OSError:
        return None
    if not data.size:
        return None
    try:
        return cv2.imdecode(data, cv2.IMREAD_COLOR)  # type: ignore[return-value]
    except cv2.error:  # a header that promises an absurd size
        return None


def prepared_chunks(
    samples: Sequence[Sample], contract: ModelContract
) -> Iterator[tuple[list[Sample], npt.NDArray[np.uint8]]]:
    """The readable ones, some at a time in order, with RGB uint8 (n, S, S, 3) ready for the model; n may be 0."""

    def one(sample: Sample) -> Image | None:
        image = read_image(sample.path)
        return None if image is None else prepare(image, contract)

    size = contract.size
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(samples), _CHUNK):
            chunk = samples[start : start + _CHUNK]
            pairs = [(s, image) for s, image in zip(chunk, pool.map(one, chunk), strict=True) if image is not None]
            images = np.stack([image for _, image in pairs]) if pairs else np.empty((0, size, size, 3), np.uint8)
            yield [sample for sample, _ in pairs], images


def load_images(
    samples: Sequence[Sample], contract: ModelContract, folder: Path
) -> tuple[list[Sample], npt.NDArray[np.uint8]]:
    """The readable samples and their pictures, RGB uint8 (N, S, S, 3).

    The array lies in an unnamed file in `folder` that vanishes with it: 10,000 pictures at 224 px take 1.5 GB, which
    the system may keep in memory or not.
    """
    kept: list[Sample] = []
    size = contract.size
    with tempfile.TemporaryFile(dir=folder) as file:
        shape = (max(1, len(samples)), size, size, 3)
        images = np.memmap(file, np.uint8, "w+", shape=shape)
        for chunk, pictures in prepared_chunks(samples, contract):
            images[len(kept) : len(kept) + len(chunk)] = pictures
            kept += chunk
    return kept, images[: len(kept)]
