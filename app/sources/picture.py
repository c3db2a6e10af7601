"""An image file as a source: a photograph, read as those of folders are, or an animated WebP."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from app.arrays import Image
from app.entities import Frame
from app.errors import SourceError
from app.images.folder_images import is_image
from app.images.header import claimed_size, is_animated, is_webp
from app.images.read import decode_image
from app.sources.base import Source
from app.sources.media import FALLBACK_FPS
from app.system.process import MAX_PIXELS

_UNSAID_MS = 100  # how long browsers show an image that does not say it
_PIXELS_AT_ONCE = 32_000_000  # of the images of an animation that are decoded together


def open_picture(path: Path, name: str, min_side_px: int | None) -> Source | None:
    """Opens an image file that is better read here than by FFmpeg.

    FFmpeg plays no animated WebP, and takes what lies behind a photograph in its file for a second frame.

    Args:
        path: a file or anything else that exists.
        name: what the source is called.
        min_side_px: as of `read_image`.

    Returns:
        The source; None for what is no such image, which FFmpeg may play: a video, a GIF, an animated PNG or AVIF.

    Raises:
        SourceError: an animation is too large.
    """
    if not is_image(path):
        return None
    try:
        data = path.read_bytes()
    except OSError:  # FFmpeg says why
        return None
    if is_animated(data):
        return AnimatedWebp(data, name) if is_webp(data) else None
    image = decode_image(data, min_side_px)
    return None if image is None else PictureSource(image, name)


class PictureSource(Source):
    """A photograph: one frame."""

    def __init__(self, image: Image, name: str) -> None:
        """Takes over an image.

        Args:
            image: uint8 BGR (H, W, 3), upright.
            name: what the source is called.
        """
        self.source_id, self._image = name, image

    def __iter__(self) -> Iterator[Frame]:
        yield Frame(self._image, 0, 0.0, self.source_id, is_picture=True, lasts_s=1 / FALLBACK_FPS)

    def close(self) -> None:
        """Does nothing: no file is open."""


class AnimatedWebp(Source):
    """An animated WebP: every image at its time, once."""

    def __init__(self, data: bytes, name: str) -> None:
        """Looks at the size.

        Args:
            data: the file's content.
            name: what the source is called.

        Raises:
            SourceError: it claims more than `MAX_PIXELS`.
        """
        width, height = claimed_size(data)
        if width * height > MAX_PIXELS:
            limit = f"{MAX_PIXELS / 1e6:.0f} million pixels"
            raise SourceError(f"{name}: expected at most {limit}, got {width}x{height}; make it smaller")
        self.source_id, self._data = name, np.frombuffer(data, np.uint8)
        self._at_once = max(1, _PIXELS_AT_ONCE // max(1, width * height))

    def __iter__(self) -> Iterator[Frame]:
        time_ms = 0
        for index, (image, shown_ms) in enumerate(self._images()):
            lasts_ms = shown_ms or _UNSAID_MS
            yield Frame(image, index, time_ms / 1000, self.source_id, lasts_s=lasts_ms / 1000)
            time_ms += lasts_ms
        if time_ms == 0:
            raise SourceError(f"{self.source_id}: holds no image that can be decoded; is the file damaged?")

    def close(self) -> None:
        """Does nothing: no file is open."""

    def _images(self) -> Iterator[tuple[Image, int]]:
        """The images, BGR, and for how many milliseconds each is shown."""
        first = 0
        while True:
            try:
                _, animation = cv2.imdecodeanimation(self._data, first, self._at_once)
            except cv2.error:  # damaged: what was decoded counts
                return
            for image, shown_ms in zip(animation.frames, animation.durations, strict=True):
                yield np.ascontiguousarray(image[..., :3], np.uint8), int(shown_ms)
            if len(animation.frames) < self._at_once:
                return
            first += self._at_once
