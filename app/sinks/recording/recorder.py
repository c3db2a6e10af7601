"""Records every source, from the start (`--record`) or between two presses of r."""

import contextlib
import logging
from contextlib import ExitStack
from pathlib import Path

from app.arrays import Image
from app.config.settings import RecordSettings
from app.entities import Activity, Frame
from app.errors import OutputError
from app.outputs import check_space, unused_path
from app.overlay.overlay import Overlay
from app.sinks.base import Sink
from app.sinks.recording.encoder import Encoder
from app.system.terminal import say

_log = logging.getLogger(__name__)


class Recorder(Sink):
    """Records every source to a file of its own, and continues in another one when that is long or large enough.

    Example:
        >>> from pathlib import Path
        >>> from app import Overlay, Recogniser, Recorder, open_source
        >>> recogniser = Recogniser()
        >>> settings = recogniser.settings
        >>> overlay = Overlay(recogniser.labels, settings.display)
        >>> with Recorder(settings.record, overlay, ["demo"]) as recorder:
        ...     recorder.start(Path("labelled.mp4"))
        ...     for frame, activity in recogniser.watch(open_source("demo")):
        ...         overlay.update(frame, activity)
        ...         recorder.write(frame, activity)
        ...         if frame.index == 25:
        ...             break
        Recorded labelled.mp4 (1.0 s)
    """

    name = "record"

    def __init__(self, settings: RecordSettings, overlay: Overlay, source_ids: list[str]) -> None:
        """Records nothing yet.

        Args:
            settings: the encoding, and how long and large a file may become.
            overlay: draws the labels on what is recorded.
            source_ids: every source, in the order in which their files are numbered.
        """
        self._settings, self._overlay, self._source_ids = settings, overlay, source_ids
        self._target: Path | None = None
        self._files: dict[str, Encoder] = {}
        self._broken: OutputError | None = None  # why the first recording that failed stopped

    @property
    def active(self) -> bool:
        """Whether frames are being recorded.

        Example:
            >>> from app import Overlay, Recorder, Settings
            >>> settings = Settings()
            >>> Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"]).active
            False
        """
        return self._target is not None

    def start(self, target: Path) -> None:
        """Records from the next frame on.

        Args:
            target: the MP4 file; for several sources, clip.mp4 becomes clip-1.mp4, clip-2.mp4, ...

        Raises:
            OutputError: the disk has less room than `record.min_free_mb`.

        Example:
            >>> from pathlib import Path
            >>> from app import Overlay, Recorder, Settings
            >>> settings = Settings()
            >>> recorder = Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"])
            >>> recorder.start(Path("clip.mp4"))
            >>> recorder.active
            True
        """
        check_space(target.parent, self._settings.min_free_mb)
        self._target = target

    def stop(self) -> list[str]:
        """Finishes the files.

        Returns:
            A line for each file: where it is, and how long it plays.

        Raises:
            OutputError: a file cannot be finished; the others are.

        Example:
            >>> from pathlib import Path
            >>> from app import Activity, Overlay, Recorder, Settings, open_source
            >>> settings = Settings()
            >>> recorder = Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"])
            >>> recorder.start(Path("short.mp4"))
            >>> with open_source("demo") as source:
            ...     recorder.write(next(iter(source)), Activity("a", 0.9, 0.0))
            >>> recorder.stop()
            ['short.mp4 (0.0 s)']
        """
        self._target = None
        files, self._files = list(self._files.values()), {}
        with ExitStack() as stack:  # one that fails does not keep the others open
            for file in files:
                stack.callback(file.close)
        return [_line(file) for file in files]

    def write(self, frame: Frame, activity: Activity) -> None:
        """Records a frame. Where that fails, as on a full disk, the recording stops and the session goes on.

        Example:
            >>> import numpy as np
            >>> from app import Activity, Frame, Overlay, Recorder, Settings
            >>> settings = Settings()
            >>> recorder = Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"])
            >>> frame = Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0, "demo")
            >>> recorder.write(frame, Activity("a", 0.9, 0.0))  # nothing: it has not been started
        """
        if self._target is None:
            return
        try:
            self._file(self._target, frame).write(self.image_of(frame), frame.time_s, frame.lasts_s)
        except OutputError as error:
            self._give_up(error)

    def _file(self, target: Path, frame: Frame) -> Encoder:
        """Returns the file that a frame is recorded to; a new one when the old one is long or large enough."""
        source_id = frame.source_id
        file, path = self._files.get(source_id), self._path(target, source_id)
        if file is not None and (file.handed_s >= self._settings.max_s or file.megabytes >= self._settings.max_mb):
            del self._files[source_id]
            file.close(frame.time_s)
            say(f"Recorded {_line(file)}")
            file, path = None, unused_path(path, "-part")
        if file is None:
            file = self._files[source_id] = Encoder(path, self._settings)
        return file

    def _give_up(self, error: OutputError) -> None:
        _log.warning("%s; the recording has stopped, the session goes on", error)
        self._broken = self._broken or error
        with contextlib.suppress(OutputError):
            self.stop()

    def image_of(self, frame: Frame) -> Image:
        """Returns what is recorded of a frame: never mirrored, with the overlay unless `record.overlay` is false.

        Example:
            >>> import numpy as np
            >>> from app import Frame, Overlay, Recorder, load_settings
            >>> settings = load_settings(overrides=["record.overlay=false"])
            >>> recorder = Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"])
            >>> frame = Frame(np.zeros((480, 640, 3), np.uint8), 0, 0.0, "demo")
            >>> recorder.image_of(frame) is frame.image
            True
        """
        return self._overlay.draw(frame.image, frame.source_id) if self._settings.overlay else frame.image

    def close(self) -> None:
        """Finishes the files and says where they are.

        Raises:
            OutputError: a recording stopped early, so that the exit status shows it, or cannot be finished.

        Example:
            >>> from app import Overlay, Recorder, Settings
            >>> settings = Settings()
            >>> Recorder(settings.record, Overlay(("a", "b"), settings.display), ["demo"]).close()
        """
        for line in self.stop():
            say(f"Recorded {line}")
        if self._broken is not None:
            broken, self._broken = self._broken, None
            raise OutputError(f"the recording is not whole: {broken}")

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
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
    """Returns the file of one of several sources: clip-1.mp4 for the first, at position 0."""
    return target.with_stem(f"{target.stem}-{position + 1}")


def _line(file: Encoder) -> str:
    return f"{file.path} ({file.seconds:.1f} s)"
