"""Recordings of every source, from the start (`--record`) or between two presses of r."""

import logging
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from app.config import RecordSettings
from app.contract import Image
from app.entities import Activity, Frame
from app.errors import SinkError
from app.overlay import Overlay
from app.sinks.base import Sink
from app.sinks.encoder import Encoder
from app.terminal import say

_log = logging.getLogger(__name__)


class Recorder(Sink):
    """Records every source to its own file."""

    name = "record"

    def __init__(self, settings: RecordSettings, overlay: Overlay, source_ids: list[str]) -> None:
        self._settings, self._overlay, self._source_ids = settings, overlay, source_ids
        self._target: Path | None = None
        self._files: dict[str, Encoder] = {}

    @property
    def active(self) -> bool:
        return self._target is not None

    def start(self, target: Path) -> None:
        """From the next frame on. Several sources: clip.mp4 becomes clip-1.mp4, clip-2.mp4, ..."""
        self._target = target

    def stop(self) -> list[str]:
        """Finishes the files; a line on each, where it is and how long it plays."""
        self._target = None
        files, self._files = list(self._files.values()), {}
        with ExitStack() as stack:  # one that fails does not keep the others open
            for file in files:
                stack.callback(file.close)
        return [f"{file.path} ({file.seconds:.1f} s)" for file in files]

    def write(self, frame: Frame, activity: Activity) -> None:
        if self._target is None:
            return
        if frame.source_id not in self._files:
            self._files[frame.source_id] = Encoder(self._path(self._target, frame.source_id), self._settings)
        self._files[frame.source_id].write(self.picture(frame), frame.time_s)

    def picture(self, frame: Frame) -> Image:
        """What is recorded of `frame`: never mirrored, with the overlay unless `record.overlay` is false."""
        return self._overlay.draw(frame.image, frame.source_id) if self._settings.overlay else frame.image

    def close(self) -> None:
        for line in self.stop():
            say(f"Recorded {line}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except SinkError as late:
            if error is None:
                raise
            _log.warning("%s", late)  # the first error is the one to show

    def _path(self, target: Path, source_id: str) -> Path:
        if len(self._source_ids) == 1:
            return target
        return target.with_stem(f"{target.stem}-{self._source_ids.index(source_id) + 1}")
