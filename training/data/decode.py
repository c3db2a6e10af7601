"""Decoding: image files through the app's own `prepare` into uint8 arrays."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np

from app.arrays import Image, Images
from app.images.prepare import InputSpec, prepare
from app.images.read import read_image
from app.system.interrupts import interrupts
from training.data.dataset import Sample

CHUNK = 64
_AHEAD = 2  # chunks in the making: the threads stay busy, and memory holds no more than these
T = TypeVar("T")


def read_chunks(
    samples: Sequence[Sample], work: Callable[[Image], T], min_side_px: int | None = None
) -> Iterator[list[tuple[Sample, T | None]]]:
    """Reads the images of samples and works on each, in threads.

    Args:
        samples: the image files.
        work: what to do with an image, uint8 BGR (H, W, 3).
        min_side_px: the shorter side that is enough, as of `read_image`; None reads images whole.

    Yields:
        CHUNK samples at a time, in order, each with what `work` returned; None for an unreadable file.
    """

    def one(sample: Sample) -> tuple[Sample, T | None]:
        image = read_image(sample.path, min_side_px)
        return sample, None if image is None else work(image)

    chunks = (samples[start : start + CHUNK] for start in range(0, len(samples), CHUNK))
    with interrupts.deferred(), ThreadPoolExecutor() as pool:
        ahead = deque(pool.map(one, chunk) for chunk in islice(chunks, _AHEAD))
        while ahead:
            interrupts.check()
            yield list(ahead.popleft())
            ahead.extend(pool.map(one, chunk) for chunk in islice(chunks, 1))


def prepared_chunks(samples: Sequence[Sample], spec: InputSpec) -> Iterator[tuple[list[Sample], Images]]:
    """Reads and prepares the images of samples.

    Yields:
        Some of the readable samples at a time, in order, and their images for the model: RGB uint8 (n, S, S, 3);
        n may be 0.
    """
    for results in read_chunks(samples, lambda image: prepare(image, spec), spec.size):
        pairs = [(sample, image) for sample, image in results if image is not None]
        yield [sample for sample, _ in pairs], stack([image for _, image in pairs], spec.size)


def stack(images: Sequence[Image], size: int) -> Images:
    """Stacks n square images of side `size` into uint8 (n, size, size, 3); n may be 0."""
    return np.stack(images) if images else np.empty((0, size, size, 3), np.uint8)
