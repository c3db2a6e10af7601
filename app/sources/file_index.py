"""What a video file holds, learned from its packets without decoding one: when each image is shown, where to begin."""

from array import array
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from app.arrays import Bools, Float64s, Ints
from app.sources.film import find_film
from app.sources.joined import parts
from app.sources.matroska import is_cut_off
from app.sources.media import missing_end, open_file, step_of
from app.sources.time_stamps import increasing_times

_MOST_REORDERED = 64  # images by which decoding may run ahead of showing; no codec allows more than 16


@dataclass(frozen=True, eq=False)
class FileIndex:
    """The images of a file. Those that decoding needs but nobody is shown are left out.

    Attributes:
        stamps: int64 (N,), the images' own time stamps, each once, in the order in which they are shown.
        times_s: float64 (N,), when each is shown, as `MediaSource` says it.
        places: int64 (N,), the place of each in the order of decoding.
        keys: int64 (M,), those places at which decoding can begin, the first one 0.
        in_order: int64 (N,), the stamps in the order of decoding.
        end_s: when the last image ends.
        missing: what is missing at the end, in words; "" where nothing is.
    """

    stamps: Ints
    times_s: Float64s
    places: Ints
    keys: Ints
    in_order: Ints
    end_s: float
    missing: str

    @property
    def is_key(self) -> Bools:
        """Which images, in the order in which they are shown, are keyframes: bool (N,)."""
        return np.isin(self.places, self.keys)


def index_file(path: Path, name: str) -> FileIndex | None:
    """Reads the packets of a video file.

    Args:
        path: the file.
        name: the file, for messages.

    Returns:
        The index; None where the stamps alone do not tell which images there are: they are missing, not unique or out
        of order, the file does not begin with a keyframe, or several files were joined. Such a file has to be decoded.

    Raises:
        SourceError: the file does not open or holds no video.
    """
    if len(parts(path)) > 1:
        return None
    with open_file(path, name) as container:
        stream = find_film(container, name)
        read_nothing_else(container, stream)
        packets = _read(container, stream)
        return None if packets is None else _index(stream, is_cut_off(path), *packets)


def read_nothing_else(container: InputContainer, stream: VideoStream) -> None:
    """Spares the reading of sound and other streams, where the file's form allows it."""
    for other in container.streams:
        if other is not stream:
            other.discard = Discard.all


def _read(container: InputContainer, stream: VideoStream) -> tuple[Ints, Ints, Bools] | None:
    """Stamps, durations and which are keyframes, of every packet that shows an image, in the order of decoding."""
    stamps, lengths, keys = array("q"), array("q"), array("b")
    try:
        for packet in container.demux(stream):
            if not packet.size or packet.is_discard:
                continue
            if packet.pts is None or packet.is_corrupt:
                return None
            stamps.append(packet.pts)
            lengths.append(packet.duration or 0)
            keys.append(packet.is_keyframe)
    except av.FFmpegError:
        pass  # cut off here; what was read counts
    if not stamps or not keys[0]:
        return None
    return np.array(stamps, np.int64), np.array(lengths, np.int64), np.array(keys, np.bool_)


def _index(stream: VideoStream, is_cut: bool, stamps: Ints, lengths: Ints, is_key: Bools) -> FileIndex | None:
    order = np.argsort(stamps, kind="stable")
    reordered = int(np.abs(order - np.arange(len(order))).max())
    if stream.time_base is None or reordered > _MOST_REORDERED:
        return None
    shown, unit = stamps[order], stream.time_base
    stamps_s = shown.astype(np.float64) * unit.numerator / unit.denominator  # in this order, as PyAV does
    times_s = increasing_times(stamps_s)
    if times_s is None:
        return None
    length = int(lengths[order[-1]])
    end_s = float(times_s[-1]) + (float(length * unit) if length else step_of(stream))
    return FileIndex(
        stamps=shown,
        times_s=times_s,
        places=order.astype(np.int64),
        keys=np.flatnonzero(is_key).astype(np.int64),
        in_order=stamps,
        end_s=end_s,
        missing=missing_end(stream, end_s, is_cut),
    )
