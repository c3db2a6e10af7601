"""Recordings of every source, from the start (`--record`) or between two presses of r."""

import contextlib
import itertools
import logging
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from app.arrays import Image
from app.config.settings import RecordSettings
from app.entities import Activity, Frame
from app.errors import OutputError
from app.outputs import check_space
from app.overlay.overlay import Overlay
from app.sinks.base import Sink
from app.sinks.recording.encoder import Encoder
from app.system.terminal import say

_log = logging.getLogger(__name__)


class Recorder(Sink):
    """Records every source to its own file."""

    name = "record"

    def __init__(self, settings: RecordSettings, overlay: Overlay, source_ids: list[str]) -> None:
        self._settings, self._overlay, self._source_ids = settings, overlay, source_ids
        self._target: Path | None = None
        self._files: dict[str, Encoder] = {}
        self._broken: OutputError | None = None

    @property
    def active(self) -> bool:
        return self._target is not None

    def start(self, target: Path) -> None:
        """From the next frame on. Several sources: clip.mp4 becomes clip-1.mp4, clip-2.mp4, ...

        Raises OutputError when the disk has less room than `record.min_free_mb`.
        """
        check_space(target.parent, self._settings.min_free_mb)
        self._target = target

    def stop(self) -> list[str]:
        """Finishes the files; a line on each, where it is and how long it plays. Raises OutputError."""
        self._target = None
        files, self._files = list(self._files.values()), {}
        with ExitStack() as stack:  # one that fails does not keep the others open
            for file in files:
                stack.callback(file.close)
        return [_line(file) for file in files]

    def write(self, frame: Frame, activity: Activity) -> None:
        """A recording that cannot go on, as on a full disk, ends with one line; the session does not."""
        if self._target is None:
            return
        try:
            self._file(self._target, frame.source_id).write(self.picture(frame), frame.time_s)
        except OutputError as error:
            self._give_up(error)

    def _file(self, target: Path, source_id: str) -> Encoder:
        """The file that `source_id` is recorded to; a new one when the old one is long or large enough."""
        file = self._files.get(source_id)
        if file is not None and (file.handed_s >= self._settings.max_s or file.megabytes >= self._settings.max_mb):
            del self._files[source_id]
            file.close()
            say(f"Recorded {_line(file)}")
            file = self._files[source_id] = Encoder(_next_part(self._path(target, source_id)), self._settings)
        if file is None:
            file = self._files[source_id] = Encoder(self._path(target, source_id), self._settings)
        return file

    def _give_up(self, error: OutputError) -> None:
        _log.warning("%s; the recording has stopped, the session goes on", error)
        self._broken = self._broken or error
        with contextlib.suppress(OutputError):
            self.stop()

    def picture(self, frame: Frame) -> Image:
        """What is recorded of `frame`: never mirrored, with the overlay unless `record.overlay` is false."""
        return self._overlay.draw(frame.image, frame.source_id) if self._settings.overlay else frame.image

    def close(self) -> None:
        """Raises OutputError for a recording that stopped before it should, so that the exit status tells of it."""
        for line in self.stop():
            say(f"Recorded {line}")
        if self._broken is not None:
            broken, self._broken = self._broken, None
            raise OutputError(f"the recording is not whole: {broken}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except OutputError as late:
            if error is None:
                raise
            _log.warning("%s", late)  # the first error is the one to show

    def _path(self, target: Path, source_id: str) -> Path:
        several = len(self._source_ids) > 1
        return numbered_path(target, self._source_ids.index(source_id)) if several else target


def numbered_path(target: Path, position: int) -> Path:
    """Where the source at `position` of several goes: clip-1.mp4 for the first, at 0."""
    return target.with_stem(f"{target.stem}-{position + 1}")


def _next_part(path: Path) -> Path:
    """clip.mp4 -> clip-part2.mp4, or the first of clip-part3.mp4, ... that is not there yet."""
    parts = (path.with_stem(f"{path.stem}-part{number}") for number in itertools.count(2))
    return next(part for part in parts if not part.exists())


def _line(file: Encoder) -> str:
    return f"{file.path} ({file.seconds:.1f} s)"
