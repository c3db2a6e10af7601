"""What `--source` may be, in all its spellings: a camera, a path or an address."""

import os
import re
import stat
import sys
from pathlib import Path

from app.errors import SourceError
from app.file_urls import exists, path_of

_CAMERA = re.compile(r"(?:/dev/video)?(\d{1,3})")
_SCHEMES = "rtsp|rtsps|https?|rtmps?|srt|udp|tcp|rtp|mms"


def is_url(uri: str) -> bool:
    """Tells rtsp://, http:// and the like from a path; "C:\\clip.mp4" is no URL."""
    return "://" in uri and not uri.lower().startswith("file://")


def understand(uri: str) -> int | str | Path:
    """Returns the index of a camera, an address in the network, or else a path.

    Args:
        uri: what the user wrote; not one of the program's own words.
    """
    camera = _CAMERA.fullmatch(uri)
    if camera:
        return int(camera[1])
    if is_url(uri):
        scheme, _, rest = uri.partition("://")
        return f"{scheme.lower()}://{rest}"  # FFmpeg knows no HTTP://
    path = path_of(uri)
    index = camera_of(path)
    return path if index is None else index


def camera_of(path: Path) -> int | None:
    """Returns the index of a camera's device, also by a lasting name such as /dev/v4l/by-id/...; None for others."""
    if sys.platform != "linux":
        return None
    try:
        real = Path(os.path.realpath(path))  # links that lead in circles are for the system to refuse
        camera = re.fullmatch(r"video(\d{1,3})", real.name)
        return int(camera[1]) if camera and stat.S_ISCHR(real.stat().st_mode) else None
    except (OSError, ValueError):
        return None


def refuse(uri: str, expected: str) -> SourceError:
    """Returns the error for what is nothing, with a hint at the right spelling.

    Args:
        uri: what the user wrote.
        expected: what there could be.
    """
    hint = _hint(uri)
    shown = re.sub(r"[^/@:]+:[^/@]*@", "", uri)  # rtsp:/anna:secret@camera
    return SourceError(f"{shown}: no such file or folder; {f'{hint}; ' if hint else ''}{expected}")


def _hint(uri: str) -> str:
    if uri in ("-", "pipe:", "pipe:0"):
        return "standard input is not read: write it to a file, or serve it as an address"
    if re.fullmatch(r"-\d+", uri):
        return "cameras are counted from 0"
    if uri.startswith("/dev/"):
        return "is the camera plugged in? --list-cameras shows what there is"
    if re.search(r"%0?\d*d|[*?]", Path(uri).name):
        return f"patterns are not read: give the folder that holds the images, {_shown_parent(uri)}"
    wrong = re.match(rf"({_SCHEMES}):/?(?=[^/])", uri, re.IGNORECASE)
    if wrong:
        return f"did you mean {wrong[1].lower()}://...?"
    if re.match(r"file://[^/]", uri, re.IGNORECASE):
        return "a file address has three slashes, file:///folder/clip.mp4, and no other computer's name"
    if re.match(r"[\w-]+(\.[\w-]+)*:\d+(/|$)", uri) and not exists(Path(uri)):
        return "an address begins with rtsp:// or http://"
    return ""


def _shown_parent(uri: str) -> str:
    parent = path_of(uri).parent
    return "." if str(parent) == "." else str(parent)
