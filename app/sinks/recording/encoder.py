"""A video file that is encoded in a thread of its own, while the next frames are labelled."""

import queue
import threading
from pathlib import Path

from app.arrays import Image
from app.config.settings import RecordSettings
from app.sinks.recording.video_file import VideoFile

WAITING = 4  # images handed over and not yet encoded; more would only take memory
_POLL_S = 0.1  # s between two checks that the thread has not failed


class Encoder:
    """Encodes images in order. The next `write`, or `close`, raises what failed in its thread.

    Attributes:
        path: the video file.
        handed_s: seconds from the first image to the last one that was handed over, encoded or not.
    """

    def __init__(self, path: Path, settings: RecordSettings) -> None:
        """Starts the thread; the file is made with the first image.

        Args:
            path: the MP4 file; an old one is replaced.
            settings: quality and speed of the encoding.
        """
        self.path = path
        self._file = VideoFile(path, settings)
        self._waiting: queue.Queue[tuple[Image, float, float | None] | None] = queue.Queue(WAITING)
        self._error: Exception | None = None
        self._told = self._closed = False
        self._first_s: float | None = None
        self.handed_s = 0.0
        self._thread = threading.Thread(target=self._encode, name=f"encode {path.name}", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """How long the recording plays; final after `close`."""
        return self._file.seconds

    @property
    def megabytes(self) -> float:
        """The size on the disk so far."""
        return self.path.stat().st_size / 1e6 if self.path.exists() else 0.0

    def write(self, image: Image, time_s: float, lasts_s: float | None = None) -> None:
        """Hands an image over; waits while `WAITING` images are under way.

        Args:
            image: uint8 BGR (H, W, 3); it must not change afterwards.
            time_s: when it is shown; times must increase.
            lasts_s: as of `VideoFile.write`.

        Raises:
            OutputError: an image before it could not be written.
        """
        self._first_s = time_s if self._first_s is None else self._first_s
        self.handed_s = time_s - self._first_s
        while not self._put((image, time_s, lasts_s)):
            if self._error is not None:
                self._told = True
                raise self._error

    def close(self, end_s: float | None = None) -> None:
        """Encodes what waits and finishes the file. May be called twice.

        Args:
            end_s: as of `VideoFile.close`.

        Raises:
            OutputError: an image could not be written, or the file cannot be finished.
        """
        if self._closed:
            return
        self._closed = True
        while self._thread.is_alive() and not self._put(None):
            continue
        self._thread.join()
        try:
            if self._error is not None and not self._told:
                raise self._error
        finally:
            self._file.close(end_s)

    def _put(self, item: tuple[Image, float, float | None] | None) -> bool:
        """Returns whether the thread will see the item."""
        try:
            if self._error is None:
                self._waiting.put(item, timeout=_POLL_S)
        except queue.Full:
            return False
        return self._error is None

    def _encode(self) -> None:
        while (item := self._waiting.get()) is not None:
            try:
                self._file.write(*item)
            except Exception as error:  # noqa: BLE001 (raised on the main thread)
                self._error = error
                return
