"""The diary of a session: whether it is kept, where, and of which sources. SQLite is loaded for those who want one."""

from collections.abc import Sequence
from pathlib import Path

from app.config.settings import DiarySettings
from app.session.options import SessionOptions
from app.sinks.base import Sink
from app.sources.base import Source
from app.sources.open import DEMO
from app.system.terminal import say
from app.text import listed


def diary_folder(options: SessionOptions, settings: DiarySettings) -> Path | None:
    """Returns the folder of the diary; None where none is kept."""
    if not options.diary and settings.use == "off":
        return None
    if options.diary_folder or settings.folder:
        return options.diary_folder or Path(settings.folder or "")
    from app.diary.store import default_folder

    return default_folder()


def check_diary(folder: Path) -> None:
    """Checks that a diary can be kept there, before the camera opens.

    Raises:
        OutputError: it cannot.
    """
    from app.diary.store import Diary

    Diary(folder).close()


def open_diary(folder: Path, settings: DiarySettings, sources: Sequence[Source], options: SessionOptions) -> Sink:
    """Opens the diary of a session, and says where it is and of what it is kept.

    Args:
        folder: where it lies.
        settings: how long entries stay.
        sources: all of the session.
        options: what the user asks.

    Returns:
        The sink that keeps it.

    Raises:
        OutputError: it cannot be opened.
    """
    from app.diary.store import Diary
    from app.diary.writer import DiaryWriter
    from app.sinks.diary import DiarySink

    kept = live_sources(sources, options)
    diary = Diary(folder)
    say(f"Diary: {diary.path}, text only.")
    others = [source.source_id for source in sources if source.source_id not in kept]
    if others:
        say(f"Not in the diary: {listed(others)}. It takes cameras, streams, and files that play with --realtime.")
    return DiarySink(DiaryWriter(diary, settings.keep_days), kept)


def live_sources(sources: Sequence[Source], options: SessionOptions) -> list[str]:
    """Returns the names of the sources that show what is going on now; not of the demo that nobody asked for."""
    asked = DEMO in options.sources
    return [source.source_id for source in sources if source.is_live and (asked or source.source_id != DEMO)]
