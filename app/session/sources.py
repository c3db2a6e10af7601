"""The sources of a session: those that the user named, or a camera, or the demo."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from app.config.settings import SourceSettings
from app.errors import ConfigError
from app.file_urls import exists
from app.session.options import AUTO
from app.sources.address import understand
from app.sources.base import Source
from app.sources.looping import LoopingSource
from app.sources.open import DEMO, find_camera, make_name_unique, open_source
from app.sources.paced import PacedSource
from app.system.pause import PauseSwitch
from app.system.terminal import say


@contextmanager
def open_sources(
    uris: Sequence[str],
    settings: SourceSettings,
    shown: bool,
    min_side_px: int | None,
    switch: PauseSwitch | None = None,
) -> Iterator[list[Source]]:
    """Opens the sources of a session, with different names; closes them on the way out.

    Args:
        uris: AUTO, or what `open_source` takes.
        settings: as of `open_source`.
        shown: whether there is a window; the demo then plays at its own pace, again and again.
        min_side_px: as of `open_source`.
        switch: as of `open_source`.

    Yields:
        The sources, in the order of `uris`.

    Raises:
        ConfigError: a source is given twice.
        SourceError: one does not open.
    """
    if len({_one_name(uri) for uri in uris}) < len(uris):
        raise ConfigError("the same --source is given twice; give each once")
    session_start_s = time.monotonic()
    opened: list[Source] = []
    with ExitStack() as stack:
        for uri in uris:
            source = stack.enter_context(_open(uri, settings, session_start_s, shown, min_side_px, switch))
            make_name_unique(source, opened)
            opened.append(source)
        yield opened


def _one_name(uri: str) -> str:
    """Returns a name that is the same for clip.mp4 and ./clip.mp4, for 0 and /dev/video0."""
    understood = understand(uri)
    return str(understood.resolve()) if isinstance(understood, Path) and exists(understood) else str(understood)


def _open(
    uri: str,
    settings: SourceSettings,
    session_start_s: float,
    shown: bool,
    min_side_px: int | None,
    switch: PauseSwitch | None,
) -> Source:
    if uri == AUTO:
        camera, reason = find_camera(settings, session_start_s, switch)
        if camera is not None:
            return camera
        say(f"Playing the demo: {reason}. Choose with --source 0, a file, a folder or a URL.")
        uri = DEMO
    if uri == DEMO and shown:
        return _endless_demo(msgspec.structs.replace(settings, realtime=False), session_start_s)
    return open_source(uri, settings, session_start_s, min_side_px, switch)


def _endless_demo(settings: SourceSettings, session_start_s: float) -> Source:
    def open_demo() -> Source:
        return open_source(DEMO, settings, session_start_s, None)

    return PacedSource(LoopingSource(open_demo(), open_demo))
