"""Decodes only what is looked at: a few images of a video file, each exactly as if all had been decoded.

From one keyframe to the next, an image needs only those before it that others refer to; what comes after the last image
that is wanted is not decoded at all. Images to which no other refers are decoded only where they are wanted themselves
(FFmpeg's `skip_frame`). Skipping more (every B image, the loop filter) is faster, and changes what is seen.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Self

import av
import msgspec
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from app.arrays import Image
from app.images.decoded import picture_of
from app.images.yuv import YuvImage
from app.sources.file_index import FileIndex, read_nothing_else
from app.sources.film import find_film
from app.sources.media import open_file

# To read over fewer is as quick as to seek: a seek in an MP4 takes 0.14 ms, as 55 packets in memory do.
_SEEK_PACKETS = 120
_REDUCIBLE = "mjpeg"  # its images stand alone: a reduced one is no worse for those after it
_MOST_REDUCED = 3  # halvings


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """Images that are decoded from one keyframe on.

    Attributes:
        key: the stamp of the keyframe.
        last: the stamp of the image behind which nothing has to be decoded, in the order of decoding.
        wanted: the stamps of the images, in the order in which they are shown.
        skipped: how many packets lie between the stretch before and this one.
    """

    key: int
    last: int
    wanted: list[int]
    skipped: int


class UnlikeIndexError(Exception):
    """A file gives other images than its packets promise: it is damaged, or its codec is an odd one."""


def stretches(index: FileIndex, wanted: Sequence[int]) -> Iterator[tuple[Stretch, list[int]]]:
    """Finds what has to be decoded for some images of a file.

    Args:
        index: the file's.
        wanted: positions in the order in which images are shown, increasing.

    Yields:
        Each stretch, in order, and the positions of its images.
    """
    ended_at = -1  # the place behind which the stretch before was left
    for first, last, positions in _spans(index, wanted):
        stamps = [int(index.stamps[position]) for position in positions]
        yield Stretch(int(index.in_order[first]), int(index.in_order[last]), stamps, first - ended_at - 1), positions
        ended_at = last


def _spans(index: FileIndex, wanted: Sequence[int]) -> Iterator[tuple[int, int, list[int]]]:
    """The first and the last place to decode, and what is wanted between them.

    An image that is shown before its keyframe but comes after it refers to images before the keyframe too.
    """
    first, last, positions = -1, -1, list[int]()
    for position in wanted:
        place = int(index.places[position])
        number = int(np.searchsorted(index.keys, place, "right")) - 1
        leads = index.stamps[position] < index.in_order[index.keys[number]]
        begins = int(index.keys[max(0, number - 1) if leads else number])
        if positions and begins > last:
            yield first, last, positions
            first, last, positions = begins, place, []
        elif not positions:
            first = begins
        last = max(last, place)
        positions.append(position)
    if positions:
        yield first, last, positions


class SparseFile:
    """A video file of which some images are decoded, in one thread. A context manager that closes it."""

    def __init__(self, path: Path, name: str, min_side_px: int | None = None) -> None:
        """Opens the file.

        Args:
            path: the file.
            name: the file, for messages.
            min_side_px: images may come smaller, with a shorter side of at least this many px, where the codec can do
                that at once (Motion JPEG); None: they must not.

        Raises:
            SourceError: it does not open or holds no video.
        """
        self._container: InputContainer = open_file(path, name)
        self._stream: VideoStream = find_film(self._container, name)
        read_nothing_else(self._container, self._stream)
        context = self._stream.codec_context
        context.thread_count = 1
        self._aspect: Fraction | None = self._stream.sample_aspect_ratio
        if min_side_px and context.name == _REDUCIBLE:
            halvings = max(0, (min(context.width, context.height) // min_side_px).bit_length() - 1)
            context.options = {"lowres": str(min(halvings, _MOST_REDUCED))}
        self._packets: Iterator[Packet[VideoStream]] = self._container.demux(self._stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._container.close()

    def images(self, wanted: Iterable[Stretch]) -> Iterator[tuple[int, Image | YuvImage]]:
        """Decodes stretches, which come in the order of the file.

        Yields:
            The stamp of each image, and the picture that it means.

        Raises:
            UnlikeIndexError: an image that should be there is not.
        """
        try:
            for stretch in wanted:
                yield from self._decode(stretch)
        except av.FFmpegError as error:
            raise UnlikeIndexError(str(error)) from None

    def _decode(self, stretch: Stretch) -> Iterator[tuple[int, Image | YuvImage]]:
        missing = set(stretch.wanted)
        for decoded in self._decoded(stretch, frozenset(stretch.wanted)):
            if decoded.pts in missing:
                missing.remove(decoded.pts)
                yield decoded.pts, picture_of(decoded, self._aspect)
        if missing:
            raise UnlikeIndexError(f"{len(missing)} images are missing")

    def _decoded(self, stretch: Stretch, wanted: frozenset[int]) -> Iterator[VideoFrame]:
        context = self._stream.codec_context
        for packet in chain([self._find(stretch)], self._packets):
            context.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
            yield from context.decode(packet)
            if packet.pts == stretch.last:
                break
        yield from context.decode(None)  # what waits for its turn
        context.flush_buffers()

    def _find(self, stretch: Stretch) -> "Packet[VideoStream]":
        if stretch.skipped > _SEEK_PACKETS:
            self._container.seek(stretch.key, stream=self._stream)
            self._packets = self._container.demux(self._stream)
        for packet in self._packets:
            if packet.pts == stretch.key and packet.is_keyframe:
                return packet
        raise UnlikeIndexError("a keyframe is missing")
