"""From what `--source` takes to an open source."""

import time
from collections.abc import Sequence
from pathlib import Path

from app.config.settings import SourceSettings, load_project_settings
from app.errors import SourceError
from app.file_urls import exists
from app.paths import DEMO_CLIP
from app.sources.address import camera_of, refuse, understand
from app.sources.base import Source
from app.sources.camera import CameraSource, list_cameras
from app.sources.folder import FolderSource
from app.sources.joined import JoinedSource, parts
from app.sources.media import MediaSource
from app.sources.paced import PacedSource
from app.sources.picture import open_picture
from app.sources.reconnecting import ReconnectingSource
from app.sources.synthetic import SyntheticSource
from app.system.pause import PauseSwitch

DEMO, SYNTHETIC = "demo", "synthetic"
EXPECTED = f"expected a camera index, a file, a folder, a URL, {DEMO} or {SYNTHETIC}"


def open_source(
    uri: int | str | Path,
    settings: SourceSettings | None = None,
    session_start_s: float | None = None,
    min_side_px: int | None = None,
    switch: PauseSwitch | None = None,
) -> Source:
    """Opens a camera, a video file, a folder of images, a network stream, the demo or the test image.

    A camera or stream that is lost later is opened again, for `reconnect_s` at most.

    Args:
        uri: a camera index (0 or "0") or device, a path, an rtsp://, http(s):// or file:// URL, "demo" or
            "synthetic".
        settings: rates, sizes and time-outs; None: those of the project's config.yaml.
        session_start_s: the `time.monotonic` that is 0 s on the frames of live sources; None: now.
        min_side_px: set where nobody sees or keeps the images: photographs may come smaller, with a shorter side of at
            least this many px.
        switch: closes a live source while it is paused; None: it stays open.

    Returns:
        The source, a context manager that iterates `Frame`s.

    Raises:
        SourceError: there is no such source, or it does not open.

    Example:
        >>> from itertools import islice
        >>> from app import open_source
        >>> with open_source("demo") as source:
        ...     [frame.time_s for frame in islice(source, 3)]
        [0.0, 0.04, 0.08]
    """
    settings = load_project_settings().source if settings is None else settings
    start_s = time.monotonic() if session_start_s is None else session_start_s

    def open_once() -> Source:
        return _open(uri, settings, start_s, min_side_px)

    source = open_once()
    if not source.is_live:
        return PacedSource(source) if settings.realtime else source
    if switch is None and (uri == SYNTHETIC or not settings.reconnect_s):
        return source
    return ReconnectingSource(source, open_once, settings.reconnect_s, switch)


def find_camera(
    settings: SourceSettings, session_start_s: float, switch: PauseSwitch | None = None
) -> tuple[Source | None, str]:
    """Opens the first camera that delivers an image.

    Args:
        settings: as of `open_source`.
        session_start_s: as of `open_source`.
        switch: as of `open_source`.

    Returns:
        The camera and "", or None and the reason why there is none.
    """
    reason = "no camera found"
    for info in list_cameras():
        try:
            return open_source(info.index, settings, session_start_s, switch=switch), ""
        except SourceError as error:
            reason = str(error)
    return None, reason


def make_name_unique(source: Source, others: Sequence[Source]) -> None:
    """Renames a source to "name (2)", "name (3)", ... while another one has its name.

    Smoothing, overlay and recordings go by the name. Two channels of a network camera may share one, for it leaves out
    the query of the address.

    Args:
        source: the source to rename.
        others: sources that keep their names.
    """
    taken = {other.source_id for other in others}
    name, number = source.source_id, 2
    while source.source_id in taken:
        source.source_id, number = f"{name} ({number})", number + 1


def _open(uri: int | str | Path, settings: SourceSettings, session_start_s: float, min_side_px: int | None) -> Source:
    if isinstance(uri, Path):
        return _open_path(uri, str(uri), settings, session_start_s, min_side_px)
    uri = str(uri)
    if not uri:
        raise SourceError(f"the source is empty; {EXPECTED}")
    if uri == SYNTHETIC:
        return SyntheticSource(settings, session_start_s)
    if uri == DEMO:
        clip = MediaSource(str(DEMO_CLIP), settings, session_start_s)
        clip.source_id = DEMO
        return clip
    understood = understand(uri)
    if isinstance(understood, int):
        return CameraSource(understood, settings, session_start_s)
    if isinstance(understood, str):
        return MediaSource(understood, settings, session_start_s)
    return _open_path(understood, uri, settings, session_start_s, min_side_px)


def _open_path(
    path: Path, name: str, settings: SourceSettings, session_start_s: float, min_side_px: int | None
) -> Source:
    if not exists(path):
        raise refuse(name, EXPECTED)
    if path.is_dir():
        return FolderSource(path, settings, min_side_px)
    camera = camera_of(path)
    if camera is not None:
        return CameraSource(camera, settings, session_start_s)
    shown = name if Path(name) == path else str(path)
    if picture := open_picture(path, shown, min_side_px):
        return picture
    found = parts(path) if path.is_file() else []
    if len(found) > 1:
        return JoinedSource(shown, found, settings, session_start_s)
    return MediaSource(shown, settings, session_start_s)
