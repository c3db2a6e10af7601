"""Where pictures come from. `open_source(uri)` tells cameras, files, folders, URLs and the test picture apart.

Live sources deliver on their own clock and the newest frame wins; files WAIT to be read and every frame counts.
`Source.is_live` says which; nothing else does.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from app.config.settings import SourceSettings
from app.errors import SourceError
from app.paths import DEMO_CLIP
from app.sources.base import Source
from app.sources.camera import CameraSource, list_cameras
from app.sources.folder import FolderSource
from app.sources.media import MediaSource, is_url
from app.sources.paced import PacedSource
from app.sources.reconnecting import ReconnectingSource
from app.sources.synthetic import SyntheticSource

__all__ = ["AUTO", "DEMO", "DEMO_CLIP", "Source", "find_camera", "list_cameras", "open_source", "tell_apart"]

AUTO, DEMO, SYNTHETIC = "auto", "demo", "synthetic"


def open_source(uri: str, settings: SourceSettings, zero_s: float, enough_px: int | None = None) -> Source:
    """Opens a camera index, video file, folder, URL, "synthetic" or "demo".

    zero_s: the `time.monotonic` that is 0 s on the frames of live sources. Cameras and streams that are lost later are
    opened anew for `reconnect_s`.
    enough_px: set when nobody sees or keeps the pictures; they may come smaller then, their shorter side this long.
    Raises SourceError, saying what was expected and what to do.
    """
    source = _open(uri, settings, zero_s, enough_px)
    if not source.is_live:
        return PacedSource(source) if settings.realtime else source
    if uri == SYNTHETIC or not settings.reconnect_s:
        return source
    return ReconnectingSource(source, lambda: _open(uri, settings, zero_s, enough_px), settings.reconnect_s)


def tell_apart(source: Source, others: Sequence[Source]) -> None:
    """Renames `source` when one of `others` has its name: two channels of a camera differ in what the name leaves out.

    Smoothing, strip and recordings go by the name.
    """
    name, number = source.source_id, 2
    while source.source_id in [other.source_id for other in others]:
        source.source_id, number = f"{name} ({number})", number + 1


def find_camera(settings: SourceSettings, zero_s: float) -> tuple[Source | None, str]:
    """The first camera that delivers a frame, or None and the reason why there is none."""
    reason = "no camera found"
    for info in list_cameras():
        try:
            return open_source(str(info.index), settings, zero_s), ""
        except SourceError as error:
            reason = str(error)
    return None, reason


def _open(uri: str, settings: SourceSettings, zero_s: float, enough_px: int | None) -> Source:
    if not uri:
        raise SourceError("--source is empty; it takes a camera index, file, folder, URL or synthetic")
    if uri == SYNTHETIC:
        return SyntheticSource(settings, zero_s)
    if uri == DEMO:
        clip = MediaSource(str(DEMO_CLIP), settings, zero_s)
        clip.source_id = DEMO
        return clip
    camera = re.fullmatch(r"(?:/dev/video)?(\d{1,3})", uri)
    if camera:
        return CameraSource(int(camera[1]), settings, zero_s)
    if is_url(uri):
        return MediaSource(uri, settings, zero_s)
    path = Path(uri.removeprefix("file://"))
    if _is(Path.is_dir, path):
        return FolderSource(path, settings, enough_px)
    if not _is(Path.exists, path):
        raise SourceError(
            f"{uri}: no such file or folder; --source takes a camera index, file, folder, URL or synthetic"
        )
    return MediaSource(uri, settings, zero_s)


def _is(what: Callable[[Path], bool], path: Path) -> bool:
    try:
        return what(path)
    except (OSError, ValueError):  # too long for a name, or with a zero in it
        return False
