"""Reads recordings back with PyAV."""

from pathlib import Path

import av

from app.arrays import Image
from app.config.settings import RecordSettings

FAST = RecordSettings(preset="ultrafast", overlay=False)


def play(path: Path) -> tuple[list[float], list[Image]]:
    """The times in s and the BGR images of a video."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [frame.time for frame in frames], [frame.to_ndarray(format="bgr24") for frame in frames]


def is_open(path: Path) -> bool:
    """Whether this process holds the file open; only Linux says."""
    held = Path("/proc/self/fd")
    return held.is_dir() and path in [link.readlink() for link in held.iterdir() if link.is_symlink()]
